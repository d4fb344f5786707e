//! The questions of a run, with a clock.

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

/// The questions, and what is told of them.
pub(super) struct Kept {
    pub(super) asking: Asking,
    questions: Mutex<Questions<Subject>>,
    /// Told when something was decided.
    pub(super) decided: Notify,
    begun: Instant,
    pub(super) told: Arc<Told>,
    calls: Arc<CallLog>,
}

impl Kept {
    pub(super) fn new(asking: Asking, told: Arc<Told>, calls: Arc<CallLog>) -> Self {
        let (questions, decided, begun) = (Mutex::default(), Notify::new(), Instant::now());
        Self { asking, questions, decided, begun, told, calls }
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

    /// Lets the time of a question that begins now be over, also where no call is held by it any more.
    pub(super) fn expire(self: &Arc<Self>) {
        let (timeout, kept) = (self.asking.timeout, Arc::downgrade(self));
        tokio::spawn(async move {
            sleep(timeout).await;
            if let Some(kept) = kept.upgrade() {
                drop(kept.now());
            }
        });
    }
}
