//! The thread that writes the log of calls: what is there at once goes into the file at once.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::refusals::{Refusals, Subject};
use crate::audit_log::{CallEntry, Calls};

/// The longest time until a line about refusals is written that is due.
const TICK: Duration = Duration::from_millis(500);

/// The most lines that are written at once.
const MOST_AT_ONCE: usize = 256;

/// The most lines that wait for a disk that has room again.
const MOST_WAITING: usize = 10_000;

/// A line to be written, and who waits for it.
pub(super) struct Job {
    pub(super) entry: CallEntry,
    pub(super) written: Option<oneshot::Sender<Result<(), String>>>,
}

/// The writer.
pub(super) struct Writer {
    pub(super) calls: Calls,
    pub(super) jobs: Receiver<Job>,
    pub(super) refusals: Arc<Mutex<Refusals>>,
    /// The beginning of all lines.
    pub(super) run: CallEntry,
    pub(super) begun: Instant,
}

impl Writer {
    /// Writes until nobody sends any more.
    pub(super) fn run(self) {
        let mut waiting = Vec::new();
        loop {
            let has_ended = match self.jobs.recv_timeout(TICK) {
                Ok(job) => {
                    waiting.push(job);
                    waiting.extend(self.jobs.try_iter().take(MOST_AT_ONCE));
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            let now = self.begun.elapsed();
            let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
            let due = if has_ended { refusals.rest(now) } else { refusals.due(now) };
            drop(refusals);
            waiting.extend(due.into_iter().map(|refused| self.line(refused)));
            self.write(&mut waiting);
            if has_ended {
                return;
            }
        }
    }

    fn line(&self, (subject, count): (Subject, u64)) -> Job {
        let Subject { code, provider, operation } = subject;
        let entry = self.run.clone().refused(code.name(), count).about(provider, operation);
        Job { entry, written: None }
    }

    /// Writes what is there. What nobody waits for is tried again where that fails.
    fn write(&self, waiting: &mut Vec<Job>) {
        if waiting.is_empty() {
            return;
        }
        let (written, failure) = self.calls.append(waiting.iter().map(|job| &job.entry));
        let left = waiting.split_off(written.min(waiting.len()));
        for job in std::mem::take(waiting) {
            if let Some(waits) = job.written {
                let _ = waits.send(Ok(()));
            }
        }
        let Some(failure) = failure else { return };
        for job in left {
            match job.written {
                Some(waits) => drop(waits.send(Err(failure.to_string()))),
                None if waiting.len() < MOST_WAITING => waiting.push(job),
                None => {}
            }
        }
    }
}
