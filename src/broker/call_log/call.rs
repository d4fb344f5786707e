//! A call that is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::Instant;

use super::writer::Job;
use crate::audit_log::CallEntry;

/// A call that is under way. It is closed when this is dropped.
pub(crate) struct Call {
    /// The beginning of its lines, and the writer.
    recorded: Option<(CallEntry, Sender<Job>)>,
    begun: Instant,
    status: Option<u16>,
    sent: Arc<AtomicU64>,
    received: u64,
}

impl Call {
    /// Returns a call of which nothing is written.
    pub(super) fn unrecorded() -> Self {
        Self::begun(None)
    }

    /// Returns a call whose opening line was written.
    pub(super) fn recorded(about: CallEntry, lines: Sender<Job>) -> Self {
        Self::begun(Some((about, lines)))
    }

    fn begun(recorded: Option<(CallEntry, Sender<Job>)>) -> Self {
        Self { recorded, begun: Instant::now(), status: None, sent: Arc::default(), received: 0 }
    }

    /// Notes the status of its answer.
    pub(crate) fn answered(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// Returns what counts the bytes of its body.
    pub(crate) fn sending(&self) -> impl FnMut(usize) + Send + Unpin + use<> {
        let sent = Arc::clone(&self.sent);
        move |bytes| {
            sent.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }

    /// Returns the bytes of its body that were sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Counts bytes of its answer.
    pub(crate) fn receive(&mut self, bytes: usize) {
        self.received += bytes as u64;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Some((about, lines)) = self.recorded.take() else { return };
        let sent = self.sent();
        let ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let entry = about.closed(self.status, sent, self.received, ms);
        // Where the writer has ended, the opening line stays alone.
        let _ = lines.send(Job { entry, written: None });
    }
}
