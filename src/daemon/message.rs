//! The messages that the loop of the daemon receives.

use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::error::Result;
use crate::refresh::answers::Report;
use crate::store::GrantName;

/// A message to the loop.
pub(super) enum Message {
    /// A refresh has ended.
    Completion(Completion),
    /// A signal came.
    Order(Order),
    /// Somebody wants to know how the grants are.
    Asked(oneshot::Sender<Report>),
}

/// The end of a refresh.
pub(super) struct Completion {
    pub(super) name: GrantName,
    pub(super) began: Timestamp,
    /// Whether it gave new tokens.
    pub(super) result: Result<bool>,
}

/// The meaning of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// To end.
    Stop,
    /// To read the configuration again.
    Reload,
}
