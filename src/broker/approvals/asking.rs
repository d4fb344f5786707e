//! The settings of approvals: which keys are asked about, and for how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::broker::reach::Reach;

/// The keys that a person is asked about, and for how long.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asking {
    /// The keys.
    pub(crate) keys: Vec<Reach>,
    /// The time for which a call is held before its agent is told to come again.
    pub(crate) wait: Duration,
    /// The time that a person has to decide.
    pub(crate) timeout: Duration,
}
