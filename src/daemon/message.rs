//! The messages that the loop of the daemon receives.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::error::Error;
use crate::refresh::fleet::report::FleetReport;
use crate::store::CredentialId;

/// A message to the loop.
pub(super) enum Message {
    /// A refresh has ended.
    Ended(Ended),
    /// A signal came.
    Order(Order),
    /// Somebody wants to know how the grants are.
    Asked(oneshot::Sender<FleetReport>),
}

/// The end of a refresh.
pub(super) struct Ended {
    pub(super) name: CredentialId,
    pub(super) began: Timestamp,
    /// Whether it gave new tokens.
    pub(super) result: Result<bool, Arc<Error>>,
}

/// The meaning of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// To end.
    Stop,
    /// To read the configuration again.
    Reload,
}
