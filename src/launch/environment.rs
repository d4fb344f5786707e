//! The environment of the agent: one plan, which `run` carries out and `run --dry-run` shows.
//!
//! The agent gets the access token of each provider that serves it, when it expires, the secrets
//! that it requires, and the list of keys that are met. It never gets what can make new tokens or
//! open the store, and where a requirement is unmet, it does not inherit what would stand in for it.

use std::ffi::{OsStr, OsString};

use age::secrecy::{ExposeSecret, SecretString};
use jiff::Timestamp;

use crate::catalog::Catalog;
use crate::env::Env;
use crate::resolve::Needs;
use crate::verdict::Verdict;

/// The variable that lists the keys that are met, a space between two.
pub const INTEGRATIONS: &str = "XREQ_INTEGRATIONS";

/// What `--pristine` lets through: what programs need to find themselves, their user, their
/// terminal and their language. `LC_*` comes on top.
const PRISTINE: [&str; 13] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "LANG",
    "TZ",
    "TMPDIR",
    "PWD",
    "XDG_RUNTIME_DIR",
];

/// The access token of a provider, for the agent.
pub struct Token {
    /// The provider's name.
    pub provider: String,
    /// The account that granted it.
    pub account: String,
    /// The token.
    pub access_token: SecretString,
    /// When it dies, where that is known.
    pub expires_at: Option<Timestamp>,
}

/// A secret, for the agent.
pub struct Secret {
    /// The name of its variable.
    pub name: String,
    /// Its value.
    pub value: SecretString,
}

/// What the environment of the agent will be.
#[derive(Default)]
pub struct Plan {
    /// What is inherited as it is.
    pub inherited: Vec<(OsString, OsString)>,
    /// What is set, whatever was inherited under the same name.
    pub set: Vec<Variable>,
    /// What would have been inherited, and why it is not.
    pub removed: Vec<Removed>,
}

/// A variable that xreq sets.
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Where the value comes from, in words.
    pub origin: String,
}

/// The value of a variable.
pub enum Value {
    /// May be shown.
    Public(String),
    /// Must never be shown.
    Secret(SecretString),
}

/// A variable that the agent does not inherit.
pub struct Removed {
    /// Its name.
    pub name: OsString,
    /// Why.
    pub reason: String,
    /// Whether that is worth a warning: xreq's own variables are removed without a word.
    pub surprising: bool,
}

impl Value {
    /// The value itself, for the agent alone.
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
    tokens: Vec<Token>,
    secrets: Vec<Secret>,
    pristine: bool,
) -> Plan {
    let mut plan = Plan::default();
    for token in tokens {
        if let Some(provider) = catalog.provider(&token.provider) {
            let origin = format!("grant of {} ({})", token.provider, token.account);
            plan.set.push(Variable {
                name: provider.access_token_variable(),
                value: Value::Secret(token.access_token),
                origin: origin.clone(),
            });
            if let Some(expires_at) = token.expires_at {
                plan.set.push(Variable {
                    name: provider.expires_at_variable(),
                    value: Value::Public(rfc3339(expires_at)),
                    origin,
                });
            }
        }
    }
    for secret in secrets {
        plan.set.push(Variable {
            name: secret.name,
            value: Value::Secret(secret.value),
            origin: "secret".to_owned(),
        });
    }
    let keys: Vec<_> = verdict.satisfied_keys().collect();
    plan.set.push(Variable {
        name: INTEGRATIONS.to_owned(),
        value: Value::Public(keys.join(" ")),
        origin: "the keys that are met".to_owned(),
    });
    for (name, value) in inherited.iter() {
        if plan.set.iter().any(|variable| name == variable.name.as_str()) {
            continue;
        }
        if let Some((reason, surprising)) = refusal(name, catalog, needs, pristine) {
            plan.removed.push(Removed { name: name.to_owned(), reason, surprising });
        } else {
            plan.inherited.push((name.to_owned(), value.to_owned()));
        }
    }
    plan
}

/// Why a variable is not inherited, and whether that needs a warning.
fn refusal(
    name: &OsStr,
    catalog: &Catalog,
    needs: &Needs<'_>,
    pristine: bool,
) -> Option<(String, bool)> {
    let text = name.to_str();
    if let Some(text) = text {
        if text.starts_with("XREQ_") {
            return Some(("it is xreq's own".to_owned(), false));
        }
        for provider in catalog.providers() {
            if let Some(removed) = provider.remove_env.iter().find(|r| r.name == text) {
                return Some((removed.reason.clone(), true));
            }
        }
        for provider in needs.providers() {
            if text == provider.access_token_variable() || text == provider.expires_at_variable() {
                return Some((format!("no grant of {} says so", provider.slug), true));
            }
        }
        if needs.secrets.iter().any(|secret| secret.name == text) {
            return Some((
                format!("it is not in the store: `xreq secret set {text}` adds it"),
                true,
            ));
        }
    }
    let kept = |text: &str| PRISTINE.contains(&text) || text.starts_with("LC_");
    (pristine && !text.is_some_and(kept)).then(|| ("--pristine".to_owned(), false))
}

/// A time as agents get it: RFC 3339, UTC, whole seconds.
pub fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
