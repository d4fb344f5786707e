//! The terminal as the reporter of use cases.

use crate::app::reporter::{Progress, Reporter};
use crate::error::{Advice, Error, wording};
use crate::findings::{Diagnostic, Source};
use crate::terminal::{Terminal, WaitingLine};

impl Reporter for Terminal {
    fn warning(&self, advice: Advice) {
        self.warn(&wording::advice(&advice));
    }

    fn note(&self, advice: Advice) {
        Self::note(self, &wording::advice(&advice));
    }

    fn mishap(&self, error: &Error) {
        self.warn_of(error);
    }

    fn failure(&self, error: &Error) {
        self.report(error);
    }

    fn findings(&self, source: &Source, findings: &[Diagnostic]) {
        Self::findings(self, source, findings);
    }

    fn progress(&self, work: &str) -> Progress {
        let line = WaitingLine::begin(work);
        Progress::shown(move || drop(line))
    }
}
