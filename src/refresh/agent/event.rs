//! The events of the grants of an agent.

use std::sync::Arc;

use crate::error::Error;
use crate::refresh::agent::live_token::Live;
use crate::store::GrantName;

/// An event of a grant.
#[derive(Clone, Debug)]
pub enum Event {
    /// It has a new access token, which nobody can have yet.
    Arrived(GrantName, Arc<Live>),
    /// It has a new access token, which can be had now.
    Refreshed(GrantName),
    /// Refreshing it fails. Tries go on; this is told once, and not for each.
    Failing(GrantName, Arc<Error>),
    /// It is dead, or gone: nothing but a person helps.
    Dead(GrantName, Arc<Error>),
    /// It was failing or dead, and is neither now.
    Recovered(GrantName),
}
