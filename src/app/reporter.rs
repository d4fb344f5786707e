//! The channel on which a use case tells its front end of events while it works.

use crate::error::{Advice, Error};
use crate::findings::{Diagnostic, Source};

/// Receives the events of a use case. A front end shows them, or keeps them for its answer.
pub(crate) trait Reporter: Send + Sync {
    /// Warns of something that may surprise.
    fn warning(&self, advice: Advice);

    /// Tells of something worth knowing.
    fn note(&self, advice: Advice);

    /// Tells of a failure beside the way: the use case goes on without what failed.
    fn mishap(&self, error: &Error);

    /// Tells of a failure that decides the result.
    fn failure(&self, error: &Error);

    /// Tells of findings in a manifest.
    fn findings(&self, source: &Source, findings: &[Diagnostic]);

    /// Tells that work begins which may take a while, as in "refreshing x (default)".
    fn progress(&self, work: &str) -> Progress;
}

/// Work that was announced, and ends when this is dropped.
#[must_use = "the work is shown until this is dropped"]
pub(crate) struct Progress(Option<Box<dyn FnOnce()>>);

impl Progress {
    /// Creates a progress that nobody is shown.
    pub(crate) fn hidden() -> Self {
        Self(None)
    }

    /// Creates a progress whose end calls `end`.
    pub(crate) fn shown(end: impl FnOnce() + 'static) -> Self {
        Self(Some(Box::new(end)))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}
