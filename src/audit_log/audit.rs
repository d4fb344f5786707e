//! The audit log of a store: what is appended to it, and its proof.

use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use jiff::Timestamp;
use serde::Serialize;

use super::entry::LogEntry;
use super::files::{self, Verification};
use super::log::Log;
use super::party::Party;
use super::settings::AuditSettings;
use super::{key, place};
use crate::credential::grant::GrantMetadata;
use crate::error::Result;
use crate::sys::files::Trust;
use crate::sys::home::Home;

/// The version of the lines.
const SCHEMA_VERSION: u32 = 1;

/// The name of the log, where no other is set.
const FILE: &str = "audit.jsonl";

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
        let file = place::of(settings.file.as_deref().unwrap_or(Path::new(FILE)), &key, home)?;
        let AuditSettings { max_size, keep, keep_for, .. } = settings;
        let log = Log { file, max_size: max_size.0, keep: keep.0, keep_for: keep_for.0, state };
        Ok(Self { log, key, trust: home.trust().cloned() })
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
        self.log.append(&line, &key::load(&self.key, self.trust.as_ref())?, now)
    }
}
