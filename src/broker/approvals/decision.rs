//! A decision on a call that waits.

use serde::{Deserialize, Serialize};

/// A decision on a call that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Decision {
    /// A person lets it go out.
    Approved,
    /// A person refuses it.
    Denied,
    /// Nobody decided in time.
    Expired,
}

impl Decision {
    /// Returns its name in the log of calls.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
        }
    }
}
