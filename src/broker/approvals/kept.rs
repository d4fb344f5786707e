//! The questions of a run, with a clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::sleep;

use super::asking::Asking;
use super::decision::Decision;
use super::questions::{Question, Questions};
use super::subject::Subject;
use crate::broker::call_log::CallLog;
use crate::broker::told::Told;

/// Interval at which it is looked whether the time of a question is over by which no call is held.
const TICK: Duration = Duration::from_secs(1);

/// The questions, and what is told of them.
pub(super) struct Kept {
    pub(super) asking: Asking,
    questions: Mutex<Questions<Subject>>,
    /// Told when something was decided.
    pub(super) decided: Notify,
    begun: Instant,
    /// Whether a task lets the time of questions be over.
    is_watched: AtomicBool,
    pub(super) told: Arc<Told>,
    calls: Arc<CallLog>,
}

impl Kept {
    pub(super) fn new(asking: Asking, told: Arc<Told>, calls: Arc<CallLog>) -> Self {
        let (questions, decided, begun) = (Mutex::default(), Notify::new(), Instant::now());
        let is_watched = AtomicBool::default();
        Self { asking, questions, decided, begun, is_watched, told, calls }
    }

    /// Returns the time, and the questions as they are by then.
    pub(super) fn now(&self) -> (Duration, MutexGuard<'_, Questions<Subject>>) {
        let now = self.begun.elapsed();
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        for name in questions.pass(now) {
            if let Some(question) = questions.get(&name) {
                self.settled(&name, &question.subject, Decision::Expired, None);
            }
        }
        (now, questions)
    }

    /// Keeps an approval of which nothing was sent.
    pub(super) fn give_back(&self, name: String, question: Question<Subject>) {
        self.now().1.give_back(name, question);
    }

    /// Records a decision, and tells whoever waits for one.
    pub(super) fn settled(
        &self,
        name: &str,
        subject: &Subject,
        decision: Decision,
        by: Option<u32>,
    ) {
        self.calls.decided(subject.about(), decision.name(), by);
        self.decided.notify_waiters();
        self.told.settled(name);
    }

    /// Lets the time of questions be over, also where no call is held by them any more. One task does it for all
    /// of them, and ends with the last one.
    pub(super) fn expire(self: &Arc<Self>) {
        if self.is_watched.swap(true, Ordering::SeqCst) {
            return;
        }
        let kept = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(TICK).await;
                let Some(kept) = kept.upgrade() else { return };
                let (_, questions) = kept.now();
                if questions.is_empty() {
                    // A question that comes now waits for the lock, and finds nobody who watches.
                    kept.is_watched.store(false, Ordering::SeqCst);
                    return;
                }
            }
        });
    }
}
