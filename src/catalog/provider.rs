//! The model of a provider: what its file says, and what follows from it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use indexmap::IndexMap;
use regex_lite::Regex;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::authorize::Authorize;
use super::builtin;
use super::builtin::Builtin;
use super::capability::Capability;
use super::consent_part::ConsentPart;
use super::environment::Variables;
use super::field::{present, truth, unchecked_slug};
use super::kinds::Kinds;
use super::lazy_capability::LazyCapability;
use super::operation::{Operation, route, route_by_form};
use super::placeholder_form::PlaceholderForm;
use super::protocol::{
    Account, ClientAuthentication, Endpoints, Help, Lifetimes, Pkce, Quirks, TokenShape,
};
use super::revocation::{Revocation, RevocationExtent, RevocationStyle};
use super::routes::Routes;
use super::scope_definition::ScopeDefinition;
use super::template::Literals;
use super::token::TokenProtocol;
use super::url_variable::UrlVariable;
use crate::model::alternatives::Alternatives;
use crate::model::credential_id::{Kind, Part};
use crate::model::name::Slug;
use crate::model::scope::ScopeSet;

/// An OAuth authorization server and its API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name in keys and in the store: the `x` of `x.tweet.write`.
    #[serde(rename = "provider", deserialize_with = "unchecked_slug")]
    pub slug: Slug,
    /// Its name for people.
    pub title: String,
    /// The page where a client is registered.
    #[serde(default, deserialize_with = "present")]
    pub website: Option<String>,
    /// The source of the operations and their scopes.
    #[serde(default, deserialize_with = "present")]
    pub specification: Option<Specification>,
    /// The prefix of the names of the variables that an agent gets.
    pub env_prefix: String,
    /// The variables that an agent gets, where they are not the usual ones.
    #[serde(default)]
    pub env: Variables,
    /// The variables that an agent must not inherit beside the ones it gets.
    #[serde(default)]
    pub remove_env: Vec<RemovedVariable>,
    /// Its URLs.
    pub endpoints: Endpoints,
    /// Hosts that serve the same API as the one of `api_url`.
    #[serde(default)]
    pub api_hosts: Vec<String>,
    /// The variables of its URLs.
    #[serde(default)]
    pub url_variables: IndexMap<String, UrlVariable>,
    /// The URLs of the parts of its API that have one of their own, by their names.
    #[serde(default)]
    pub services: IndexMap<String, String>,
    /// The names of the parameters that the query of every operation may have.
    #[serde(default)]
    pub query: Vec<String>,
    /// The parameters of the request for consent.
    #[serde(default)]
    pub authorize: Authorize,
    /// The form of requests for tokens, and of their answers.
    #[serde(default)]
    pub token: TokenProtocol,
    /// The request that revokes a token, where `endpoints.revoke_url` does not say enough.
    #[serde(default, deserialize_with = "present")]
    pub revoke: Option<Revocation>,
    /// The tokens that one consent gives, by their names, where it gives several.
    #[serde(default)]
    pub parts: IndexMap<Part, ConsentPart>,
    /// The kinds of credentials that serve it beside grants.
    #[serde(default)]
    pub kinds: Kinds,
    /// The authentication of clients at the token endpoint.
    #[serde(default)]
    pub client_authentication: ClientAuthentication,
    /// The binding of an authorization code to the client that asked for it.
    #[serde(default, deserialize_with = "present")]
    pub(super) pkce: Option<Pkce>,
    #[serde(default, deserialize_with = "present")]
    pub(super) redirect_uri: Option<String>,
    /// The scope that a refresh token has to be asked for with, where one has to.
    #[serde(default, deserialize_with = "present")]
    pub offline_scope: Option<String>,
    /// The scopes that every request for consent has beside those that are needed.
    #[serde(default)]
    pub always_scopes: ScopeSet,
    /// `true` if every redirect of the authorization server names it in `iss` (RFC 9207 section 3):
    /// one that does not is refused.
    #[serde(default, deserialize_with = "truth")]
    pub authorization_response_iss_parameter_supported: bool,
    /// The lookup of the account that a grant is of.
    #[serde(default, deserialize_with = "present")]
    pub account: Option<Account>,
    /// The lifetimes of tokens.
    #[serde(default)]
    pub lifetimes: Lifetimes,
    /// The points at which it departs from the standards, or is stricter than they are.
    #[serde(default)]
    pub quirks: Quirks,
    /// The places at the provider where a person sets right what xreq cannot.
    #[serde(default)]
    pub help: Help,
    /// The forms of tokens that people mistake for one another.
    #[serde(default)]
    pub token_shapes: Vec<TokenShape>,
    /// The form of the text that an agent has in the place of an access token, where the broker has the token.
    #[serde(default, deserialize_with = "present")]
    pub placeholder: Option<PlaceholderForm>,
    /// The form of the API's errors: an object in which some texts stand for what an error is about.
    #[serde(default, deserialize_with = "present")]
    pub error_shape: Option<Map<String, Value>>,
    /// Every scope, with what it allows and includes.
    #[serde(default)]
    pub scopes: IndexMap<String, ScopeDefinition>,
    /// Other names of scopes, each with the one in requests and answers.
    #[serde(default)]
    pub scope_aliases: IndexMap<String, String>,
    /// Every capability, by its key.
    pub capabilities: IndexMap<String, LazyCapability>,
    #[serde(default)]
    operations: Operations,
    #[serde(skip)]
    origin: Option<PathBuf>,
    /// The URL of the API in its file, where a configuration has another one.
    #[serde(skip)]
    pub(super) published_api_url: Option<String>,
    /// The same of services.
    #[serde(skip)]
    pub(super) published_services: IndexMap<String, String>,
}

