//! Changing and asking what a sandbox has in memory, from the same process.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use age::secrecy::SecretString;
use serde_json::Value;

use super::fault::{Endpoint, Fault, PlannedFault};
use super::grant_state::GrantState;
use super::grants::Moment;
use super::log::LogEntry;
use super::state::Shared;
use super::token_endpoint;
use super::world::{Post, SentMessage};
use crate::model::access_level::AccessLevel;
use crate::model::scope::ScopeSet;

/// A handle to a sandbox, which may outlive it.
#[derive(Clone)]
pub struct Control {
    shared: Arc<Shared>,
}

/// The answer that the token endpoint would have given.
#[derive(Debug)]
pub struct IssuedTokens {
    /// The access token.
    pub access_token: SecretString,
    /// The refresh token, where `offline.access` was granted.
    pub refresh_token: Option<SecretString>,
    /// The scopes.
    pub scopes: ScopeSet,
    /// The id of the account.
    pub account_id: String,
    /// The whole answer, as JSON: what `xreq import` reads.
    pub response: SecretString,
}

/// A token of OAuth 1.0a.
#[derive(Debug)]
pub struct IssuedOauth1Token {
    /// The token.
    pub token: SecretString,
    /// Its secret.
    pub secret: SecretString,
    /// The id of the account.
    pub account_id: String,
}

impl Control {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared) }
    }

    /// Registers one more redirect URI for both clients.
    pub fn add_redirect_uri(&self, uri: impl Into<String>) {
        let uri = uri.into();
        for client in &mut self.shared.state().clients {
            client.redirect_uris.push(uri.clone());
        }
    }

    /// Returns the redirect URIs of both clients.
    pub fn redirect_uris(&self) -> Vec<String> {
        self.shared.state().clients[0].redirect_uris.clone()
    }

    /// Sets what token responses say of `expires_in`, from now on. A number, in a string or not, is
    /// also how many seconds access tokens really live; anything else is only said.
    pub fn set_expires_in(&self, seconds: impl Into<Value>) {
        self.shared.state().expires_in = seconds.into();
    }

    /// Makes an endpoint fail this often, after the faults that are planned for it already;
    /// [`u32::MAX`] is until they are cleared.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault, times: u32) {
        self.shared.state().faults.plan(PlannedFault { endpoint, fault, times });
    }

    /// Takes back all faults that are to come.
    pub fn clear_faults(&self) {
        self.shared.state().faults.clear();
    }

    /// Gives the default client tokens of an account without asking its owner, which ends what it
    /// had of the account. An account that is not there is made.
    pub fn issue_grant(&self, account: &str, scopes: &ScopeSet) -> IssuedTokens {
        let mut state = self.shared.state();
        let account_id = state.world.user_named_or_new(account);
        let client_id = state.clients[0].client_id.clone();
        let (rules, refreshable) = (state.rules(), state.refreshes(scopes));
        let (now, scopes) = (Moment::now(), (scopes.clone(), refreshable));
        let issued = state.grants.issue(&client_id, &account_id, scopes, rules, now);
        let response = token_endpoint::answer(&state, &issued).to_string();
        IssuedTokens {
            access_token: issued.access_token,
            refresh_token: issued.refresh_token,
            scopes: issued.scopes,
            account_id,
            response: response.into(),
        }
    }

    /// Gives the default client an OAuth 1.0a token of an account without asking its owner, which ends
    /// what it had of the account. An account that is not there is made.
    pub fn issue_oauth1_token(&self, account: &str, level: AccessLevel) -> IssuedOauth1Token {
        let mut state = self.shared.state();
        let account_id = state.world.user_named_or_new(account);
        let client = state.clients[0].clone();
        let (key, _) = client.consumer().expect("it has consumer keys");
        let pair = state.oauth1.grant(key, &account_id, level);
        IssuedOauth1Token { token: pair.token, secret: pair.secret, account_id }
    }

    /// Returns the number of OAuth 1.0a tokens that an account has granted and that work.
    pub fn oauth1_tokens(&self, account: &str) -> usize {
        let state = self.shared.state();
        state.world.user_named(account).map_or(0, |user| state.oauth1.granted_by(&user.id))
    }

    /// Registers the key of a service account, by the file that has it.
    ///
    /// # Panics
    ///
    /// The file has no key.
    pub fn register_service_account(&self, file: &str) {
        let registered = self.shared.state().service_accounts.register(file);
        registered.expect("the file has a key");
    }

    /// Takes the keys of a service account away.
    pub fn remove_service_account(&self, account: &str) {
        self.shared.state().service_accounts.remove(account);
    }

    /// Lets a service account act for every user of its domain.
    pub fn delegate_to_service_account(&self, account: &str) {
        self.shared.state().service_accounts.delegate(account);
    }

    /// Issues the credentials of a user that a program keeps: the file that has them.
    pub fn issue_user_credentials(&self, account: &str, scopes: &ScopeSet) -> SecretString {
        self.shared.state().service_accounts.issue_user(account, scopes)
    }

    /// Takes all access away, as the account's owner.
    pub fn revoke_by_user(&self, account: &str) {
        let mut state = self.shared.state();
        if let Some(id) = state.world.user_named(account).map(|user| user.id.clone()) {
            state.revoke_account(&id);
        }
    }

    /// Makes all access tokens too old. Refresh tokens stay as they are.
    pub fn expire_access_tokens(&self) {
        self.shared.state().grants.expire_access(Moment::now());
    }

    /// Returns the grants that an account gave, dead ones included, the newest last.
    pub fn grants(&self, account: &str) -> Vec<GrantState> {
        let state = self.shared.state();
        let user = state.world.user_named(account);
        user.map_or_else(Vec::new, |user| state.grants.of_account(&user.id, Moment::now()))
    }

    /// Returns whether the sandbox would take this refresh token, without taking it.
    pub fn accepts_refresh_token(&self, token: &str) -> bool {
        self.shared.state().grants.is_refreshable(token)
    }

    /// Returns the requests that have arrived, in order; those of `/sandbox/` are not among them.
    pub fn log(&self) -> Vec<LogEntry> {
        self.shared.state().log.entries()
    }

    /// Forgets the requests that have arrived.
    pub fn clear_log(&self) {
        self.shared.state().log.clear();
    }

    /// Waits until the requests that have arrived satisfy a condition, at most this long; says
    /// whether they do. The condition is asked while the sandbox is held: it cannot use a handle.
    pub fn wait_until(&self, patience: Duration, condition: impl Fn(&[LogEntry]) -> bool) -> bool {
        self.shared.wait_until(patience, condition)
    }

    /// Tells of every request as it comes, for as long as the receiver wants to hear more.
    pub fn watch(&self, mut tell: impl FnMut(&LogEntry) -> ControlFlow<()>) {
        let mut seen = 0;
        loop {
            let (new, total) = self.shared.next_after(seen);
            seen = total;
            if new.iter().any(|logged| tell(logged).is_break()) {
                return;
            }
        }
    }

    /// Returns the posts that were made through the API and not deleted, in order.
    pub fn posts(&self) -> Vec<Post> {
        self.shared.state().world.posts_of_agents()
    }

    /// Returns the direct messages that were sent through the API, in order.
    pub fn messages(&self) -> Vec<SentMessage> {
        self.shared.state().world.messages_of_agents()
    }
}
