//! The options of a supervisor.

use std::sync::Arc;
use std::time::Duration;

use crate::launch::filter::Filter;

/// Options of supervising an agent.
#[derive(Clone)]
pub struct Options {
    /// Time that it may take to end when ordered to.
    pub grace: Duration,
    /// The filter of its output, if any.
    pub filter: Option<Arc<Filter>>,
    /// Whether it may be [restarted](super::Order::Restart).
    pub restarts: bool,
}
