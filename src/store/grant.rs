//! Grants: what an account gave a client.

use std::fmt;

use age::secrecy::{ExposeSecret, SecretString};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::place::Place;
use super::record::{self, Record, Sealed, Secret};
use crate::credential::seconds;
use crate::error::wording;
use crate::model::name::named_account;
use crate::model::name::{Label, Slug};
use crate::model::scope::ScopeSet;
use crate::sys::home::Home;

/// Which grant: a provider, and an account there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantName {
    /// Whose API it is for.
    pub provider: Slug,
    /// Whose authority it is.
    pub account: Label,
}

impl fmt::Display for GrantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.provider, self.account)
    }
}

/// What can be known of a grant without a key: enough to judge what it covers and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantMetadata {
    /// Whose API it is for.
    pub provider: Slug,
    /// Whose authority it is, by the user's own name.
    pub account: Label,
    /// The account's stable id at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The account's name at the provider, which its owner can change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The app that it was given to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The name under which the store has this app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Label>,
    /// The scopes that were granted.
    pub scopes: ScopeSet,
    /// Whether the token response named no scopes, which means those asked for (RFC 6749 section
    /// 5.1).
    pub scopes_assumed: bool,
    /// The `token_type` of the token response.
    pub token_type: String,
    /// When the account consented. Files keep times in whole seconds.
    #[serde(with = "seconds")]
    pub connected_at: Timestamp,
    /// When the provider issued the access token.
    #[serde(with = "seconds")]
    pub issued_at: Timestamp,
    /// When the access token expires, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds::option")]
    pub expires_at: Option<Timestamp>,
    /// Whether there is a refresh token.
    pub refreshable: bool,
    /// When the provider issued the refresh token, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds::option")]
    pub refresh_token_issued_at: Option<Timestamp>,
    /// When the tokens were last refreshed.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds::option")]
    pub refreshed_at: Option<Timestamp>,
    /// A refresh that was sent and whose answer is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_in_flight: Option<InFlight>,
    /// Why the last refresh gave no tokens; absent after one that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<LastError>,
}

/// A refresh that was sent. It is stored before the request goes out, so that a lost answer is
/// known as one whatever becomes of the process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InFlight {
    /// When it was sent, or sent again.
    #[serde(with = "seconds")]
    pub since: Timestamp,
    /// Which refresh token it used: the SHA-256 of its text, in base64url.
    pub token_sha256: String,
    /// How many times it was sent; a process that died before sending counts too.
    pub attempts: u32,
}

/// A refresh that gave no tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastError {
    /// When it failed.
    #[serde(with = "seconds")]
    pub at: Timestamp,
    /// What that means for the grant.
    pub class: FailureClass,
    /// What happened, in words.
    pub message: String,
    /// What was at fault beside the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blames: Option<Blame>,
    /// The time before which the provider does not want to be asked again.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds::option")]
    pub retry_at: Option<Timestamp>,
}

/// What is at fault for a failure, beside the grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// The client: its id, its secret or its type.
    Client,
    /// The plan of the app: the provider wants another one, or money.
    Plan,
    /// This machine's certificate authorities, or the certificate that is held against them.
    Certificates,
    /// The proxy that this machine's environment names.
    Proxy,
}

/// What a refresh that gave no tokens means for the grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Nothing: the provider was out of reach, or busy. Another try later may succeed.
    Transient,
    /// The grant is dead: the refresh token is spent, revoked or expired.
    Rejected,
    /// Nothing: the provider does not accept the *client*, or what was asked.
    Client,
    /// It is not known: the provider may have issued new tokens that did not arrive.
    InDoubt,
}

impl FailureClass {
    /// The name in files, in JSON and for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Rejected => "rejected",
            Self::Client => "client",
            Self::InDoubt => "in_doubt",
        }
    }
}

/// A grant with its tokens.
#[derive(Clone, Debug)]
pub struct Grant {
    /// What can be known without a key.
    pub metadata: GrantMetadata,
    /// What opens the API.
    pub access_token: SecretString,
    /// What gets the next access token.
    pub refresh_token: Option<SecretString>,
}

/// A grant as it lies in the store.
pub type SealedGrant = Sealed<Grant>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plaintext<M, S> {
    metadata: M,
    access_token: S,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    refresh_token: Option<S>,
}

impl Record for Grant {
    const FORMAT: &'static str = "xreq-grant";
    /// Version 2 added what became of the last refresh, and the name of the client.
    const VERSION: u64 = 2;
    type Name = GrantName;
    type Metadata = GrantMetadata;

    fn place(home: &Home, name: &GrantName) -> Place {
        Place::new(home.grants().join(name.provider.as_str()), name.account.as_str())
    }

    fn name_in(metadata: &GrantMetadata) -> GrantName {
        GrantName { provider: metadata.provider.clone(), account: metadata.account.clone() }
    }

    fn command(name: &GrantName) -> String {
        let GrantName { provider, account } = name;
        wording::connect(provider.as_str(), named_account(account.as_str()))
    }

    fn metadata(&self) -> &GrantMetadata {
        &self.metadata
    }

    fn to_plaintext(&self) -> Zeroizing<Vec<u8>> {
        assert_eq!(
            self.metadata.refreshable,
            self.refresh_token.is_some(),
            "a grant is refreshable just when it has a refresh token"
        );
        record::to_plaintext(&Plaintext {
            metadata: &self.metadata,
            access_token: self.access_token.expose_secret(),
            refresh_token: self.refresh_token.as_ref().map(ExposeSecret::expose_secret),
        })
    }

    fn from_plaintext(plaintext: &[u8]) -> Option<Self> {
        let Plaintext { metadata, access_token, refresh_token } =
            serde_json::from_slice::<Plaintext<GrantMetadata, Secret>>(plaintext).ok()?;
        let grant = Self {
            metadata,
            access_token: access_token.0,
            refresh_token: refresh_token.map(|token| token.0),
        };
        (grant.metadata.refreshable == grant.refresh_token.is_some()).then_some(grant)
    }
}