/// A version of an API's specification.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Specification {
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// The URL at which it is published.
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
    /// The harm that it would do to the agent or to the grant.
    pub reason: String,
}

/// The operations of a provider: those of its file, or embedded ones that nobody has asked for yet.
#[derive(Debug, Default)]
struct Operations {
    parsed: OnceLock<Vec<Operation>>,
    /// The same by their paths, once somebody looks one up.
    routes: OnceLock<Routes>,
    embedded: Option<&'static Builtin>,
}

impl<'de> Deserialize<'de> for Operations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parsed = OnceLock::from(Vec::deserialize(deserializer)?);
        Ok(Self { parsed, ..Self::default() })
    }
}

impl Provider {
    /// Parses a built-in provider, and leaves its capabilities and operations until somebody asks for them.
    pub(super) fn embedded(builtin: &'static Builtin) -> Self {
        let mut provider: Self = serde_json::from_str(builtin.provider).expect(builtin::SOUND);
        let capabilities = builtin.capabilities();
        provider.capabilities = capabilities
            .map(|(key, text)| (key.to_owned(), LazyCapability::embedded(text)))
            .collect();
        provider.operations.embedded = Some(builtin);
        provider
    }

    /// Puts wire names in the place of other names of scopes.
    pub(super) fn settle_scope_names(&mut self) {
        let aliases = std::mem::take(&mut self.scope_aliases);
        let wire = |name: &str| aliases.get(name).map_or(name, String::as_str).to_owned();
        let settle = |scopes: &mut ScopeSet| *scopes = scopes.iter().map(wire).collect();
        if !aliases.is_empty() {
            for implied in self.scopes.values_mut().flat_map(|scope| &mut scope.implies) {
                *implied = wire(implied);
            }
            self.offline_scope = self.offline_scope.as_deref().map(wire);
            self.capabilities.values_mut().for_each(|it| it.get_mut().change(settle));
            let operations = self.operations.parsed.get_mut().into_iter().flatten();
            operations.flat_map(Operation::demands_mut).for_each(|demand| demand.change(settle));
        }
        self.scope_aliases = aliases;
    }

    pub(super) fn set_origin(&mut self, file: &Path) {
        self.origin = Some(file.to_owned());
    }

    /// Returns the place where the provider is described, for people.
    pub fn origin(&self) -> String {
        match &self.origin {
            Some(file) => file.display().to_string(),
            None => "xreq itself".to_owned(),
        }
    }

    /// Returns the capability with this key: the whole key, `x.tweet.write`.
    pub fn capability(&self, key: &str) -> Option<&Capability> {
        self.capabilities.get(key).map(|found| &**found)
    }

