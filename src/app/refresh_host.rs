//! The program's side of a refresh: the client that asks, and the record of the result.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::client_lookup::Clients;
use crate::app::context::Context;
use crate::app::refresh_inputs::RefreshInputs;
use crate::app::reporter::Reporter;
use crate::audit_log::{Audit, LogEntry, LoggedEvent, Party};
use crate::catalog::Provider;
use crate::error::{Error, Result};
use crate::oauth::client::Client;
use crate::refresh::engine::host::Host;
use crate::refresh::engine::result::{Outcome, RefreshResult};
use crate::store::{CredentialId, FolderStore, GrantMetadata, Identities, Recipients};
use crate::sys::env::Env;
use crate::sys::signals;

/// The surroundings of the refreshes of one process.
pub(crate) struct RefreshHost {
    store: FolderStore,
    identities: Arc<Identities>,
    env: Env,
    inputs: RefreshInputs,
    reporter: Arc<dyn Reporter>,
    audit: Option<Audit>,
}

impl RefreshHost {
    /// Returns those of this process.
    ///
    /// # Errors
    ///
    /// The settings of the audit log are wrong.
    pub(crate) fn of(
        context: &Context,
        store: &FolderStore,
        identities: &Arc<Identities>,
    ) -> Result<Self> {
        Ok(Self {
            store: store.clone(),
            identities: Arc::clone(identities),
            env: context.env.clone(),
            inputs: RefreshInputs::default(),
            reporter: Arc::clone(&context.reporter),
            audit: context.audit()?,
        })
    }

    fn clients(&self) -> Clients<'_> {
        Clients { store: &self.store, identities: &self.identities, env: &self.env }
    }

    /// Records that there are no tokens where there should be, and reports it if a signal waits to end
    /// the process, which would leave nothing to report it later.
    fn failed(&self, name: &CredentialId, failure: &Error) {
        let entry = LogEntry::undone(LoggedEvent::Refresh, failure.code())
            .with_grants([Party::named(name)]);
        match self.append(|_| Ok(entry)) {
            // Where the failure is that nothing can be recorded, it says so itself.
            Err(other) if other.to_string() != failure.to_string() => {
                self.reporter.mishap(&other);
            }
            _ => {}
        }
        if signals::end_is_wanted() {
            self.reporter.failure(failure);
        }
    }

    fn append(&self, entry: impl FnOnce(&Audit) -> Result<LogEntry>) -> Result<()> {
        match &self.audit {
            Some(audit) => audit.append(&entry(audit)?, Timestamp::now()),
            None => Ok(()),
        }
    }
}

impl Host for RefreshHost {
    fn client(&self, provider: &Provider, grant: &GrantMetadata) -> Result<Client> {
        self.inputs.client(&self.clients(), provider, grant)
    }

    fn recipients(&self) -> Result<Recipients> {
        self.inputs.recipients(&self.clients())
    }

    fn record(
        &self,
        name: &CredentialId,
        provider: &Provider,
        result: Result<&RefreshResult, &Error>,
    ) {
        match result {
            Ok(RefreshResult { outcome: Outcome::Kept(_), .. }) => {}
            Ok(RefreshResult { grant, outcome: Outcome::Refreshed }) => {
                let entry = |audit: &Audit| {
                    let party = audit.party(&grant.metadata, &grant.access_token)?;
                    Ok(LogEntry::done(LoggedEvent::Refresh).with_grants([party]))
                };
                // Tokens that exist are not given up for it.
                if let Err(error) = self.append(entry) {
                    self.reporter.mishap(&error);
                }
            }
            Ok(RefreshResult { outcome: Outcome::Failed(trouble), .. }) => {
                self.failed(name, &trouble.error(name, provider));
            }
            Err(error) => self.failed(name, error),
        }
    }
}
