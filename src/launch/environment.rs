//! The environment of the agent: one plan, which `run` carries out and `run --dry-run` shows.
//!
//! The agent gets the access token of each provider that serves it, when it expires, the secrets
//! that it requires, and the list of keys that are met. It never gets what can make new tokens or
//! open the store, and where a requirement is unmet, it does not inherit what would stand in for it.

use std::ffi::{OsStr, OsString};

use age::secrecy::{ExposeSecret, SecretString};
use jiff::Timestamp;

use crate::catalog::{Catalog, Provider};
use crate::env::Env;
use crate::resolve::Needs;
use crate::time::rfc3339;
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
pub struct Token<'a> {
    /// Who issued it.
    pub provider: &'a Provider,
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
#[derive(Clone)]
pub struct Removed {
    /// Its name.
    pub name: OsString,
    /// Why.
    pub reason: String,
    /// Whether that is worth a warning: xreq's own variables are removed without a word.
    pub surprising: bool,
}

impl Removed {
    fn silently(name: &OsStr, reason: &str) -> Self {
        Self { name: name.to_owned(), reason: reason.to_owned(), surprising: false }
    }
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
    tokens: Vec<Token<'_>>,
    secrets: Vec<Secret>,
    pristine: bool,
) -> Plan {
    let mut plan = Plan::default();
    for Token { provider, account, access_token, expires_at } in tokens {
        let validity = match expires_at {
            Some(at) => format!("valid until {}", rfc3339(at)),
            None => "expiry unknown".to_owned(),
        };
        let origin = format!("grant of {} ({account}), {validity}", provider.slug);
        plan.set.push(Variable {
            name: provider.access_token_variable(),
            value: Value::Secret(access_token),
            origin: origin.clone(),
        });
        if let Some(expires_at) = expires_at {
            plan.set.push(Variable {
                name: provider.expires_at_variable(),
                value: Value::Public(rfc3339(expires_at)),
                origin,
            });
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
    let refused = refused(catalog, needs);
    for (name, value) in inherited.iter() {
        if plan.set.iter().any(|variable| name == variable.name.as_str()) {
            continue;
        }
        let named = refused.iter().find(|refused| name == refused.name.as_os_str());
        if let Some(removed) = named {
            plan.removed.push(removed.clone());
        } else if name.as_encoded_bytes().starts_with(b"XREQ_") {
            plan.removed.push(Removed::silently(name, "it is xreq's own"));
        } else if pristine && !every_program_needs(name) {
            plan.removed.push(Removed::silently(name, "--pristine"));
        } else {
            plan.inherited.push((name.to_owned(), value.to_owned()));
        }
    }
    plan.removed.sort_by(|one, other| one.name.cmp(&other.name));
    plan
}

/// What must not be inherited: what makes new tokens, and what would stand in for a grant or a
/// secret that the store does not have.
fn refused(catalog: &Catalog, needs: &Needs<'_>) -> Vec<Removed> {
    let mut refused = Vec::new();
    let mut refuse = |name: String, reason: String| {
        refused.push(Removed { name: name.into(), reason, surprising: true });
    };
    for provider in catalog.providers() {
        for removed in &provider.remove_env {
            refuse(removed.name.clone(), removed.reason.clone());
        }
    }
    for provider in needs.providers() {
        for name in [provider.access_token_variable(), provider.expires_at_variable()] {
            refuse(name, format!("no grant of {} is there that serves it", provider.slug));
        }
    }
    for secret in &needs.secrets {
        let reason = format!("it is not in the store: `xreq secret set {}` adds it", secret.name);
        refuse(secret.name.clone(), reason);
    }
    refused
}

fn every_program_needs(name: &OsStr) -> bool {
    PRISTINE.iter().any(|needed| name == *needed) || name.as_encoded_bytes().starts_with(b"LC_")
}
