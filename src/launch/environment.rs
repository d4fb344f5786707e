//! The environment of the agent: one plan, which `run` carries out and `run --dry-run` shows.
//!
//! The agent gets the access token of each provider that serves it, when it expires, the secrets that it
//! requires, and the list of keys that are met. It never gets anything that can make new tokens or open
//! the store, and if a requirement is unmet, it does not inherit a substitute for it.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;

use age::secrecy::{ExposeSecret, SecretString};
use jiff::Timestamp;

use super::proxies;
use crate::catalog::{Catalog, Provider, with_parts};
use crate::error::{Advice, Remedy, advice};
use crate::model::credential_id::{CredentialId, Kind};
use crate::model::variable_content::VariableContent;
use crate::policy::needs::{Need, Needs};
use crate::policy::verdict::Verdict;
use crate::sys::env::{Env, RELIED_ON};
use crate::text::time::rfc3339;

/// The variable that lists the keys that are met, a space between two.
pub const INTEGRATIONS: &str = "XREQ_INTEGRATIONS";

/// The variable of the endpoint's URL.
pub const CREDENTIALS_URL: &str = "XREQ_CREDENTIALS_URL";

/// The variable of what the endpoint wants to be shown: a bearer token of this launch.
pub const CREDENTIALS_TOKEN: &str = "XREQ_CREDENTIALS_TOKEN";

/// The access token of a provider, for the agent.
pub struct Token<'a> {
    /// Provider that issued it.
    pub provider: &'a Provider,
    /// The credential that it belongs to.
    pub credential: CredentialId,
    /// The token.
    pub access_token: SecretString,
    /// When it dies, if known.
    pub expires_at: Option<Timestamp>,
    /// What a credential of its kind has beside.
    pub others: Vec<(VariableContent, Value)>,
    /// The variables that it is handed over in, each with its content.
    pub variables: Vec<(String, VariableContent)>,
}

impl Token<'_> {
    /// Returns a part of the credential, if it has that.
    fn content(&self, content: VariableContent, file: Option<&PathBuf>) -> Option<Value> {
        match content {
            VariableContent::AccessToken => Some(Value::Secret(self.access_token.clone())),
            VariableContent::ExpiresAt => self.expires_at.map(|at| Value::Public(rfc3339(at))),
            VariableContent::AccessTokenFile => {
                file.map(|file| Value::Public(file.display().to_string()))
            }
            _ => {
                let found = self.others.iter().find(|(other, _)| *other == content);
                found.map(|(_, value)| value.clone())
            }
        }
    }

    /// Returns where it comes from, in words.
    fn origin(&self, content: VariableContent) -> String {
        let id = &self.credential;
        if id.kind != Kind::Oauth2 {
            return match (content, self.expires_at) {
                (VariableContent::ConsumerKey | VariableContent::ConsumerSecret, _) => {
                    format!("client of {id}")
                }
                (_, Some(at)) => format!("credential of {id}, valid until {}", rfc3339(at)),
                (_, None) => format!("credential of {id}"),
            };
        }
        match (content, self.expires_at) {
            (VariableContent::AccessTokenFile, _) => format!("grant of {id}, the newest token"),
            (_, Some(at)) => format!("grant of {id}, valid until {}", rfc3339(at)),
            (_, None) => format!("grant of {id}, expiry unknown"),
        }
    }
}

/// Everything that an agent is given.
#[derive(Default)]
pub struct Handover<'a> {
    /// The access tokens.
    pub tokens: Vec<Token<'a>>,
    /// The secrets.
    pub secrets: Vec<SecretVariable>,
    /// Channels that it gets the tokens through.
    pub channels: Channels,
}

/// The ways in which an agent gets access tokens.
pub struct Channels {
    /// Whether tokens are in variables.
    pub by_variable: bool,
    /// The files that hold the newest ones.
    pub files: HashMap<CredentialId, PathBuf>,
    /// The endpoint that answers with them: its URL, and what it wants to be shown.
    pub endpoint: Option<(String, SecretString)>,
    /// The broker that calls go through, where tokens are placeholders.
    pub broker: Option<BrokerChannel>,
}

/// The ways to the broker of a run.
#[derive(Clone)]
pub struct BrokerChannel {
    /// Its port, if it has one.
    pub port: Option<BrokerPort>,
    /// Its Unix socket, if it has one.
    pub socket: Option<PathBuf>,
}

/// The port of a broker.
#[derive(Clone)]
pub struct BrokerPort {
    /// Its proxy, with the credentials of the run.
    pub proxy: SecretString,
    /// The base URLs of APIs, each with its variable.
    pub base_urls: Vec<(String, String)>,
    /// The file of certificates that programs trust.
    pub certificates: PathBuf,
    /// The settings of wget, which finds them in no other way.
    pub wgetrc: Option<PathBuf>,
    /// The options of Java, which finds proxy and certificates in no other way; none where it cannot use
    /// the proxy.
    pub java_options: Option<String>,
    /// Its own host, which is asked without the proxy.
    pub host: String,
    /// The hosts that no exception keeps from the proxy.
    pub is_api_host: HostTest,
}

