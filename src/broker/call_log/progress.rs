//! The progress of a call that is under way, as those who pass its bodies on see it.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::time::Instant;

/// The progress of a call.
pub(super) struct Progress {
    begun: Instant,
    /// The status of its answer; 0 until there is one.
    status: AtomicU16,
    sent: AtomicU64,
    received: AtomicU64,
    is_over: AtomicBool,
}

/// What there is of a call at a time.
pub(super) struct State {
    pub(super) status: Option<u16>,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) ms: u64,
}

impl Progress {
    /// Returns the progress of a call that begins now.
    pub(super) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            status: AtomicU16::new(0),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        }
    }

    pub(super) fn answered(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    pub(super) fn send(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Returns the bytes that were sent so far.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(super) fn receive(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Notes that the call is over, before its last line is sent to the writer: nothing is written of it
    /// afterwards.
    pub(super) fn end(&self) -> State {
        self.is_over.store(true, Ordering::SeqCst);
        self.state()
    }

    /// Returns what there is of it; `None` if it is over.
    pub(super) fn under_way(&self) -> Option<State> {
        (!self.is_over.load(Ordering::SeqCst)).then(|| self.state())
    }

    fn state(&self) -> State {
        let status = self.status.load(Ordering::Relaxed);
        State {
            status: (status != 0).then_some(status),
            sent: self.sent.load(Ordering::Relaxed),
            received: self.received.load(Ordering::Relaxed),
            ms: u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }
}
