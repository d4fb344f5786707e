//! The thread that writes the log of calls: what is there at once goes into the file at once.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::progress::Progress;
use super::refusals::{Refusals, Subject};
use super::under_way::UnderWay;
use crate::audit_log::{CallEntry, Calls};

/// The longest time until a line is written that is due, about refusals or a call that lasts.
const TICK: Duration = Duration::from_millis(500);

/// The most lines that are written at once.
const MOST_AT_ONCE: usize = 256;

/// The most lines that wait for a disk that has room again.
const MOST_WAITING: usize = 10_000;

/// A line to be written.
pub(super) struct Job {
    pub(super) entry: CallEntry,
    /// What an opening line has besides.
    pub(super) opening: Option<Opening>,
}

/// A call that goes out when its opening line was written.
pub(super) struct Opening {
    pub(super) progress: Weak<Progress>,
    /// Where it waits for that.
    pub(super) written: oneshot::Sender<Result<(), String>>,
}

impl Job {
    /// Returns a line that nobody waits for.
    pub(super) fn line(entry: CallEntry) -> Self {
        Self { entry, opening: None }
    }
}

/// The writer.
pub(super) struct Writer {
    pub(super) calls: Calls,
    pub(super) jobs: Receiver<Job>,
    pub(super) refusals: Arc<Mutex<Refusals>>,
    pub(super) under_way: UnderWay,
    /// The beginning of all lines.
    pub(super) run: CallEntry,
    pub(super) begun: Instant,
}

impl Writer {
    /// Writes until nobody sends any more.
    pub(super) fn run(mut self) {
        let (mut waiting, mut looked) = (Vec::new(), Duration::ZERO);
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
            if now >= looked + TICK {
                waiting.extend(self.under_way.due(now).into_iter().map(Job::line));
                looked = now;
            }
            self.write(&mut waiting, now);
            if has_ended {
                return;
            }
        }
    }

    fn line(&self, (subject, count): (Subject, u64)) -> Job {
        let Subject { code, provider, operation } = subject;
        Job::line(self.run.clone().refused(code.name(), count).about(provider, operation))
    }

    /// Writes what is there. What nobody waits for is tried again where that fails.
    fn write(&mut self, waiting: &mut Vec<Job>, now: Duration) {
        if waiting.is_empty() {
            return;
        }
        let (written, failure) = self.calls.append(waiting.iter().map(|job| &job.entry));
        let left = waiting.split_off(written.min(waiting.len()));
        for job in std::mem::take(waiting) {
            if let Some(Opening { progress, written }) = job.opening {
                self.under_way.add(job.entry, progress, now);
                let _ = written.send(Ok(()));
            }
        }
        let Some(failure) = failure else { return };
        for job in left {
            match job.opening {
                Some(opening) => drop(opening.written.send(Err(failure.to_string()))),
                None if waiting.len() < MOST_WAITING => waiting.push(job),
                None => {}
            }
        }
    }
}
