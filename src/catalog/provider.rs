//! The model of a provider: what its file says, and what follows from it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use indexmap::IndexMap;
use regex_lite::Regex;
use serde::{Deserialize, Deserializer};

use super::operation::{Operation, route};
use crate::scope::ScopeSet;

/// An OAuth authorization server and its API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name in keys and in the store: the `x` of `x.tweet.write`.
    #[serde(rename = "provider")]
    pub slug: String,
    /// Its name for people.
    pub title: String,
    /// Where a client is registered.
    #[serde(default, deserialize_with = "present")]
    pub website: Option<String>,
    /// What the operations and their scopes were taken from.
    #[serde(default, deserialize_with = "present")]
    pub specification: Option<Specification>,
    /// What the names of the variables that an agent gets begin with.
    pub env_prefix: String,
    /// The variables that an agent must not inherit beside the ones it gets.
    #[serde(default)]
    pub remove_env: Vec<RemovedVariable>,
    /// Its URLs.
    pub endpoints: Endpoints,
    /// Hosts that serve the same API as the one of `api_url`.
    #[serde(default)]
    pub api_hosts: Vec<String>,
    /// How clients prove themselves to the token endpoint.
    pub client_authentication: ClientAuthentication,
    /// How an authorization code is bound to who asked for it.
    pub pkce: Pkce,
    /// The redirect URI of a client that was registered without another one.
    pub redirect_uri: String,
    /// The scope that a refresh token has to be asked for with, where one has to.
    #[serde(default, deserialize_with = "present")]
    pub offline_scope: Option<String>,
    /// How to learn whose grant it is.
    #[serde(default, deserialize_with = "present")]
    pub account: Option<Account>,
    /// How long tokens live.
    #[serde(default)]
    pub lifetimes: Lifetimes,
    /// Where it departs from the standards, or is stricter than they are.
    #[serde(default)]
    pub quirks: Quirks,
    /// How tokens look that people mistake for one another.
    #[serde(default)]
    pub token_shapes: Vec<TokenShape>,
    /// Every scope, with what it allows.
    pub scopes: IndexMap<String, String>,
    /// Every capability, by its key.
    pub capabilities: IndexMap<String, Capability>,
    #[serde(default)]
    operations: Operations,
    #[serde(skip)]
    origin: Option<PathBuf>,
}

/// A version of an API's specification.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Specification {
    /// What it is called.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Where it is published.
    pub url: String,
    /// The day on which it was read, as `YYYY-MM-DD`.
    pub read: String,
}

/// A variable that an agent must not inherit.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovedVariable {
    /// Its name.
    pub name: String,
    /// What it would do to the agent or to the grant.
    pub reason: String,
}

/// The URLs of a provider: `https`, or `http` on this machine.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// Where an account's owner is asked for consent (RFC 6749 section 3.1).
    pub authorize_url: String,
    /// Where tokens are issued and refreshed (RFC 6749 section 3.2).
    pub token_url: String,
    /// Where tokens are revoked (RFC 7009), if they can be.
    #[serde(default, deserialize_with = "present")]
    pub revoke_url: Option<String>,
    /// What the paths of the operations are appended to.
    pub api_url: String,
}

/// How clients prove themselves to the token endpoint (RFC 6749 section 2.3). What is absent, the
/// provider does not support.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientAuthentication {
    /// Clients that can keep a secret.
    #[serde(default, deserialize_with = "present")]
    pub confidential: Option<ConfidentialClient>,
    /// Clients that cannot.
    #[serde(default, deserialize_with = "present")]
    pub public: Option<PublicClient>,
}

/// How a client sends its secret; the names are those of the OAuth registry (RFC 7591 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfidentialClient {
    /// In the `Authorization` header, as HTTP Basic.
    ClientSecretBasic,
    /// In the form, beside the client id.
    ClientSecretPost,
}

/// How a client without a secret names itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicClient {
    /// Its client id stands in the form, and nothing proves it.
    None,
}

/// The code challenge method (RFC 7636 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Pkce {
    /// The challenge is the verifier's SHA-256.
    S256,
    /// The provider refuses challenges.
    #[serde(rename = "none")]
    None,
}

