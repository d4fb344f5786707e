//! Events that a judgement of records brings up, for whoever tells people.

use crate::error::Error;

/// An event worth telling. Each is told once.
#[derive(Debug)]
pub(crate) enum Notice {
    /// A record was written by somebody who is not trusted, and is used all the same: nothing was sealed
    /// anew on this machine.
    Foreign,
    /// A record is older than one that was seen in its place.
    Older(Error),
    /// What this machine knows of writers cannot be used or written, and nothing else fails for it.
    Unusable(Error),
}
