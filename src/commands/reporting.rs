//! The terminal as the reporter of use cases.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::app::reporter::{Progress, Reporter};
use crate::error::Error;
use crate::findings::{Diagnostic, Source};
use crate::terminal::{Terminal, clear_status_line, status_line};

/// Duration of work after which it is worth a line.
const PATIENCE: Duration = Duration::from_secs(1);

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

    /// Shows a line once the work has taken a moment. If the system has no thread for it, nothing is
    /// shown.
    fn progress(&self, work: &str) -> Progress {
        if !io::stderr().is_terminal() {
            return Progress::hidden();
        }
        let (done, ended) = mpsc::channel::<()>();
        let line = format!("{work} …");
        let shown = thread::Builder::new().spawn(move || {
            if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                status_line(&line);
                let _ = ended.recv();
                clear_status_line();
            }
        });
        shown.map_or_else(
            |_| Progress::hidden(),
            |line| {
                Progress::shown(move || {
                    drop(done);
                    let _ = line.join();
                })
            },
        )
    }
}