    /// Returns the redirect URI of a client that was registered without another one; empty where no
    /// account consents.
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uri.as_deref().unwrap_or_default()
    }

    /// Returns whether an authorization code is bound to the client that asked for it (RFC 7636).
    pub fn takes_challenges(&self) -> bool {
        self.pkce == Some(Pkce::S256)
    }

    /// Returns the scopes that every request for consent has, whatever is needed: that of the refresh
    /// token, and those that are always asked for.
    pub fn accompanying_scopes(&self) -> ScopeSet {
        let mut scopes = self.always_scopes.clone();
        scopes.add_all(&self.offline_scope.iter().cloned().collect());
        scopes
    }

    /// Returns how tokens are revoked, if they can be: as `revoke` says, or `endpoints.revoke_url` in
    /// short.
    pub fn revocation(&self) -> Option<Revocation> {
        self.revoke.clone().or_else(|| {
            let url = self.endpoints.revoke_url.clone()?;
            Some(Revocation {
                url,
                style: RevocationStyle::default(),
                ends: RevocationExtent::default(),
            })
        })
    }

    /// Returns whether one revocation ends more than the grant that it is meant for.
    pub fn revocation_ends_other_grants(&self) -> bool {
        let ends = self.revoke.as_ref().map(|revoke| revoke.ends);
        self.quirks.revocation_ends_all_grants
            || matches!(ends, Some(RevocationExtent::Authorization | RevocationExtent::Sessions))
    }

    /// Returns all operations of the API that are known.
    pub fn operations(&self) -> &[Operation] {
        let embedded = self.operations.embedded;
        self.operations.parsed.get_or_init(|| embedded.map_or_else(Vec::new, operations_of))
    }

    /// Returns whether one of the API's hosts lies in a domain of this name, as `api.twitter.com` does in
    /// `twitter`: people call a provider by it.
    pub(super) fn has_domain(&self, name: &str) -> bool {
        self.api_hosts.iter().any(|host| host.rsplit('.').nth(1) == Some(name))
    }

    /// Returns the operation that a request means. `path` is concrete (`/2/users/12/likes`) or a
    /// template; it has no query, and is compared as it stands.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        route(self.operations(), method, path)
    }

    /// Returns the operation of a service, or of the API itself, that a request means.
    pub fn operation_of(
        &self,
        service: Option<&str>,
        method: &str,
        path: &str,
    ) -> Option<&Operation> {
        self.routed(service, method, path, Literals::Exact)
    }

    /// Returns the operation that a server would take the same request for if the case of its paths did not
    /// count.
    pub fn operation_in_any_case(
        &self,
        service: Option<&str>,
        method: &str,
        path: &str,
    ) -> Option<&Operation> {
        self.routed(service, method, path, Literals::AnyCase)
    }

    fn routed(
        &self,
        service: Option<&str>,
        method: &str,
        path: &str,
        literals: Literals,
    ) -> Option<&Operation> {
        let operations = self.operations();
        let routes = self.operations.routes.get_or_init(|| Routes::of(operations));
        routes.find(operations, service, method, path, literals)
    }

    /// Returns the operation that a request has the form of, whatever the values of its parameters: what an
    /// API refuses by itself.
    pub fn operation_of_form(&self, method: &str, path: &str) -> Option<&Operation> {
        route_by_form(self.operations(), method, path)
    }

    /// Returns the keys that scopes stand for: grants serve them, and nothing that they give outlives the
    /// call.
    pub fn keys_of_scopes(&self) -> impl Iterator<Item = (&str, &Capability)> {
        let keys = self.capabilities.iter();
        keys.filter(|(_, found)| !found.standing && found.kinds().contains(&Kind::Oauth2))
            .map(|(key, found)| (key.as_str(), &**found))
    }

    /// Returns the ways to be allowed an operation, each a list of keys that it takes together:
    /// every key that the operation is meant for is one. If there are none, the only way is the
    /// fewest keys (at most two) whose API scopes cover it, with as few scopes as possible. Empty
    /// where the operation needs no scope of a user, accepts no user token, or is beyond all keys.
    pub fn keys_for(&self, operation: &Operation) -> Vec<Vec<&str>> {
        if !operation.keys.is_empty() {
            let known =
                operation.keys.iter().filter_map(|key| self.capabilities.get_key_value(key));
            return known.map(|(key, _)| vec![key.as_str()]).collect();
        }
        let mut demanded = operation.demands().filter(|_| !operation.standing);
        let Some((_, needed)) = demanded.find(|(_, scopes)| !scopes.is_empty()) else {
            return Vec::new();
        };
        let needed = needed.alternatives();
        let all: Vec<(&str, ScopeSet)> =
            self.keys_of_scopes().map(|(key, found)| (key, found.api())).collect();
        let single = all
            .iter()
            .filter(|(_, scopes)| self.covers_any(scopes, needed))
            .min_by_key(|(_, scopes)| scopes.len())
            .map(|(key, _)| vec![*key]);
        single.or_else(|| self.cheapest_pair(&all, needed)).into_iter().collect()
    }

    /// Returns the two keys that cover `needed` with the fewest scopes between them; of equals the first.
    fn cheapest_pair<'a>(
        &self,
        all: &[(&'a str, ScopeSet)],
        needed: Alternatives<'_>,
    ) -> Option<Vec<&'a str>> {
        let pairs = all.iter().enumerate().flat_map(|(at, first)| {
            all[at + 1..].iter().map(move |second| {
                let mut both = first.1.clone();
                both.add_all(&second.1);
                (both, [first.0, second.0])
            })
        });
        pairs
            .filter(|(scopes, _)| self.covers_any(scopes, needed))
            .min_by_key(|(scopes, _)| scopes.len())
            .map(|(_, keys)| keys.to_vec())
    }

    /// Returns the shape of a pasted token, as far as it can be recognised.
    pub fn recognise_token(&self, text: &str) -> Option<&TokenShape> {
        self.token_shapes
            .iter()
            .find(|shape| Regex::new(&shape.pattern).is_ok_and(|pattern| pattern.is_match(text)))
    }
}

/// Returns the operations of a built-in provider.
fn operations_of(builtin: &Builtin) -> Vec<Operation> {
    serde_json::from_slice(&builtin.operations()).expect(builtin::SOUND)
}