/// Returns whether a host is meant.
pub type HostTest = Arc<dyn Fn(&str) -> bool + Send + Sync>;

impl Default for Channels {
    fn default() -> Self {
        Self { by_variable: true, files: HashMap::new(), endpoint: None, broker: None }
    }
}

impl BrokerChannel {
    /// The variable of its socket.
    pub const SOCKET: &str = "XREQ_BROKER_SOCKET";

    /// Returns the variables by which programs find it, for an agent that would inherit these.
    fn variables(&self, inherited: &Env) -> Vec<Variable> {
        let of_port = self.port.iter().flat_map(|port| port.variables(inherited));
        let of_socket = self.socket.iter().map(|socket| {
            let path = Value::Public(socket.display().to_string());
            variable(Self::SOCKET, path, "the broker, for containers")
        });
        of_port.chain(of_socket).collect()
    }
}

fn variable(name: &str, value: Value, origin: &str) -> Variable {
    Variable { name: name.to_owned(), value, origin: origin.to_owned() }
}

impl BrokerPort {
    fn variables(&self, inherited: &Env) -> Vec<Variable> {
        let mut set = Vec::new();
        for name in proxies::PROXIES {
            let proxy = Value::Secret(self.proxy.clone());
            set.push(variable(name, proxy, "the broker as a proxy"));
        }
        for (name, value) in proxies::without_broker(inherited, &self.host, &*self.is_api_host) {
            set.push(variable(name, Value::Public(value), "what the broker is not asked for"));
        }
        let certificates = self.certificates.display().to_string();
        for name in CERTIFICATE_FILES {
            let value = Value::Public(certificates.clone());
            set.push(variable(name, value, "the system's certificates and the broker's"));
        }
        if let Some(wgetrc) = self.wgetrc.as_ref().filter(|_| inherited.get(WGETRC).is_none()) {
            let value = Value::Public(wgetrc.display().to_string());
            set.push(variable(WGETRC, value, "the same certificates, for wget"));
        }
        set.push(variable(
            "NODE_USE_ENV_PROXY",
            Value::Public("1".to_owned()),
            "the broker as a proxy",
        ));
        for (name, url) in &self.base_urls {
            set.push(variable(
                name,
                Value::Public(url.clone()),
                "the broker in the place of the API",
            ));
        }
        if let Some(options) = &self.java_options {
            let options = Value::Public(options.clone());
            set.push(variable("XREQ_JAVA_OPTIONS", options, "the broker as a proxy, for Java"));
        }
        set
    }
}

/// The variables by which programs find a file of certificates to trust.
const CERTIFICATE_FILES: [&str; 11] = [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "DENO_CERT",
    "AWS_CA_BUNDLE",
    "CARGO_HTTP_CAINFO",
    "PIP_CERT",
    "NIX_SSL_CERT_FILE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
];

/// The variable that names the settings of wget.
const WGETRC: &str = "WGETRC";

/// A secret, for the agent.
pub struct SecretVariable {
    /// The name of its variable.
    pub name: String,
    /// Its value.
    pub value: SecretString,
}

/// The environment of an agent to be launched.
#[derive(Default)]
pub struct Plan {
    /// Variables inherited unchanged.
    pub inherited: Vec<(OsString, OsString)>,
    /// Variables set, replacing inherited ones of the same name.
    pub set: Vec<Variable>,
    /// Variables not inherited, each with the reason.
    pub removed: Vec<Removal>,
}

impl Plan {
    /// Keeps what the agent says to this machine away from the proxies that it inherits.
    fn except_from_proxies(&mut self) {
        for (name, value) in proxies::exceptions(&self.inherited) {
            self.inherited.retain(|(inherited, _)| inherited != name);
            self.set.push(Variable {
                name: name.to_owned(),
                value: Value::Public(value),
                origin: "the endpoint is on this machine, and no proxy's business".to_owned(),
            });
        }
    }

    /// Returns every variable with its value. Of a name that is there twice the last counts: among
    /// inherited variables that is the one that `getenv` finds.
    pub fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> + Clone {
        let inherited = self.inherited.iter().rev();
        let inherited = inherited.map(|(name, value)| (name.as_os_str(), value.as_os_str()));
        let set = self.set.iter();
        inherited.chain(set.map(|set| (OsStr::new(&set.name), OsStr::new(set.value.reveal()))))
    }
}

/// A variable that xreq sets.
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Origin of the value, in words.
    pub origin: String,
}

/// The value of a variable.
#[derive(Clone)]
pub enum Value {
    /// May be shown.
    Public(String),
    /// Must never be shown.
    Secret(SecretString),
}

/// A variable that the agent does not inherit.
#[derive(Clone)]
pub struct Removal {
    /// Its name.
    pub name: OsString,
    /// Reason for the removal.
    pub reason: Advice,
    /// Whether that is worth a warning: xreq's own variables are removed without a word.
    pub surprising: bool,
}

impl Removal {
    fn silently(name: &OsStr, reason: &str) -> Self {
        Self { name: name.to_owned(), reason: reason.into(), surprising: false }
    }
}

