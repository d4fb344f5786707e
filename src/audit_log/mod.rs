//! The audit log: which agents were launched with which grants, and what became of the grants.
//!
//! It is off unless `config.yaml` turns it on. Each [`Entry`] is one line of JSON, as
//! `schemas/audit.schema.json` has it. No secret is ever in it: of a command line there is the first
//! word, and of a token an HMAC under a key that this store alone has. So two lines can be told to
//! be about the same token, and nobody who has the log can try tokens against it.
//!
//! [`log`] is how lines get into the file, `chain` what ties each to the one before it, `state` how far
//! the log has come, [`verify`] the proof of all that; [`settings`] is what can be set, `place` where
//! the file may be.

mod chain;
mod files;
mod key;
pub mod log;
mod place;
pub mod settings;
mod state;
mod tail;
pub mod verify;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Code, Error, Result};
use crate::model::scope::ScopeSet;
use crate::store::{GrantMetadata, GrantName};
use crate::sys::files::Trust;
use crate::sys::home::Home;
use crate::text::redact::redact;
pub use files::{Verified, verify_files};
use log::Log;
use settings::Settings;

/// The version of the lines.
const SCHEMA_VERSION: u32 = 1;

/// The name of the log, where no other is set.
const FILE: &str = "audit.jsonl";

/// The name of the file with the key.
const KEY: &str = "audit.key";

/// The name of the folder in the state folder.
pub(crate) const STATE: &str = "audit";

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
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

/// What came of it.
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
pub struct Entry {
    event: Event,
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    delivery: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_refresh: Option<Telling>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grants: Vec<Party>,
}

/// How an agent is told of new tokens, and who decided that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Telling {
    action: String,
    from: &'static str,
}

/// A grant that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Party {
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_hmac: Option<String>,
}

/// What an entry is written as.
#[derive(Serialize)]
struct Line<'a> {
    schema_version: u32,
    time: String,
    pid: u32,
    #[serde(flatten)]
    entry: &'a Entry,
}