/// The request that tells whose access token it is.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The path of the `GET` operation.
    pub path: String,
    /// Where its answer has the account's id, which never changes: a JSON pointer (RFC 6901).
    pub id: String,
    /// Where its answer has the account's name for people, which may change: a JSON pointer.
    pub handle: String,
}

/// How long tokens live, in seconds. What is absent is not known.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// An access token, where the token response does not say.
    #[serde(deserialize_with = "present")]
    pub access_token: Option<u64>,
    /// A refresh token that is not used.
    #[serde(deserialize_with = "present")]
    pub refresh_token: Option<u64>,
    /// Whether the lifetime of refresh tokens is a guess: documented nowhere.
    pub refresh_token_is_assumed: bool,
    /// An authorization code.
    #[serde(deserialize_with = "present")]
    pub authorization_code: Option<u64>,
    /// How long before its end an access token is refreshed.
    pub refresh_margin: u64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_token: None,
            refresh_token: None,
            refresh_token_is_assumed: false,
            authorization_code: None,
            refresh_margin: 300,
        }
    }
}

/// Where a provider departs from the standards, or is stricter than they are.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quirks {
    /// A new grant for the same client and account ends the older one, so that consent has to be
    /// asked for everything that is needed at once.
    pub one_grant_per_client_and_account: bool,
    /// A refresh token is good once: each refresh answers a new one.
    pub rotates_refresh_tokens: bool,
    /// The redirect URI is compared in whole, the port of a loopback address included (against
    /// RFC 8252 section 7.3).
    pub exact_redirect_uri: bool,
    /// Answers of the token endpoint that mean what `invalid_grant` means: the refresh token is
    /// spent, revoked or somebody else's.
    pub dead_grant_answers: Vec<DeadGrantAnswer>,
}

/// An error answer of the token endpoint (RFC 6749 section 5.2) that means that the grant is dead.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadGrantAnswer {
    /// Its `error`.
    pub error: String,
    /// Its `error_description`, in whole.
    pub description: String,
}

/// How a kind of token looks: a guess to warn by, never to refuse by.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenShape {
    /// The kind of token.
    pub kind: TokenKind,
    /// A regular expression that its text matches.
    pub pattern: String,
    /// What to tell somebody who gives it for an access token.
    #[serde(default, deserialize_with = "present")]
    pub message: Option<String>,
}

/// The kinds of tokens that people have at hand when they are asked for an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// An OAuth 2.0 access token of a user: the right one.
    AccessToken,
    /// An OAuth 2.0 refresh token.
    RefreshToken,
    /// An OAuth 2.0 authorization code.
    AuthorizationCode,
    /// A bearer token of the app, which acts for no account.
    AppOnly,
    /// An OAuth 1.0a user token.
    Oauth1,
}

/// What an integration key allows, and which scopes it takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capability {
    /// Its name for people.
    pub title: String,
    /// What it lets an agent do: completes "the agent can …".
    pub allows: String,
    /// The scopes that the platform's documentation publishes for the key.
    pub published: ScopeSet,
    #[serde(default, deserialize_with = "present")]
    api: Option<ScopeSet>,
    /// What no scope changes: a limit of the provider, or a doubt about the scopes.
    #[serde(default, deserialize_with = "present")]
    pub note: Option<String>,
}

impl Capability {
    /// The scopes that the provider's API demands for the operations behind the key, the published
    /// ones included.
    pub fn api(&self) -> ScopeSet {
        let mut scopes = self.published.clone();
        if let Some(api) = &self.api {
            scopes.add_all(api);
        }
        scopes
    }

    /// What the file says of the API's scopes, where they differ from the published ones.
    pub(super) fn stated_api(&self) -> Option<&ScopeSet> {
        self.api.as_ref()
    }
}

/// The operations of a provider: those of its file, or embedded ones that nobody has asked for yet.
#[derive(Debug, Default)]
struct Operations {
    parsed: OnceLock<Vec<Operation>>,
    embedded: &'static str,
}

impl<'de> Deserialize<'de> for Operations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parsed = OnceLock::from(Vec::deserialize(deserializer)?);
        Ok(Self { parsed, embedded: "" })
    }
}