impl Value {
    /// Returns the value itself, for the agent alone.
    pub fn reveal(&self) -> &str {
        match self {
            Self::Public(value) => value,
            Self::Secret(value) => value.expose_secret(),
        }
    }
}

/// Decides on every variable.
pub fn plan(
    inherited: &Env,
    catalog: &Catalog,
    needs: &Needs<'_>,
    verdict: &Verdict<'_>,
    given: Handover<'_>,
    pristine: bool,
) -> Plan {
    let broker = given.channels.broker.clone();
    let mut plan = Plan { set: variables(given), ..Plan::default() };
    if let Some(broker) = broker {
        plan.set.extend(broker.variables(inherited));
    }
    let keys: Vec<_> = verdict.satisfied_keys().collect();
    plan.set.push(Variable {
        name: INTEGRATIONS.to_owned(),
        value: Value::Public(keys.join(" ")),
        origin: "the keys that are met".to_owned(),
    });
    let has_endpoint = plan.set.iter().any(|variable| variable.name == CREDENTIALS_URL);
    let refused = refused(inherited, catalog, needs, verdict);
    for (name, value) in inherited.iter() {
        if plan.set.iter().any(|variable| name == variable.name.as_str()) {
            continue;
        }
        let named = refused.iter().find(|refused| name == refused.name.as_os_str());
        if let Some(removed) = named {
            plan.removed.push(removed.clone());
        } else if name.as_encoded_bytes().starts_with(b"XREQ_") {
            plan.removed.push(Removal::silently(name, "it is xreq's own"));
        } else if pristine && !every_program_needs(name) {
            plan.removed.push(Removal::silently(name, "not needed by every program"));
        } else {
            plan.inherited.push((name.to_owned(), value.to_owned()));
        }
    }
    if has_endpoint {
        plan.except_from_proxies();
    }
    plan.removed.sort_by(|one, other| one.name.cmp(&other.name));
    plan
}

/// Returns the variables that the agent is given.
fn variables(Handover { tokens, secrets, channels }: Handover<'_>) -> Vec<Variable> {
    let mut set = Vec::new();
    let mut add = |name: String, value, origin: &str| {
        set.push(Variable { name, value, origin: origin.to_owned() });
    };
    for token in tokens {
        let file = channels.files.get(&token.credential);
        for (name, content) in &token.variables {
            let is_file = *content == VariableContent::AccessTokenFile;
            // For what never changes, it does not matter how new tokens come.
            let never_changes = token.credential.kind.never_expires();
            let has_channel = is_file || channels.by_variable || never_changes;
            if has_channel && let Some(value) = token.content(*content, file) {
                add(name.clone(), value, &token.origin(*content));
            }
        }
    }
    if let Some((url, bearer)) = channels.endpoint {
        let origin = "the endpoint of the newest tokens";
        add(CREDENTIALS_URL.to_owned(), Value::Public(url), origin);
        add(CREDENTIALS_TOKEN.to_owned(), Value::Secret(bearer), origin);
    }
    for SecretVariable { name, value } in secrets {
        add(name, Value::Secret(value), "secret");
    }
    set
}

/// Returns the variables that must not be inherited: those that new tokens are made with, and those that
/// would stand in for a grant or a secret that the store does not have.
fn refused(
    inherited: &Env,
    catalog: &Catalog,
    needs: &Needs<'_>,
    verdict: &Verdict<'_>,
) -> Vec<Removal> {
    let mut refused = Vec::new();
    let mut refuse = |name: String, reason: Advice| {
        refused.push(Removal { name: name.into(), reason, surprising: true });
    };
    let is_inherited = |prefix: &str| {
        inherited.iter().any(|(name, _)| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
    };
    for provider in catalog.providers_of_variables(is_inherited) {
        for removed in &provider.remove_env {
            refuse(removed.name.clone(), removed.reason.clone().into());
        }
    }
    for key in &verdict.keys {
        let Need { provider, kinds, parts, requirement, .. } = key.need;
        let unmet = kinds.iter().filter(|_| key.covered_by.is_none());
        let named = requirement.kinds.iter().map(|stated| &stated.value);
        let kinds: Vec<_> = [Kind::Oauth2].iter().chain(unmet).chain(named).copied().collect();
        let of_provider = kinds.iter().flat_map(|kind| provider.variables_of(*kind));
        let ways = with_parts(&kinds, parts);
        let of_app = ways.flat_map(|(kind, part)| key.need.variables(kind, part));
        for (name, _) in of_provider.chain(of_app) {
            let reason = format!("xreq alone gives the agent tokens of {}", provider.slug);
            refuse(name, reason.into());
        }
    }
    for secret in &needs.secrets {
        let add = Remedy::AddSecret { name: secret.name.clone() };
        let reason = advice!["it is not in the store: ", add.request(), " adds it"];
        refuse(secret.name.clone(), reason);
    }
    refused
}

fn every_program_needs(name: &OsStr) -> bool {
    RELIED_ON.iter().any(|needed| name == *needed) || name.as_encoded_bytes().starts_with(b"LC_")
}
