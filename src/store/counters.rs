//! The interface of counters for limits: how much happened in a while, whoever did it.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::Result;

/// Counters that all workers of a store share.
pub trait Counters {
    /// Adds to what happened under a key in the current window of this length, and returns the sum. A
    /// window begins at a multiple of its length since 1970; the sums of earlier ones are forgotten.
    fn add(
        &self,
        key: &str,
        window: Duration,
        count: u64,
        now: Timestamp,
    ) -> impl Future<Output = Result<u64>> + Send;
}
