//! A call that is held until a person decides.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::decision::Decision;
use super::kept::Kept;
use super::questions::{Asked, Question};
use super::subject::Subject;
use crate::sys::random::random_characters;

/// The characters of the name of a question, none of which looks like another, and their number.
const ALPHABET: &str = "abcdefghjkmnpqrstuvwxyz23456789";
const LENGTH: usize = 10;

/// A call that is held by a question. The question is withdrawn when this is dropped before it has its answer.
pub(super) struct Held {
    kept: Arc<Kept>,
    pub(super) name: String,
    until: Duration,
    is_answered: bool,
}

impl Held {
    /// Asks; `None` where there is no room.
    pub(super) fn begin(kept: &Arc<Kept>, subject: Subject) -> Option<Self> {
        let (now, mut questions) = kept.now();
        let mut name = random_characters(ALPHABET, LENGTH);
        let about = (subject.fingerprint(), subject.bytes());
        let operation = subject.operation.clone();
        let until = now + kept.asking.timeout;
        match questions.ask(&mut name, about, until, || subject) {
            Asked::Crowded => return None,
            Asked::Held { is_new } => {
                drop(questions);
                if is_new {
                    kept.told.asked(&name, operation);
                    kept.expire();
                }
            }
        }
        let until = now + kept.asking.wait;
        Some(Self { kept: Arc::clone(kept), name, until, is_answered: false })
    }

    /// Waits for the decision; none is that the agent has to come again.
    pub(super) async fn decision(mut self) -> Option<(Decision, Question<Subject>)> {
        let kept = Arc::clone(&self.kept);
        loop {
            let decided = kept.decided.notified();
            tokio::pin!(decided);
            // From here on, no decision is missed.
            decided.as_mut().enable();
            let wait = {
                let (now, mut questions) = kept.now();
                if let Some(taken) = questions.take(&self.name) {
                    self.is_answered = true;
                    return Some(taken);
                }
                if now >= self.until {
                    questions.leave(&self.name);
                    self.is_answered = true;
                    return None;
                }
                self.until.saturating_sub(now)
            };
            let _ = timeout(wait, decided).await;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.is_answered {
            let has_gone = self.kept.now().1.withdraw(&self.name);
            if has_gone {
                self.kept.told.settled(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hard_to_guess_and_easy_to_read() {
        assert!(ALPHABET.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        let bits = f64::from(u32::try_from(ALPHABET.len()).expect("it is small")).log2();
        assert!(bits * 10.0 > 48.0 && LENGTH == 10);
        assert!(!ALPHABET.contains(['i', 'l', 'o', '0', '1']));
    }
}
