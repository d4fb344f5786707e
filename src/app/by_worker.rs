//! Refreshes before and beside a launch that stays, each in another process.

use std::sync::Arc;

use crate::app::context::Context;
use crate::app::launch::{Launch, LaunchOptions};
use crate::app::preflight::Preflight;
use crate::app::refresh_needed::Renewer;
use crate::catalog::Provider;
use crate::credential::freshness::Want;
use crate::error::Result;
use crate::launch::supervise::arguments_of_itself;
use crate::refresh::worker::Workers;
use crate::store::{CredentialId, FolderStore, Identities};

/// Another process of xreq, for each refresh: no keys, and no tokens that are on their way to the disk,
/// are in a process that lives for weeks.
pub(crate) struct ByWorker<'a> {
    options: &'a LaunchOptions,
    context: &'a Context,
    identities: Option<Arc<Identities>>,
    /// Whether there is a parent of an agent, which waits for all children.
    pub(crate) is_supervised: bool,
}

impl<'a> ByWorker<'a> {
    pub(crate) fn new(options: &'a LaunchOptions, context: &'a Context) -> Self {
        Self { options, context, identities: None, is_supervised: false }
    }

    /// Returns a launch that passes all checks now, and the identities that open what it needs, if it
    /// needs any.
    pub(crate) fn clear(
        &mut self,
        launch: Launch<'a>,
    ) -> Result<(Preflight<'a>, Option<Arc<Identities>>)> {
        let cleared = launch.preflight(self)?;
        let is_needed = cleared.has_something_to_open();
        let identities = is_needed.then(|| self.identities(cleared.stored.store())).transpose()?;
        Ok((cleared, identities))
    }

    /// Returns the workers.
    pub(crate) fn workers(&self) -> Workers {
        let passphrase = self.context.passphrase.passphrase().cloned();
        let workers = Workers::new(self.options.catalog.clone(), passphrase);
        let workers = workers.trusting(self.context.trust.owners());
        if self.is_supervised { workers.supervised(arguments_of_itself()) } else { workers }
    }
}

impl Renewer for ByWorker<'_> {
    /// Loads the identities, so that a passphrase is typed now: it is given to the workers.
    fn begin(&mut self) -> Result<()> {
        self.identities = Some(self.context.identities(&self.context.store()?)?);
        Ok(())
    }

    fn renew(&mut self, _: &Provider, name: &CredentialId, want: Want) -> Result<()> {
        let _shown = self.context.reporter.progress(&format!("refreshing {name}"));
        self.workers().refresh(name, want).map(|_| ())
    }

    fn identities(&mut self, store: &FolderStore) -> Result<Arc<Identities>> {
        self.identities.take().map_or_else(|| self.context.identities(store), Ok)
    }
}
