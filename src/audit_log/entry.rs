//! One event, as it is recorded: no secret is in it.

use std::path::PathBuf;

use serde::Serialize;

use super::party::Party;
use crate::error::Code;
use crate::text::redact::{redact, redact_all};

/// The version of the lines.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// The kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoggedEvent {
    /// An agent was to be launched.
    Launch,
    /// An agent that xreq stays with was to be launched anew.
    Restart,
    /// A command was to be run beside an agent that xreq stays with, to tell it of a new token.
    Command,
    /// An agent that xreq stays with was to get a new token.
    Delivery,
    /// A grant was to get new tokens.
    Refresh,
    /// An access token was to be printed.
    Token,
    /// An account's owner was asked for a grant.
    Connect,
    /// A grant was to be stored that somebody else had got.
    Import,
    /// A grant was to be ended.
    Disconnect,
    /// A manifest was held against the store. Only what is denied is recorded.
    Check,
    /// Records were to be sealed to other recipients.
    Reseal,
}

/// The outcome of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused: requirements are unmet, or somebody did not consent.
    Denied,
    /// It could not be done.
    Failed,
}

/// One event, as far as it is known.
#[derive(Clone, Debug, Serialize)]
pub struct LogEntry {
    event: LoggedEvent,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keys: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unmet: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    argv0: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    for_pid: Option<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    broker: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    delivery: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_refresh: Option<Telling>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grants: Vec<Party>,
}

/// The way in which an agent is told of new tokens, and who decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Telling {
    action: String,
    from: &'static str,
}

impl LogEntry {
    /// Creates an entry for an event that succeeded.
    pub fn done(event: LoggedEvent) -> Self {
        Self {
            event,
            outcome: Outcome::Done,
            code: None,
            manifest: None,
            keys: Vec::new(),
            secrets: Vec::new(),
            unmet: Vec::new(),
            argv0: None,
            for_pid: None,
            broker: false,
            delivery: Vec::new(),
            on_refresh: None,
            grants: Vec::new(),
        }
    }

    /// Creates an entry for an event that was denied or failed, with its code.
    pub fn undone(event: LoggedEvent, code: Code) -> Self {
        let denied = matches!(
            code,
            Code::RequirementsUnmet
                | Code::ManifestInvalid
                | Code::AuthorizationDenied
                | Code::NotTrusted
        );
        let outcome = if denied { Outcome::Denied } else { Outcome::Failed };
        Self { outcome, code: Some(code.name()), ..Self::done(event) }
    }

    /// Adds the manifest, by the path at which it was found.
    #[must_use]
    pub fn with_manifest(self, name: &str) -> Self {
        let name = redact(name);
        let path = std::path::absolute(&*name).unwrap_or_else(|_| PathBuf::from(&*name));
        // What stands in angle brackets, such as standard input, is no path.
        let name = if name.starts_with('<') { name } else { path.to_string_lossy() };
        Self { manifest: Some(name.into_owned()), ..self }
    }

    /// Adds what the manifest asks for: integration keys and names of secrets.
    #[must_use]
    pub fn with_needs(self, keys: Vec<String>, secrets: Vec<String>) -> Self {
        Self { keys: redact_all(keys), secrets: redact_all(secrets), ..self }
    }

    /// Adds what of it is unmet: keys, secrets, or providers.
    #[must_use]
    pub fn with_unmet(self, unmet: Vec<String>) -> Self {
        Self { unmet: redact_all(unmet), ..self }
    }

    /// Adds the first word of the agent's command line.
    #[must_use]
    pub fn with_argv0(self, word: &str) -> Self {
        Self { argv0: Some(redact(word).into_owned()), ..self }
    }

    /// Adds the process that it is done for, where that is not the one that records it.
    #[must_use]
    pub fn with_for_pid(self, process: u32) -> Self {
        Self { for_pid: Some(process), ..self }
    }

    /// Says that the agent is below a broker, which keeps its tokens.
    #[must_use]
    pub fn with_broker(self) -> Self {
        Self { broker: true, ..self }
    }

    /// Adds the ways in which the agent gets tokens while it lives.
    #[must_use]
    pub fn with_delivery(self, delivery: Vec<&'static str>) -> Self {
        Self { delivery, ..self }
    }

    /// Adds how the agent is told of new tokens, a command word for word, and who decided that.
    #[must_use]
    pub fn with_on_refresh(self, action: &str, from: &'static str) -> Self {
        let action = redact(action).into_owned();
        Self { on_refresh: Some(Telling { action, from }), ..self }
    }

    /// Adds the grants that it is about.
    #[must_use]
    pub fn with_grants(self, grants: impl IntoIterator<Item = Party>) -> Self {
        Self { grants: self.grants.into_iter().chain(grants).collect(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn shown(entry: &LogEntry) -> Value {
        serde_json::to_value(entry).expect("it is JSON")
    }

    #[test]
    fn an_entry_has_what_is_known() {
        assert_eq!(
            shown(&LogEntry::done(LoggedEvent::Refresh)),
            json!({"event": "refresh", "outcome": "done"})
        );
        let entry = LogEntry::undone(LoggedEvent::Launch, Code::RequirementsUnmet)
            .with_manifest("/a/xreq.yaml")
            .with_needs(vec!["x.dm.read".to_owned()], vec!["FAL_KEY".to_owned()])
            .with_unmet(vec!["FAL_KEY".to_owned()])
            .with_argv0("./agent")
            .with_grants([Party::of("x", Some("default"))]);
        assert_eq!(
            shown(&entry),
            json!({
                "event": "launch", "outcome": "denied", "code": "requirements_unmet",
                "manifest": "/a/xreq.yaml", "keys": ["x.dm.read"], "secrets": ["FAL_KEY"],
                "unmet": ["FAL_KEY"], "argv0": "./agent",
                "grants": [{"provider": "x", "account": "default"}],
            })
        );
        assert_eq!(
            shown(&LogEntry::done(LoggedEvent::Launch).with_manifest("<stdin>"))["manifest"],
            "<stdin>"
        );
        assert_eq!(
            shown(&LogEntry::undone(LoggedEvent::Connect, Code::StoreBusy))["outcome"],
            "failed"
        );
    }

    #[test]
    fn what_looks_like_a_token_is_hidden() {
        let token = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ";
        let names = || vec![token.to_owned()];
        let entry = LogEntry::done(LoggedEvent::Launch)
            .with_argv0(token)
            .with_manifest(token)
            .with_needs(names(), names())
            .with_unmet(names())
            .with_grants([Party::of(token, Some(token))]);
        let text = shown(&entry).to_string();
        assert!(!text.contains(token), "{text}");
        assert_eq!(text.matches(&"*".repeat(token.len())).count(), 7, "{text}");
    }
}
