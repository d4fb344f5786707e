//! The pressure on the memory of a broker: how many long answers are under way at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The long answers that are passed on with all buffers that make them fast. Where there are more, what an
/// agent does not take yet is left to the system.
const FEW: usize = 32;

/// The number of long answers that are under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pressure(Arc<AtomicUsize>);

/// A long answer that is counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Pressed(Pressure);

impl Pressure {
    /// Counts a long answer.
    pub(crate) fn add(&self) -> Pressed {
        self.0.fetch_add(1, Ordering::Relaxed);
        Pressed(self.clone())
    }

    /// Returns whether there are many.
    pub(crate) fn is_high(&self) -> bool {
        self.0.load(Ordering::Relaxed) > FEW
    }
}

impl Drop for Pressed {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
