//! Service accounts: the keys that are registered, who is let have a token, and whose a token is.
//!
//! It is strict where Google is: it verifies the signature of an assertion, takes one that lives
//! an hour at most and was signed about now, and lets an account act for a user only where that was
//! delegated to it.

mod assertion;
pub(super) mod own_key;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use age::secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

pub(super) use self::assertion::Refusal;
use self::assertion::Signed;
use super::grants::Moment;
use super::http::Parameters;
use super::token;
use super::token::Digest;
use crate::model::scope::ScopeSet;
use crate::oauth::service_account::private_key::PrivateKey;

/// The path at which tokens are minted.
pub(super) const TOKEN: &str = "/gcp/token";

/// The path at which tokens of other identity providers are exchanged.
pub(super) const EXCHANGE: &str = "/gcp/sts/token";

/// The paths of service accounts, each with its name and `:generateAccessToken` behind.
pub(super) const ACCOUNTS: &str = "/gcp/accounts/";

/// Returns the URLs of the endpoints, each by its field in a provider's file.
pub(super) fn urls(base_url: &str) -> [(&'static str, String); 3] {
    [
        ("token_url", format!("{base_url}{TOKEN}")),
        ("exchange_url", format!("{base_url}{EXCHANGE}")),
        ("impersonation_url", format!("{base_url}{ACCOUNTS}{{account}}:generateAccessToken")),
    ]
}

/// What is known of service accounts.
#[derive(Default)]
pub(super) struct ServiceAccounts {
    keys: HashMap<(String, String), Vec<u8>>,
    delegated: HashSet<String>,
    users: Vec<User>,
    minted: HashMap<Digest, Minted>,
}

/// The credentials of a user, which a program keeps.
struct User {
    client_id: String,
    client_secret: Digest,
    refresh_token: Digest,
    caller: Caller,
}

/// A token that was minted.
struct Minted {
    caller: Caller,
    ends: Instant,
}

/// Whoever calls with a token, and what it may be used for.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) account: String,
    pub(super) scopes: ScopeSet,
}

impl ServiceAccounts {
    /// Registers the key of a service account, by the file that has it; says which account that is.
    pub(super) fn register(&mut self, file: &str) -> Result<String, &'static str> {
        let file: Value = serde_json::from_str(file).map_err(|_| "The file is no JSON.")?;
        let text = |name: &str| file[name].as_str().map(str::to_owned);
        let account = text("client_email").ok_or("The file has no `client_email`.")?;
        let id = text("private_key_id").ok_or("The file has no `private_key_id`.")?;
        let key: SecretString = text("private_key").unwrap_or_default().into();
        let key = PrivateKey::from_pem(&key).map_err(|_| "The file has no `private_key`.")?;
        self.keys.insert((account.clone(), id), key.public_key().to_vec());
        Ok(account)
    }

    /// Takes an account's keys away.
    pub(super) fn remove(&mut self, account: &str) {
        self.keys.retain(|(owner, _), _| owner != account);
    }

    /// Returns whether an account has a key here.
    pub(super) fn knows(&self, account: &str) -> bool {
        self.keys.keys().any(|(owner, _)| owner == account)
    }

    /// Lets an account act for every user.
    pub(super) fn delegate(&mut self, account: &str) {
        self.delegated.insert(account.to_owned());
    }

    /// Registers the credentials of a user, and gives the file that has them.
    pub(super) fn issue_user(&mut self, account: &str, scopes: &ScopeSet) -> SecretString {
        let [client_secret, refresh_token] = [token::random(), token::random()];
        let client_id = "sandbox-cli".to_owned();
        let file = json!({
            "type": "authorized_user",
            "client_id": client_id,
            "client_secret": client_secret,
            "refresh_token": refresh_token,
        });
        self.users.push(User {
            client_id,
            client_secret: Digest::of(&client_secret),
            refresh_token: Digest::of(&refresh_token),
            caller: Caller { account: account.to_owned(), scopes: scopes.clone() },
        });
        file.to_string().into()
    }

    /// Returns whom an assertion is of, that was sent to this URL.
    pub(super) fn signer(
        &self,
        assertion: &str,
        url: &str,
        now: Moment,
    ) -> Result<Caller, Refusal> {
        let signed = Signed::parse(assertion)?;
        let key = (signed.issuer().to_owned(), signed.key_id().to_owned());
        let key = self.keys.get(&key).ok_or_else(Refusal::account)?;
        let claims = signed.verified(key, url, now)?;
        let account = match claims.subject {
            None => claims.issuer,
            Some(user) if self.delegated.contains(&claims.issuer) => user,
            Some(_) => return Err(Refusal::delegation()),
        };
        let scopes = ScopeSet::parse(&claims.scope);
        if scopes.is_empty() {
            return Err(Refusal::scope());
        }
        Ok(Caller { account, scopes })
    }

    /// Returns whose credentials a form has.
    pub(super) fn user(&self, form: &Parameters) -> Result<Caller, Refusal> {
        let digest = |name: &str| Digest::of(form.get(name).unwrap_or_default());
        let is_client = |user: &&User| {
            form.get("client_id") == Some(&user.client_id)
                && digest("client_secret") == user.client_secret
        };
        let mut of_client = self.users.iter().filter(is_client).peekable();
        of_client.peek().ok_or_else(Refusal::client)?;
        let mut of_client = of_client.filter(|user| user.refresh_token == digest("refresh_token"));
        of_client.next().map(|user| user.caller.clone()).ok_or_else(Refusal::token)
    }

    /// Mints a token that lives for so many seconds.
    pub(super) fn mint(&mut self, caller: &Caller, lives: u64, now: Moment) -> SecretString {
        let minted = token::mint(token::Kind::Access, now.unix_ms);
        let ends = now.instant + Duration::from_secs(lives);
        let caller = Minted { caller: caller.clone(), ends };
        self.minted.insert(Digest::of(minted.expose_secret()), caller);
        minted
    }

    /// Returns whose a token is.
    pub(super) fn caller(&self, token: &str, now: Moment) -> Option<&Caller> {
        let minted = self.minted.get(&Digest::of(token));
        minted.filter(|minted| now.instant < minted.ends).map(|minted| &minted.caller)
    }
}
