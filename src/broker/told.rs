//! What the parent of a run is told.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::protocol::News;

/// The news to the run's parent, refusals each once.
pub(crate) struct Told {
    tell: Box<dyn Fn(News) + Send + Sync>,
    subjects: Mutex<HashSet<String>>,
    is_used: AtomicBool,
}

/// The most subjects that are told apart.
const MOST_TOLD: usize = 1000;

impl Told {
    pub(crate) fn new(tell: impl Fn(News) + Send + Sync + 'static) -> Self {
        Self { tell: Box::new(tell), subjects: Mutex::default(), is_used: AtomicBool::new(false) }
    }

    /// Tells that the agent found the way here, once.
    pub(crate) fn used(&self) {
        if !self.is_used.load(Ordering::Relaxed) && !self.is_used.swap(true, Ordering::Relaxed) {
            (self.tell)(News::Used);
        }
    }

    /// Tells of refused calls, once.
    pub(crate) fn refused(&self, text: String) {
        self.refused_as(text.clone(), text);
    }

    /// Tells of refused calls, once for each subject.
    pub(super) fn refused_as(&self, subject: String, text: String) {
        let mut subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        if subjects.len() < MOST_TOLD && subjects.insert(subject) {
            (self.tell)(News::Refused(text));
        }
    }

    /// Tells of a call that waits for an approval of this name.
    pub(super) fn asked(&self, name: &str, operation: String) {
        (self.tell)(News::Asked { id: name.to_owned(), operation });
    }

    /// Tells that nobody has to decide on a call any more.
    pub(super) fn settled(&self, name: &str) {
        (self.tell)(News::Settled(name.to_owned()));
    }
}
