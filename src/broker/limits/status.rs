//! The status of a limit: what is left of it.

use serde::{Deserialize, Serialize};

/// The status of a limit of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LimitStatus {
    pub(crate) provider: String,
    pub(crate) account: String,
    pub(crate) key: String,
    /// The most calls, and the seconds in which they may go out.
    pub(crate) calls: u32,
    pub(crate) seconds: i64,
    /// The calls that may go out now; none where they cannot be counted.
    pub(crate) left: Option<u32>,
}
