//! The program around the engine: what a refresh needs of it.

use crate::catalog::Provider;
use crate::error::{Error, Result};
use crate::oauth::client::Client;
use crate::refresh::engine::result::RefreshResult;
use crate::store::{CredentialId, GrantMetadata, Recipients};

/// The program that an [`Engine`](crate::refresh::engine::Engine) refreshes grants for.
pub trait Host: Send + Sync {
    /// Returns the client that a grant was given to.
    ///
    /// # Errors
    ///
    /// [`Code::MissingParams`](crate::error::Code::MissingParams): it is not known.
    fn client(&self, provider: &Provider, grant: &GrantMetadata) -> Result<Client>;

    /// Returns whom new tokens are sealed to, the engine among them.
    ///
    /// # Errors
    ///
    /// The list cannot be read, or the engine could not open what is sealed to it.
    fn recipients(&self) -> Result<Recipients>;

    /// Records the end of a refresh, while signals are still held back.
    fn record(
        &self,
        name: &CredentialId,
        provider: &Provider,
        result: Result<&RefreshResult, &Error>,
    );
}
