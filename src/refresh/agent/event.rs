//! The events of the grants of an agent.

use std::sync::Arc;

use crate::error::Error;
use crate::refresh::agent::live_token::Live;
use crate::store::CredentialId;

/// An event of a grant.
#[derive(Clone, Debug)]
pub enum GrantEvent {
    /// It has a new access token, which nobody can have yet.
    Arrived(CredentialId, Arc<Live>),
    /// It has a new access token, which can be had now.
    Refreshed(CredentialId),
    /// Refreshing it fails. Tries go on; this is told once, and not for each.
    Failing(CredentialId, Arc<Error>),
    /// It is dead, or gone: nothing but a person helps.
    Dead(CredentialId, Arc<Error>),
    /// It was failing or dead, and is neither now.
    Recovered(CredentialId),
}
