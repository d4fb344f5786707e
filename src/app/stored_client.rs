//! A client of the store, with what the provider's file says of it.

use crate::catalog::Provider;
use crate::store::{ClientMetadata, ClientName};

/// A stored client.
pub(crate) struct StoredClient {
    pub(crate) metadata: ClientMetadata,
    /// Its own redirect URI, else the provider's usual one.
    pub(crate) redirect_uri: String,
}

impl StoredClient {
    pub(super) fn new(metadata: ClientMetadata, provider: &Provider) -> Self {
        let redirect_uri =
            metadata.redirect_uri.clone().unwrap_or_else(|| provider.redirect_uri().to_owned());
        Self { metadata, redirect_uri }
    }

    /// Returns the name in the store.
    pub(crate) fn name(&self) -> ClientName {
        let ClientMetadata { provider, name, .. } = &self.metadata;
        ClientName { provider: provider.clone(), name: name.clone() }
    }
}
