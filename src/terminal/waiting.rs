//! The line of a terminal that tells what a command waits for.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::columns::columns;
use crate::text::escape::on_one_line;
use crate::text::layout::cut;
use crate::text::redact::redact;

/// Duration of work after which it is worth a line.
const PATIENCE: Duration = Duration::from_secs(1);

/// Erases the row of the cursor.
const ERASE: &str = "\r\x1b[2K";

/// The end of the line. Work that is worth one is not cut in two: what a provider has given by then is
/// stored or given back.
const END: &str = " … (Ctrl-C ends xreq right after it)";

/// A line that is shown once work has taken a moment, and goes away when this is dropped. It is shown on
/// a terminal alone, and not at all if the system has no thread for it.
#[derive(Debug)]
#[must_use = "the line goes away when this is dropped"]
pub(crate) struct WaitingLine {
    work: Option<Sender<String>>,
    thread: Option<JoinHandle<()>>,
}

impl WaitingLine {
    /// Begins work, as in "refreshing x (default)".
    pub(crate) fn begin(work: &str) -> Self {
        if !io::stderr().is_terminal() {
            return Self { work: None, thread: None };
        }
        let (sender, changes) = channel();
        let mut work = work.to_owned();
        let wait = move || {
            let began = Instant::now();
            while let Some(left) = PATIENCE.checked_sub(began.elapsed()) {
                match changes.recv_timeout(left) {
                    Ok(change) => work = change,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            loop {
                show(&work);
                match changes.recv() {
                    Ok(change) => work = change,
                    Err(_) => break,
                }
            }
            erase();
        };
        match thread::Builder::new().spawn(wait) {
            Ok(thread) => Self { work: Some(sender), thread: Some(thread) },
            Err(_) => Self { work: None, thread: None },
        }
    }

    /// Says how far the work is.
    pub(crate) fn change(&self, work: String) {
        if let Some(sender) = &self.work {
            // The thread lives until this is dropped.
            let _ = sender.send(work);
        }
    }
}

impl Drop for WaitingLine {
    fn drop(&mut self) {
        self.work.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Shows a line in the place of the last such one. It fits in one row: a second one would stay.
fn show(work: &str) {
    let room = columns(io::stderr()).map(|columns| columns.saturating_sub(END.chars().count() + 1));
    let work = on_one_line(&redact(work)).into_owned();
    let _ = write!(io::stderr(), "{ERASE}{}{END}", cut(&work, room));
}

fn erase() {
    let _ = write!(io::stderr(), "{ERASE}");
}