impl Provider {
    /// A built-in provider, from its file without the operations and the list of these, in JSON.
    pub(super) fn embedded(provider: &str, operations: &'static str) -> Self {
        let mut provider: Self =
            serde_json::from_str(provider).expect("a test reads the embedded provider");
        provider.operations.embedded = operations;
        provider
    }

    pub(super) fn set_origin(&mut self, file: &Path) {
        self.origin = Some(file.to_owned());
    }

    /// Where the provider is described, for people.
    pub fn origin(&self) -> String {
        match &self.origin {
            Some(file) => file.display().to_string(),
            None => "xreq itself".to_owned(),
        }
    }

    /// The capability with this key: the whole key, `x.tweet.write`.
    pub fn capability(&self, key: &str) -> Option<&Capability> {
        self.capabilities.get(key)
    }

    /// All operations of the API that are known.
    pub fn operations(&self) -> &[Operation] {
        self.operations.parsed.get_or_init(|| match self.operations.embedded {
            "" => Vec::new(),
            text => serde_json::from_str(text).expect("a test reads the embedded operations"),
        })
    }

    /// The operation that a request means. `path` is concrete (`/2/users/12/likes`) or a template;
    /// it has no query, and is compared as it stands.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        route(self.operations(), method, path)
    }

    /// The ways to be allowed an operation, each a list of keys that it takes together: every key
    /// that the operation is meant for is one. Where there are none, the only way is the fewest keys
    /// (at most two) whose API scopes cover it, with as few scopes as possible. Empty where the
    /// operation needs no scope of a user, accepts no user token, or is beyond all keys.
    pub fn keys_for(&self, operation: &Operation) -> Vec<Vec<&str>> {
        if !operation.keys.is_empty() {
            let known =
                operation.keys.iter().filter_map(|key| self.capabilities.get_key_value(key));
            return known.map(|(key, _)| vec![key.as_str()]).collect();
        }
        let Some(needed) = operation.user.as_ref().filter(|scopes| !scopes.is_empty()) else {
            return Vec::new();
        };
        let all: Vec<(&str, ScopeSet)> =
            self.capabilities.iter().map(|(key, found)| (key.as_str(), found.api())).collect();
        let single = all
            .iter()
            .filter(|(_, scopes)| needed.is_covered_by(scopes))
            .min_by_key(|(_, scopes)| scopes.len())
            .map(|(key, _)| vec![*key]);
        single.or_else(|| cheapest_pair(&all, needed)).into_iter().collect()
    }

    /// What a pasted token looks like, as far as its shape tells.
    pub fn recognise_token(&self, text: &str) -> Option<&TokenShape> {
        self.token_shapes
            .iter()
            .find(|shape| Regex::new(&shape.pattern).is_ok_and(|pattern| pattern.is_match(text)))
    }

    /// The variable in which an agent gets the access token.
    pub fn access_token_variable(&self) -> String {
        format!("{}_ACCESS_TOKEN", self.env_prefix)
    }

    /// The variable that tells an agent when the access token expires.
    pub fn expires_at_variable(&self) -> String {
        format!("{}_ACCESS_TOKEN_EXPIRES_AT", self.env_prefix)
    }

    /// Whether xreq sets or removes this variable for an agent that uses the provider.
    pub fn owns_variable(&self, name: &str) -> bool {
        name == self.access_token_variable()
            || name == self.expires_at_variable()
            || self.remove_env.iter().any(|removed| removed.name == name)
    }
}

/// The two keys that cover `needed` with the fewest scopes between them; of equals the first.
fn cheapest_pair<'a>(all: &[(&'a str, ScopeSet)], needed: &ScopeSet) -> Option<Vec<&'a str>> {
    let pairs = all.iter().enumerate().flat_map(|(at, first)| {
        all[at + 1..].iter().map(move |second| {
            let mut both = first.1.clone();
            both.add_all(&second.1);
            (both, [first.0, second.0])
        })
    });
    pairs
        .filter(|(scopes, _)| needed.is_covered_by(scopes))
        .min_by_key(|(scopes, _)| scopes.len())
        .map(|(_, keys)| keys.to_vec())
}

/// Reads a field that may be left out, but not be null: in YAML, a forgotten value is null.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
