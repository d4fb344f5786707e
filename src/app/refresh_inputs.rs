//! What many refreshes need alike: the client that asks, and the recipients that tokens are sealed to.
//!
//! Each is read and opened again only if its file has changed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::app::client_lookup::Clients;
use crate::catalog::Provider;
use crate::error::Result;
use crate::model::name::{Label, Slug};
use crate::oauth::client::Client;
use crate::store::{ClientName, GrantMetadata, Recipients, Version};

/// The inputs that were read, by the versions of their files.
#[derive(Default)]
pub(crate) struct RefreshInputs {
    clients: Mutex<HashMap<(Slug, Label), (Version, Client)>>,
    recipients: Mutex<Option<(Version, Recipients)>>,
}

impl RefreshInputs {
    /// Returns the client that a grant was given to.
    pub(crate) fn client(
        &self,
        clients: &Clients<'_>,
        provider: &Provider,
        grant: &GrantMetadata,
    ) -> Result<Client> {
        let key = (provider.slug.clone(), grant.client.clone().unwrap_or_default());
        let name = ClientName { provider: key.0.clone(), name: key.1.clone() };
        let version = clients.store.client_version(&name);
        let serves = |client: &Client| grant.client_id.as_ref().is_none_or(|id| *id == client.id);
        if let Some((_, client)) = lock(&self.clients)
            .get(&key)
            .filter(|(known, client)| *known == version && serves(client))
        {
            return Ok(client.clone());
        }
        let client = clients.of_grant(provider, grant)?;
        // One of another name, or of the environment, does not come from this file.
        if client.name.as_ref() == Some(&key.1) {
            lock(&self.clients).insert(key, (version, client.clone()));
        }
        Ok(client)
    }

    /// Returns whom tokens are sealed to, these identities among them.
    pub(crate) fn recipients(&self, clients: &Clients<'_>) -> Result<Recipients> {
        let Clients { store, identities, .. } = clients;
        let version = store.recipients_version();
        let mut known = lock(&self.recipients);
        if let Some((_, recipients)) = known.as_ref().filter(|(known, _)| *known == version) {
            return Ok(recipients.clone());
        }
        let recipients = Recipients::beside(identities, store.home())?;
        recipients.include(identities, store.home())?;
        *known = Some((version, recipients.clone()));
        Ok(recipients)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
