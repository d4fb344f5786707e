//! The recorder of use cases in the audit log. Without a log, it does nothing.

use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use jiff::Timestamp;

use crate::app::context::Context;
use crate::audit_log::{Audit, LogEntry, LoggedEvent, Party, STATE};
use crate::error::{Error, Result};
use crate::policy::needs::Needs;
use crate::policy::verdict::Verdict;
use crate::store::GrantMetadata;
use crate::sys::state::StateFolder;

impl Context {
    /// Returns the audit log, if there is to be one.
    pub(crate) fn audit(&self) -> Result<Option<Audit>> {
        let Some(home) = self.known_home()? else { return Ok(None) };
        let Some(settings) = &self.config()?.audit else { return Ok(None) };
        // Even a command that only judges may write here.
        let home = if self.relies { home } else { home.trusting(self.trust.clone())? };
        Audit::new(settings, &home, self.state_folder()).map(Some)
    }

    /// Returns the state folder, if there is one that nobody else can write; and warns if not: lines
    /// that are cut off the end of the log are not missed then.
    pub(crate) fn state_folder(&self) -> Option<PathBuf> {
        let found = || {
            let folder = StateFolder::of(&self.env, &self.trust)?;
            folder.path_for(STATE).map(Path::to_owned)
        };
        let folder = self.state_folder.get_or_init(|| {
            found()
                .inspect_err(|error| {
                    let message = format!("how far the audit log has come is not kept: {error}");
                    self.reporter.mishap(&Error::new(error.code(), message).with_remedy_of(error));
                })
                .ok()
        });
        folder.clone()
    }

    /// Records what must not happen unrecorded.
    pub(crate) fn record(&self, entry: impl FnOnce(&Audit) -> Result<LogEntry>) -> Result<()> {
        match self.audit()? {
            Some(audit) => audit.append(&entry(&audit)?, Timestamp::now()),
            None => Ok(()),
        }
    }

    /// Records what has happened, whether or not that works out: a token that exists is not given up
    /// for it.
    pub(crate) fn record_done(&self, entry: impl FnOnce(&Audit) -> Result<LogEntry>) {
        if let Err(error) = self.record(entry) {
            self.reporter.mishap(&error);
        }
    }

    /// Records what became of a grant.
    pub(crate) fn record_grant(
        &self,
        event: LoggedEvent,
        metadata: &GrantMetadata,
        token: &SecretString,
    ) {
        self.record_done(|audit| {
            Ok(LogEntry::done(event).with_grants([audit.party(metadata, token)?]))
        });
    }

    /// Records what did not become of a grant.
    pub(crate) fn record_failure(&self, event: LoggedEvent, party: Party, error: &Error) {
        self.record_undone(error, || LogEntry::undone(event, error.code()).with_grants([party]));
    }

    /// Records an action that an error prevented. If the error is that nothing can be recorded, it says
    /// so itself.
    pub(crate) fn record_undone(&self, error: &Error, entry: impl FnOnce() -> LogEntry) {
        match self.record(|_| Ok(entry())) {
            Err(other) if other.to_string() != error.to_string() => self.reporter.mishap(&other),
            _ => {}
        }
    }
}

/// Adds the details of an attempt to launch an agent, or of a check: the manifest and the verdict.
pub(crate) fn judged(
    entry: LogEntry,
    manifest: &str,
    needs: &Needs<'_>,
    verdict: &Verdict<'_>,
) -> LogEntry {
    let keys = needs.integrations.iter().map(|need| need.requirement.key.clone());
    let secrets = needs.secrets.iter().map(|secret| secret.name.clone());
    let mut unmet: Vec<_> = verdict.gaps.iter().map(|gap| gap.key.clone()).collect();
    unmet.dedup();
    entry.with_manifest(manifest).with_needs(keys.collect(), secrets.collect()).with_unmet(unmet)
}
