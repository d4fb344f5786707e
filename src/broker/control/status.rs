//! The status of a run, as its broker knows it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::broker::limits::LimitStatus;
use crate::broker::rates::RateLine;
use crate::broker::standings::Standing;

/// The status of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunStatus {
    /// The process that launched the agent.
    pub(crate) pid: u32,
    /// The first word of the agent's command line.
    pub(crate) argv0: String,
    /// The time at which it began.
    pub(crate) since: Timestamp,
    /// Whether only operations that change nothing are let through.
    pub(crate) read_only: bool,
    /// The keys that a person is asked about.
    pub(crate) asks: Vec<String>,
    /// The calls that wait for an approval.
    pub(crate) pending: usize,
    /// The calls that went out.
    pub(crate) through: u64,
    /// Those that were refused.
    pub(crate) refused: u64,
    pub(crate) credentials: Vec<CredentialStatus>,
    pub(crate) limits: Vec<LimitStatus>,
    /// What providers said of their own limits, by operation.
    pub(crate) rates: Vec<RateLine>,
}

/// The status of a credential of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CredentialStatus {
    pub(crate) provider: String,
    pub(crate) account: String,
    pub(crate) kind: String,
    pub(crate) standing: Standing,
}
