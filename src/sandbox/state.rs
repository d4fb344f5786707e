//! The memory of a sandbox.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::api::limit::Limits;
use super::app_tokens::AppTokens;
use super::client::RegisteredClient;
use super::device::DeviceRequests;
use super::face::{AnsweredScopes, Face, RefreshTokenCondition};
use super::fault::Faults;
use super::grants::Grants;
use super::log::{Log, LogEntry};
use super::oauth1_tokens::Oauth1Tokens;
use super::options::Options;
use super::paths::Paths;
use super::rules::Rules;
use super::service_accounts::{ServiceAccounts, own_key};
use super::slack::Workspace;
use super::token;
use super::world::{BOT, World};
use crate::catalog::{Catalog, Provider};
use crate::model::scope::ScopeSet;

/// The reason why there is a provider for each face.
const BUILT_IN: &str = "a test looks for the provider of each face";

/// The longest life that an access token is given: about ten years.
const LONGEST_LIFE: Duration = Duration::from_hours(24 * 3_650);

/// The state that the thread of a sandbox shares with those who control it.
pub(super) struct Shared {
    pub(super) base_url: String,
    state: Mutex<State>,
    logged: Condvar,
}

/// The mutable state.
pub(super) struct State {
    pub(super) options: Options,
    /// The value in token responses, which need not be a number.
    pub(super) expires_in: Value,
    pub(super) catalog: Catalog,
    pub(super) clients: Vec<RegisteredClient>,
    /// The path below which all of the face is; empty where it is alone.
    pub(super) base_path: String,
    pub(super) paths: Paths,
    pub(super) grants: Grants,
    pub(super) oauth1: Oauth1Tokens,
    pub(super) app_tokens: AppTokens,
    pub(super) service_accounts: ServiceAccounts,
    pub(super) devices: DeviceRequests,
    pub(super) slack: Workspace,
    pub(super) world: World,
    pub(super) limits: Limits,
    pub(super) faults: Faults,
    pub(super) log: Log,
    /// The text that every form of a consent page holds, and no other page knows.
    pub(super) form_token: String,
}

impl Shared {
    /// Creates the memory of a sandbox, which is below a path of an origin.
    pub(super) fn new(origin: &str, base_path: String, options: Options) -> Self {
        let base_url = format!("{origin}{base_path}");
        let catalog = Catalog::builtin();
        let face = options.face;
        let provider = catalog.provider(face.provider).expect(BUILT_IN);
        let clients = [RegisteredClient::confidential, RegisteredClient::public];
        let clients = clients.map(|client| client(provider)).to_vec();
        let paths = Paths::of(face, provider, &clients[0].client_id);
        let mut world = World::seeded();
        if face.static_token.is_some() {
            world.user_named_or_new(BOT);
        }
        let mut slack = Workspace::default();
        if let Some(token) = face.static_token {
            slack.install_bot(token, provider.scopes.keys().cloned().collect());
        }
        let mut service_accounts = ServiceAccounts::default();
        if provider.kinds.service_account.is_some() {
            let file = own_key::file("").to_string();
            service_accounts.register(&file).expect("the key of every sandbox is one");
        }
        let state = State {
            expires_in: options.expires_in.into(),
            options,
            catalog,
            clients,
            base_path,
            paths,
            grants: Grants::default(),
            oauth1: Oauth1Tokens::default(),
            app_tokens: AppTokens::default(),
            service_accounts,
            devices: DeviceRequests::default(),
            slack,
            world,
            limits: Limits::default(),
            faults: Faults::default(),
            log: Log::default(),
            form_token: token::random(),
        };
        Self { base_url, state: Mutex::new(state), logged: Condvar::new() }
    }

    /// Locks the state; a thread that panicked with it left it usable, for nothing is half done.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the log satisfies a condition, at most this long.
    pub(super) fn wait_until(
        &self,
        patience: Duration,
        condition: impl Fn(&[LogEntry]) -> bool,
    ) -> bool {
        let unmet = |state: &mut State| !condition(state.log.in_place());
        let waited = self.logged.wait_timeout_while(self.state(), patience, unmet);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Waits for requests behind the first so many, and gives them and how many there were by then.
    pub(super) fn next_after(&self, seen: usize) -> (Vec<LogEntry>, usize) {
        let nothing_new = |state: &mut State| state.log.total() <= seen;
        let waited = self.logged.wait_while(self.state(), nothing_new);
        let state = waited.unwrap_or_else(PoisonError::into_inner);
        (state.log.after(seen), state.log.total())
    }

    /// Tells those who wait for requests that one was noted.
    pub(super) fn announce(&self) {
        self.logged.notify_all();
    }
}

impl State {
    /// Returns its face.
    pub(super) fn face(&self) -> &'static Face {
        self.options.face
    }

    /// Returns the scopes that an answer with tokens names.
    pub(super) fn answered_scopes(&self, granted: &ScopeSet) -> ScopeSet {
        let provider = self.provider();
        match self.face().answered_scopes {
            AnsweredScopes::Granted => granted.clone(),
            AnsweredScopes::WithoutIncluded => provider.reduced(granted),
            AnsweredScopes::WithIncluded => provider.closed(granted).into_owned(),
            AnsweredScopes::WithoutOffline => {
                granted.minus(&provider.offline_scope.iter().cloned().collect())
            }
        }
    }

    /// Returns scopes by the names that stand in requests and answers.
    pub(super) fn scopes_of(&self, text: &str) -> ScopeSet {
        ScopeSet::parse(text).iter().map(|scope| self.provider().wire_name(scope)).collect()
    }

    /// Returns the provider whose shape the sandbox has.
    pub(super) fn provider(&self) -> &Provider {
        self.catalog.provider(self.options.face.provider).expect(BUILT_IN)
    }

    /// Returns whether scopes hold the one for refresh tokens.
    pub(super) fn is_offline(&self, scopes: &ScopeSet) -> bool {
        self.provider().offline_scope.as_deref().is_some_and(|scope| scopes.contains(scope))
    }

    /// Returns whether a grant of scopes that was asked for without a browser has a refresh token.
    pub(super) fn refreshes(&self, scopes: &ScopeSet) -> bool {
        match self.face().refresh_token {
            RefreshTokenCondition::Scope => self.is_offline(scopes),
            RefreshTokenCondition::Always | RefreshTokenCondition::Permanent => true,
            RefreshTokenCondition::Offline | RefreshTokenCondition::Never => false,
        }
    }

    /// Takes away all access that an account gave.
    pub(super) fn revoke_account(&mut self, id: &str) {
        self.grants.revoke_account(id);
        self.oauth1.revoke_account(id);
        self.slack.revoke_account(id);
    }

    /// Returns the lifetimes of tokens. An `expires_in` that says nothing leaves them the life that they
    /// have.
    pub(super) fn rules(&self) -> Rules {
        let seconds = match &self.expires_in {
            Value::String(text) => text.parse().ok(),
            value => value.as_i64(),
        };
        let access_lives = seconds
            .map_or(self.options.expires_in, |seconds| u64::try_from(seconds).unwrap_or_default());
        let Provider { quirks, .. } = self.provider();
        Rules {
            one_grant: quirks.one_grant_per_client_and_account,
            rotates: quirks.rotates_refresh_tokens,
            old_stays: quirks.old_refresh_token_stays,
            revocation_ends_grant: self.provider().revocation_ends_other_grants(),
            access_lives: Duration::from_secs(access_lives).min(LONGEST_LIFE),
            code_lives: self.options.code_lives,
            grace: self.options.grace,
            refresh_ends_access: self.options.refresh_ends_access,
        }
    }
}
