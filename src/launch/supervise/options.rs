//! The options of a supervisor.

use std::sync::Arc;
use std::time::Duration;

use crate::launch::filter::Filter;

/// How an agent is supervised.
#[derive(Clone)]
pub struct Options {
    /// How long it may take to end where it was ordered to.
    pub grace: Duration,
    /// The filter of its output, where there is one.
    pub filter: Option<Arc<Filter>>,
    /// Whether it may be [restarted](super::Order::Restart).
    pub restarts: bool,
}
