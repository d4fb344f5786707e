//! The questions of a run, and what becomes of them: asked, held, decided, spent, withdrawn, expired. It has no
//! clock and no chance: times and names are parameters.
//!
//! ```text
//! ask ──▶ held ──────────── decide, or the time is over ──▶ decided ── take ──▶ spent by one sending
//!          │  ▲                                               ▲    │
//!      leave  ask again, the very same call                   │    └─ nobody takes it in time ──▶ gone
//!          ▼  │                                               │
//!         left ────────────── decide, or the time is over ────┘
//! ```
//!
//! `leave` answers the agent that it is to come again: from then on a decision is kept for the very same call,
//! once. A call whose client goes away before that takes its question along.

use std::collections::BTreeMap;
use std::time::Duration;

use super::decision::Decision;
use super::fingerprint::Fingerprint;

/// The most questions that are there at once, decided ones that nobody has taken included.
pub(super) const MOST: usize = 32;

/// The most bytes of bodies that questions have together.
pub(super) const MOST_BYTES: usize = 8 << 20;

/// The time for which a decision is kept.
pub(super) const KEPT: Duration = Duration::from_mins(5);

/// A question, and what it is about.
#[derive(Clone, Debug)]
pub(super) struct Question<S> {
    pub(super) subject: S,
    fingerprint: Fingerprint,
    bytes: usize,
    /// The time by which a person has to decide.
    until: Duration,
    /// The decision, and the time for which it is kept.
    decided: Option<(Decision, Duration)>,
    /// Whether a call is held by it.
    is_held: bool,
    /// Whether an agent was told to come again.
    is_left: bool,
}

/// The questions of a run, by their names.
#[derive(Debug)]
pub(super) struct Questions<S>(BTreeMap<String, Question<S>>);

impl<S> Default for Questions<S> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

/// The answer to a call that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It is held by a question that was there, or by a new one.
    Held { is_new: bool },
    /// There are too many questions.
    Crowded,
}

/// A failure to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undecided {
    /// No question has the name.
    Unknown,
    /// Somebody decided before.
    Before(Decision),
}

impl<S> Questions<S> {
    /// Has a call wait, by a question of this name; or by the one that an earlier call of the same fingerprint
    /// left, whose name is then put in its place.
    pub(super) fn ask(
        &mut self,
        name: &mut String,
        (fingerprint, bytes): (Fingerprint, usize),
        until: Duration,
        subject: impl FnOnce() -> S,
    ) -> Asked {
        let left = self.0.iter_mut().find(|(_, it)| !it.is_held && it.fingerprint == fingerprint);
        if let Some((known, question)) = left {
            question.is_held = true;
            name.clone_from(known);
            return Asked::Held { is_new: false };
        }
        let all: usize = self.0.values().map(|question| question.bytes).sum();
        if self.0.len() >= MOST || all + bytes > MOST_BYTES {
            return Asked::Crowded;
        }
        let (is_held, is_left) = (true, false);
        let subject = subject();
        let question =
            Question { subject, fingerprint, bytes, until, decided: None, is_held, is_left };
        self.0.insert(name.clone(), question);
        Asked::Held { is_new: true }
    }

    /// Decides on a question.
    ///
    /// # Errors
    ///
    /// There is none of this name, or it was decided before.
    pub(super) fn decide(
        &mut self,
        name: &str,
        decision: Decision,
        now: Duration,
    ) -> Result<&S, Undecided> {
        let question = self.0.get_mut(name).ok_or(Undecided::Unknown)?;
        if let Some((before, _)) = question.decided {
            return Err(Undecided::Before(before));
        }
        question.decided = Some((decision, now + KEPT));
        Ok(&question.subject)
    }

    /// Takes the decision for the call that a question holds, and the question away, if there is one: whoever
    /// has it may send the call once.
    pub(super) fn take(&mut self, name: &str) -> Option<(Decision, Question<S>)> {
        let (decision, _) = self.0.get(name).filter(|question| question.is_held)?.decided?;
        Some((decision, self.0.remove(name)?))
    }

    /// Gives an approval back of which nothing was ever sent; it is kept for as long as it would have been. Where
    /// there is no room any more, it is lost.
    pub(super) fn give_back(&mut self, name: String, question: Question<S>) {
        if self.0.len() < MOST {
            self.0.insert(name, Question { is_held: false, is_left: true, ..question });
        }
    }

    /// Lets the call go that a question holds: its agent is told to come again.
    pub(super) fn leave(&mut self, name: &str) {
        if let Some(question) = self.0.get_mut(name) {
            (question.is_held, question.is_left) = (false, true);
        }
    }

    /// Withdraws the call that a question holds, whose client has gone, and the question with it unless an
    /// agent was told to come again. Returns whether the question has gone.
    pub(super) fn withdraw(&mut self, name: &str) -> bool {
        let Some(question) = self.0.get_mut(name).filter(|question| question.is_held) else {
            return false;
        };
        question.is_held = false;
        let has_gone = !question.is_left;
        if has_gone {
            self.0.remove(name);
        }
        has_gone
    }

    /// Lets time pass: what nobody decided in time is expired, what nobody took in time is gone. Returns the
    /// names of those that expired now.
    pub(super) fn pass(&mut self, now: Duration) -> Vec<String> {
        let mut expired = Vec::new();
        for (name, question) in &mut self.0 {
            if question.decided.is_none() && now >= question.until {
                question.decided = Some((Decision::Expired, now + KEPT));
                expired.push(name.clone());
            }
        }
        self.0.retain(|_, it| it.is_held || it.decided.is_none_or(|(_, kept)| now < kept));
        expired
    }

    /// Returns the question of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Question<S>> {
        self.0.get(name)
    }

    /// Returns whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the questions that nobody has decided on.
    pub(super) fn open(&self) -> impl Iterator<Item = (&str, &Question<S>)> {
        let open = self.0.iter().filter(|(_, question)| question.decided.is_none());
        open.map(|(name, question)| (name.as_str(), question))
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl<S> Question<S> {
    /// Returns the time by which a person has to decide.
    pub(super) fn until(&self) -> Duration {
        self.until
    }

    /// Returns whether a call is held by it.
    pub(super) fn is_held(&self) -> bool {
        self.is_held
    }
}

#[cfg(test)]
mod tests;
