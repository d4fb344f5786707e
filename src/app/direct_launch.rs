//! A launch by which xreq becomes the agent.

use std::sync::Arc;

use crate::app::context::Context;
use crate::app::launch::Launch;
use crate::app::preflight::Preflight;
use crate::app::refresh_needed::Renewer;
use crate::app::sandbox_grants;
use crate::audit_log::LoggedEvent;
use crate::catalog::Provider;
use crate::credential::freshness::Want;
use crate::error::{Code, Error, Result};
use crate::launch::environment::{Channels, Plan};
use crate::launch::exec;
use crate::store::{CredentialId, FolderStore, Identities, Nobody};

/// A launch of which nothing can fail any more but the settings of notes, the record and the start of the
/// agent.
pub(crate) struct ReadyLaunch<'a> {
    launch: Launch<'a>,
    preflight: Preflight<'a>,
    plan: Plan,
}

impl<'a> Launch<'a> {
    /// Refreshes what has to be, judges, and opens what the agent gets.
    pub(crate) fn ready(self, renewer: &mut dyn Renewer) -> Result<ReadyLaunch<'a>> {
        let preflight = self.preflight(renewer)?;
        self.opened(preflight, renewer)
    }

    /// Does the same without a network and without asking, if nothing failed, and nothing has to be
    /// refused or recorded before; `None` otherwise.
    pub(crate) fn ready_unaided(self) -> Result<Option<ReadyLaunch<'a>>> {
        let mut renewer = Unaided(self.context);
        let preflight = self.silent_preflight(&mut renewer)?;
        preflight.map(|preflight| self.opened(preflight, &mut renewer)).transpose()
    }

    fn opened(
        self,
        preflight: Preflight<'a>,
        renewer: &mut dyn Renewer,
    ) -> Result<ReadyLaunch<'a>> {
        let store = preflight.stored.store();
        let plan = preflight.plan(|| renewer.identities(store), Channels::default())?;
        Ok(ReadyLaunch { launch: self, preflight, plan })
    }
}

impl ReadyLaunch<'_> {
    /// Tells of grants of a sandbox that the agent would not take there.
    pub(crate) fn tell_of_sandbox(&self) -> Result<()> {
        sandbox_grants::tell(&self.preflight, self.launch.context)
    }

    /// Tells what there is to tell, records the launch and becomes the agent. Returns only if that
    /// failed.
    pub(crate) fn start(self) -> Error {
        let told = self.preflight.tell(&self.plan);
        match told.and_then(|()| self.preflight.record(LoggedEvent::Launch)) {
            Ok(()) => exec::replace_process(&self.launch.options.command, &self.plan),
            Err(error) => error,
        }
    }
}

/// The renewer of a process that neither has a network nor asks anybody: where one is needed, it fails.
struct Unaided<'a>(&'a Context);

impl Renewer for Unaided<'_> {
    fn begin(&mut self) -> Result<()> {
        Err(Error::new(Code::ProviderUnavailable, "a token has to be refreshed"))
    }

    fn renew(&mut self, _: &Provider, _: &CredentialId, _: Want) -> Result<()> {
        self.begin()
    }

    fn identities(&mut self, store: &FolderStore) -> Result<Arc<Identities>> {
        Identities::load(store.home(), &self.0.env, &Nobody).map(Arc::new)
    }
}