impl Entry {
    /// Something that was done.
    pub fn done(event: Event) -> Self {
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
            delivery: Vec::new(),
            on_refresh: None,
            grants: Vec::new(),
        }
    }

    /// Something that was not done, and why.
    pub fn undone(event: Event, code: Code) -> Self {
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
        Self { keys: unsuspicious(keys), secrets: unsuspicious(secrets), ..self }
    }

    /// Adds what of it is unmet: keys, secrets, or providers.
    #[must_use]
    pub fn with_unmet(self, unmet: Vec<String>) -> Self {
        Self { unmet: unsuspicious(unmet), ..self }
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

impl Party {
    /// A grant of which only the name is known.
    pub fn named(name: &GrantName) -> Self {
        Self::of(name.provider.as_str(), Some(name.account.as_str()))
    }

    /// A provider, and an account where one was named.
    pub fn of(provider: &str, account: Option<&str>) -> Self {
        Self {
            provider: redact(provider).into_owned(),
            account: account.map(|account| redact(account).into_owned()),
            scopes: None,
            token_hmac: None,
        }
    }

    /// A grant without its tokens.
    pub fn sealed(metadata: &GrantMetadata) -> Self {
        let GrantMetadata { provider, account, scopes, .. } = metadata;
        Self::of(provider.as_str(), Some(account.as_str())).with_scopes(scopes)
    }

    /// Adds what was granted.
    #[must_use]
    pub fn with_scopes(self, scopes: &ScopeSet) -> Self {
        let scopes = scopes.iter().map(str::to_owned).collect();
        Self { scopes: Some(unsuspicious(scopes)), ..self }
    }
}

/// The audit log of a store.
#[derive(Clone, Debug)]
pub struct Audit {
    log: Log,
    key: PathBuf,
    trust: Option<Trust>,
}

impl Audit {
    /// The log that the settings describe, with its state in this folder. Nothing is read or made yet.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidConfig`]: the file has no name, or belongs to the store.
    pub fn new(settings: &Settings, home: &Home, state: Option<PathBuf>) -> Result<Self> {
        let key = home.data().join(KEY);
        let file = place::of(settings.file.as_deref().unwrap_or(Path::new(FILE)), &key, home)?;
        let Settings { max_size, keep, keep_for, .. } = settings;
        let log = Log { file, max_size: max_size.0, keep: keep.0, keep_for: keep_for.0, state };
        Ok(Self { log, key, trust: home.trust().cloned() })
    }

    /// Returns the file of the key that hides tokens and seals lines.
    pub fn key_file(&self) -> &Path {
        &self.key
    }

    /// Verifies that nobody changed, cut, moved or repeated a line: as far as the chain proves that
    /// with this key, and the state, where there is one.
    ///
    /// # Errors
    ///
    /// [`Code::AuditFailed`]: there is no key;
    /// [`Code::FileUnreadable`]: there is no log, or a file of it cannot be read.
    pub fn verify(&self, key: &Path) -> Result<Verified> {
        files::verify(&self.log, key)
    }

    /// A grant with its access token, which is recorded as an HMAC.
    ///
    /// # Errors
    ///
    /// [`Code::AuditFailed`]: the key cannot be read or made.
    pub fn party(&self, metadata: &GrantMetadata, token: &SecretString) -> Result<Party> {
        self.with_token(Party::sealed(metadata), token)
    }

    /// A grant with an access token of it, which is recorded as an HMAC.
    ///
    /// # Errors
    ///
    /// [`Code::AuditFailed`]: the key cannot be read or made.
    pub fn with_token(&self, party: Party, token: &SecretString) -> Result<Party> {
        let token_hmac = key::load(&self.key, self.trust.as_ref())?.hmac(token);
        Ok(Party { token_hmac: Some(token_hmac), ..party })
    }

    /// Appends an entry. When this returns, the line is in the file as a whole.
    ///
    /// # Errors
    ///
    /// [`Code::AuditFailed`]: nothing was recorded.
    pub fn append(&self, entry: &Entry, now: Timestamp) -> Result<()> {
        let line = Line {
            schema_version: SCHEMA_VERSION,
            time: now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            pid: std::process::id(),
            entry,
        };
        let line = serde_json::to_string(&line).expect("an entry is texts and numbers");
        self.log.append(&line, &key::load(&self.key, self.trust.as_ref())?, now)
    }
}

/// Names, in which what looks like a token is hidden: what was pasted into the wrong place is one, too.
fn unsuspicious(mut names: Vec<String>) -> Vec<String> {
    for name in &mut names {
        if let Cow::Owned(hidden) = redact(name) {
            *name = hidden;
        }
    }
    names
}

/// The way out where nothing can be recorded.
const OFF: &str = "make the audit log writable, or say `audit: false` in config.yaml";

/// The failure to record something.
fn failed(message: String) -> Error {
    Error::new(Code::AuditFailed, message).with_hint(OFF)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn shown(entry: &Entry) -> Value {
        serde_json::to_value(entry).expect("it is JSON")
    }

    #[test]
    fn an_entry_has_what_is_known() {
        assert_eq!(
            shown(&Entry::done(Event::Refresh)),
            json!({"event": "refresh", "outcome": "done"})
        );
        let entry = Entry::undone(Event::Launch, Code::RequirementsUnmet)
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
            shown(&Entry::done(Event::Launch).with_manifest("<stdin>"))["manifest"],
            "<stdin>"
        );
        assert_eq!(shown(&Entry::undone(Event::Connect, Code::StoreBusy))["outcome"], "failed");
    }

    #[test]
    fn what_looks_like_a_token_is_hidden() {
        let token = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ";
        let names = || vec![token.to_owned()];
        let entry = Entry::done(Event::Launch)
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
