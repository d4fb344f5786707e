//! The audit log of a store: what is appended to it, and its proof.

use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use jiff::Timestamp;
use serde::Serialize;

use super::calls::Calls;
use super::entry::{LogEntry, SCHEMA_VERSION};
use super::files::{self, Verification};
use super::log::{Appended, Log};
use super::party::Party;
use super::settings::AuditSettings;
use super::summary::{Summarising, Summary};
use super::{key, place};
use crate::credential::grant::GrantMetadata;
use crate::error::Result;
use crate::sys::files::Trust;
use crate::sys::home::Home;

/// The name of the file with the key.
const KEY: &str = "audit.key";

/// The written form of an entry.
#[derive(Serialize)]
struct Line<'a> {
    schema_version: u32,
    time: String,
    pid: u32,
    #[serde(flatten)]
    entry: &'a LogEntry,
}

/// The audit log of a store.
#[derive(Clone, Debug)]
pub struct Audit {
    log: Log,
    key: PathBuf,
    trust: Option<Trust>,
    calls: Calls,
}

impl Audit {
    /// Creates the log that the settings describe, with its state in this folder. Nothing is read
    /// or made yet.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidConfig`](crate::error::Code::InvalidConfig): the file has no name, or belongs to the store.
    pub fn new(settings: &AuditSettings, home: &Home, state: Option<PathBuf>) -> Result<Self> {
        let key = home.data().join(KEY);
        let file =
            place::of(settings.file.as_deref().unwrap_or(Path::new(place::FILE)), &key, home)?;
        let AuditSettings { max_size, keep, keep_for, calls_per_hour, open_calls_every, .. } =
            settings;
        let log = Log { file, max_size: max_size.0, keep: keep.0, keep_for: keep_for.0, state };
        let trust = home.trust().cloned();
        let of_calls = place::of(&place::of_calls(&log.file), &key, home)?;
        let calls = Calls {
            log: Log { file: of_calls, ..log.clone() },
            key: key.clone(),
            trust: trust.clone(),
            per_hour: calls_per_hour.0,
            open_every: open_calls_every.0.unsigned_abs(),
        };
        Ok(Self { log, key, trust, calls })
    }

    /// Returns the log of calls.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Returns the file of its newest lines.
    pub fn file(&self) -> &Path {
        &self.log.file
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
    /// [`Code::AuditFailed`](crate::error::Code::AuditFailed): there is no key;
    /// [`Code::FileUnreadable`](crate::error::Code::FileUnreadable): there is no log, or a file of it cannot be read.
    pub fn verify(&self, key: &Path) -> Result<Verification> {
        files::verify(&self.log, key)
    }

    /// Verifies the log of calls in the same way; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Those of [`verify`](Self::verify).
    pub fn verify_calls(&self, key: &Path) -> Result<Option<Verification>> {
        let exists = self
            .calls
            .log
            .has_begun()
            .map_err(|error| files::unreadable(&self.calls.log.file, &error))?;
        exists.then(|| files::verify(&self.calls.log, key)).transpose()
    }

    /// Summarises the calls of brokers, and what was declared and not used, from a time on.
    ///
    /// # Errors
    ///
    /// [`Code::FileUnreadable`](crate::error::Code::FileUnreadable): a file cannot be read.
    pub fn summary(&self, since: Option<Timestamp>) -> Result<Summary> {
        let mut summary = Summarising::since(since);
        files::each_line(&self.log, |line| summary.launch(line))?;
        files::each_line(&self.calls.log, |line| summary.call(line))?;
        Ok(summary.end())
    }

    /// Returns the party of a grant with its access token, which is recorded as an HMAC.
    ///
    /// # Errors
    ///
    /// [`Code::AuditFailed`](crate::error::Code::AuditFailed): the key cannot be read or made.
    pub fn party(&self, metadata: &GrantMetadata, token: &SecretString) -> Result<Party> {
        self.with_token(Party::sealed(metadata), token)
    }

    /// Returns the party of a grant with an access token of it, which is recorded as an HMAC.
    ///
    /// # Errors
    ///
    /// [`Code::AuditFailed`](crate::error::Code::AuditFailed): the key cannot be read or made.
    pub fn with_token(&self, party: Party, token: &SecretString) -> Result<Party> {
        let token_hmac = key::load(&self.key, self.trust.as_ref())?.hmac(token);
        Ok(party.with_token_hmac(token_hmac))
    }

    /// Appends an entry. When this returns, the line is in the file as a whole.
    ///
    /// # Errors
    ///
    /// [`Code::AuditFailed`](crate::error::Code::AuditFailed): nothing was recorded.
    pub fn append(&self, entry: &LogEntry, now: Timestamp) -> Result<()> {
        let line = Line {
            schema_version: SCHEMA_VERSION,
            time: now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            pid: std::process::id(),
            entry,
        };
        let line = serde_json::to_string(&line).expect("an entry is texts and numbers");
        let key = key::load(&self.key, self.trust.as_ref())?;
        let Appended { failure, .. } = self.log.append(&[line], &key, now);
        failure.map_or(Ok(()), Err)
    }
}
