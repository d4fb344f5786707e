//! Keeping grants fresh, for every command that uses one.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::client_lookup::Clients;
use crate::app::context::Context;
use crate::app::network::Network;
use crate::app::refresh_host::RefreshHost;
use crate::catalog::Catalog;
use crate::credential::freshness::Want;
use crate::error::{Code, Error, Result};
use crate::refresh::engine::Engine;
use crate::refresh::engine::result::RefreshResult;
use crate::refresh::monitor::schedule::due_policy;
use crate::store::capacity;
use crate::store::{
    CredentialId, FailureClass, FolderStore, FolderWork, Grant, Identities, LastError, Lock,
    Recipients,
};
use crate::sys::blocking::BlockingPool;

/// What refreshes the grants of a folder.
pub(crate) type FolderEngine = Engine<FolderStore, FolderWork>;

/// The service that opens grants, seals them again, and asks for new tokens in between.
pub(crate) struct Keeper<'a> {
    pub(crate) context: &'a Context,
    pub(crate) store: FolderStore,
    pub(crate) identities: Arc<Identities>,
    pub(crate) recipients: Recipients,
}

impl<'a> Keeper<'a> {
    /// Loads the identities, which may ask for a passphrase.
    pub(crate) fn new(context: &'a Context) -> Result<Self> {
        let store = context.store()?;
        let identities = context.identities(&store)?;
        let recipients = Recipients::beside(&identities, store.home())?;
        Ok(Self { context, store, identities, recipients })
    }

    /// Returns the clients that may ask.
    pub(crate) fn clients(&self) -> Clients<'_> {
        Clients { store: &self.store, identities: &self.identities, env: &self.context.env }
    }

    /// Returns what refreshes grants of these providers, of which so many may wait for the disk at once
    /// beside the caller's thread.
    pub(crate) fn engine(
        &self,
        catalog: &Arc<Catalog>,
        network: &Network,
        threads: usize,
    ) -> Result<Arc<FolderEngine>> {
        let host = RefreshHost::of(self.context, &self.store, &self.identities)?;
        Ok(Arc::new(Engine {
            store: self.store.clone(),
            work: FolderWork::new(self.store.clone(), due_policy(Arc::clone(catalog))),
            identities: Arc::clone(&self.identities),
            catalog: Arc::clone(catalog),
            http: Arc::clone(network.http()),
            host: Box::new(host),
            disk: BlockingPool::new(threads),
        }))
    }

    /// Makes a grant as fresh as it is wanted, if it can be.
    pub(crate) fn refresh(
        &self,
        network: &Network,
        catalog: &Arc<Catalog>,
        name: &CredentialId,
        want: Want,
    ) -> Result<RefreshResult> {
        network.wait(self.engine(catalog, network, 0)?.refresh(name.clone(), want))?
    }
}

impl Keeper<'_> {
    /// Takes the lock of a grant, and room on the disk for its first tokens.
    pub(crate) fn reserve(&self, name: &CredentialId) -> Result<Lock<Grant>> {
        let lock = self.store.lock_grant(name)?;
        capacity::fits_all(&self.recipients)?;
        self.store.reserve_grant(&lock, capacity::of_first_tokens(&self.recipients))?;
        Ok(lock)
    }

    /// Notes that a grant is dead since a point in time, though nobody asked the provider. One that was
    /// connected after it is another one.
    pub(crate) fn end(&self, name: &CredentialId, at: Timestamp, message: &str) -> Result<()> {
        let lock = self.store.lock_grant(name)?;
        let sealed = self.store.grant(name)?;
        let Some(sealed) = sealed.filter(|sealed| sealed.metadata.connected_at < at) else {
            return Ok(());
        };
        let mut grant = sealed.unseal(&self.identities)?;
        grant.metadata.refresh_in_flight = None;
        grant.metadata.last_error = Some(LastError {
            at: Timestamp::now(),
            class: FailureClass::Rejected,
            message: message.to_owned(),
            blames: None,
            retry_at: None,
        });
        self.store.put_grant(&lock, &grant, &self.recipients)
    }
}

impl Context {
    /// Refuses an identity that can be read once, if processes will have to read it again.
    pub(crate) fn needs_lasting_identity(&self) -> Result<()> {
        let Some(file) = self.env.get("XREQ_IDENTITY_FILE").map(Path::new) else { return Ok(()) };
        match file.metadata() {
            Ok(metadata) if !metadata.is_file() => Err(Error::new(
                Code::IdentityInvalid,
                format!("the identity `{}` is no regular file: it can be read once, and is needed for each refresh", file.display()),
            )
            .with_hint("name a file with `XREQ_IDENTITY_FILE`")),
            _ => Ok(()),
        }
    }

    /// Loads the identities that open the store.
    pub(crate) fn identities(&self, store: &FolderStore) -> Result<Arc<Identities>> {
        Identities::load(store.home(), &self.env, &self.passphrase).map(Arc::new)
    }
}
