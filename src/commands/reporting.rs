//! The terminal as the reporter of use cases.

use crate::app::reporter::{Progress, Reporter};
use crate::error::Error;
use crate::findings::{Diagnostic, Source};
use crate::terminal::{Terminal, WaitingLine};

impl Reporter for Terminal {
    fn warning(&self, text: &str) {
        self.warn(text);
    }

    fn note(&self, text: &str) {
        Self::note(self, text);
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
