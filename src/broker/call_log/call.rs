//! A call that is under way.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::progress::Progress;
use super::writer::Job;
use crate::audit_log::CallEntry;

/// A call that is under way. It is closed when this is dropped.
pub(crate) struct Call {
    /// The beginning of its lines, and the writer.
    recorded: Option<(CallEntry, Sender<Job>)>,
    progress: Arc<Progress>,
}

impl Call {
    /// Returns a call of which nothing is written.
    pub(super) fn unrecorded() -> Self {
        Self { recorded: None, progress: Arc::new(Progress::begin()) }
    }

    /// Returns a call whose opening line was written.
    pub(super) fn recorded(about: CallEntry, progress: Arc<Progress>, lines: Sender<Job>) -> Self {
        Self { recorded: Some((about, lines)), progress }
    }

    /// Notes the status of its answer.
    pub(crate) fn answered(&self, status: u16) {
        self.progress.answered(status);
    }

    /// Returns what counts the bytes of its body.
    pub(crate) fn sending(&self) -> impl FnMut(usize) + Send + Unpin + use<> {
        let progress = Arc::clone(&self.progress);
        move |bytes| progress.send(bytes)
    }

    /// Returns the bytes of its body that were sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.progress.sent()
    }

    /// Counts bytes of its answer.
    pub(crate) fn receive(&self, bytes: usize) {
        self.progress.receive(bytes);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Some((about, lines)) = self.recorded.take() else { return };
        let state = self.progress.end();
        let entry = about.closed(state.status, state.sent, state.received, state.ms);
        // Where the writer has ended, the opening line stays alone.
        let _ = lines.send(Job::line(entry));
    }
}
