//! Counters of one process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::error::Result;
use crate::store::counters::Counters;

/// Counters in memory: those of tests, and of a folder, whose processes count for themselves.
#[derive(Debug, Default)]
pub struct MemoryCounters {
    /// By key and length: the number of the window, and what happened in it.
    sums: Mutex<HashMap<(String, Duration), (i128, u64)>>,
}

impl Counters for MemoryCounters {
    async fn add(&self, key: &str, window: Duration, count: u64, now: Timestamp) -> Result<u64> {
        let length = i128::try_from(window.as_nanos()).unwrap_or(i128::MAX).max(1);
        let number = now.as_nanosecond().div_euclid(length);
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = sums.entry((key.to_owned(), window)).or_insert((number, 0));
        if sum.0 != number {
            *sum = (number, 0);
        }
        sum.1 = sum.1.saturating_add(count);
        Ok(sum.1)
    }
}
