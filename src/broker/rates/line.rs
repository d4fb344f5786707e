//! A line of what is remembered of rates.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The last that a provider said of its limit on an operation, for an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RateLine {
    /// The provider.
    pub(crate) provider: String,
    /// The label of the account; none of calls without a credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// The operation: its method and the template of its path.
    pub(crate) operation: String,
    /// The number of calls that a window has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u64>,
    /// The number of calls that are left in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) remaining: Option<u64>,
    /// The time at which the next window begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resets_at: Option<Timestamp>,
    /// The time until which the provider wants no call, since it answered the last one with 429.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused_until: Option<Timestamp>,
}
