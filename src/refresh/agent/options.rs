//! The options of keeping an agent's grants fresh.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::catalog::Catalog;
use crate::refresh::agent::live_token::Live;
use crate::refresh::worker::Workers;
use crate::store::{CredentialId, FolderStore};

/// A grant to keep fresh.
#[derive(Debug)]
pub struct KeptGrant {
    /// Its name.
    pub name: CredentialId,
    /// Its access token, if the process has it already.
    pub live: Option<Live>,
}

/// Whether the process holds access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// It does, and new ones are fetched.
    Tokens,
    /// It does not: they are refreshed in the store, and that is told.
    Metadata,
}

/// Options of keeping grants fresh.
#[derive(Debug)]
pub struct Options {
    /// Store of the grants.
    pub store: FolderStore,
    /// Catalog of their providers.
    pub catalog: Arc<Catalog>,
    /// Workers that refresh them.
    pub workers: Workers,
    /// Whether tokens are held.
    pub holding: Holding,
    /// The age from which an access token is refreshed, however long it still lives.
    pub older_than: Option<SignedDuration>,
}
