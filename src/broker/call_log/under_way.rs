//! The calls that are under way, as the writer of their log knows them: one that lasts has a line at
//! intervals.

use std::sync::Weak;
use std::time::Duration;

use super::progress::Progress;
use crate::audit_log::CallEntry;

/// The calls that are under way.
pub(super) struct UnderWay {
    every: Duration,
    calls: Vec<Lasting>,
}

/// A call whose opening line was written.
struct Lasting {
    /// The beginning of its lines.
    about: CallEntry,
    progress: Weak<Progress>,
    /// The time of its next line, from the beginning of the log.
    due: Duration,
}

impl UnderWay {
    /// Returns a list without calls, which have a line whenever so much time has gone by.
    pub(super) fn with_lines_every(every: Duration) -> Self {
        Self { every, calls: Vec::new() }
    }

    /// Adds a call whose opening line was written now.
    pub(super) fn add(&mut self, about: CallEntry, progress: Weak<Progress>, now: Duration) {
        self.calls.push(Lasting { about, progress, due: now + self.every });
    }

    /// Returns the lines that are due, and forgets calls that are over.
    pub(super) fn due(&mut self, now: Duration) -> Vec<CallEntry> {
        let mut lines = Vec::new();
        let every = self.every;
        self.calls.retain_mut(|call| {
            let state = call.progress.upgrade().and_then(|progress| progress.under_way());
            let Some(state) = state else { return false };
            if call.due <= now {
                let about = call.about.clone();
                lines.push(about.still_open(state.status, state.sent, state.received, state.ms));
                call.due = now + every;
            }
            true
        });
        lines
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_call_that_lasts_has_a_line_an_hour_until_it_is_over() {
        let mut calls = UnderWay::with_lines_every(HOUR);
        let progress = Arc::new(Progress::begin());
        calls.add(CallEntry::of_run(1, "agent"), Arc::downgrade(&progress), Duration::ZERO);
        let mut count = |minutes| calls.due(Duration::from_mins(minutes)).len();
        assert_eq!([count(1), count(59), count(60), count(61), count(119)], [0, 0, 1, 0, 0]);
        assert_eq!(count(120), 1);
        progress.end();
        assert_eq!(count(600), 0);
        assert!(calls.calls.is_empty(), "it is forgotten");
    }

    #[test]
    fn a_call_that_nobody_has_any_more_is_forgotten() {
        let mut calls = UnderWay::with_lines_every(HOUR);
        let progress = Arc::new(Progress::begin());
        calls.add(CallEntry::of_run(1, "agent"), Arc::downgrade(&progress), Duration::ZERO);
        drop(progress);
        assert_eq!(calls.due(HOUR).len(), 0);
        assert!(calls.calls.is_empty());
    }
}
