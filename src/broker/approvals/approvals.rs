//! The approvals of a run: calls that are held, and the people who decide.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::http::request::Parts;

use super::approval::Approval;
use super::asking::Asking;
use super::decision::Decision;
use super::held::Held;
use super::kept::Kept;
use super::questions::{Question, Undecided};
use super::subject::{Shown, Subject};
use crate::broker::call_log::CallLog;
use crate::broker::told::Told;
use crate::broker::{Admission, Refusal, RefusalCode};

/// The seconds after which an agent is to come again.
const COME_AGAIN: u64 = 5;

/// The approvals of a run.
pub(crate) struct Approvals(Arc<Kept>);

impl Approvals {
    pub(crate) fn new(asking: Asking, told: Arc<Told>, calls: Arc<CallLog>) -> Self {
        Self(Arc::new(Kept::new(asking, told, calls)))
    }

    /// Returns whether a call needs an approval.
    pub(crate) fn hold(&self, call: &Admission<'_>) -> bool {
        self.0.asking.keys.iter().any(|reach| reach.holds(call))
    }

    /// Returns the keys that a person is asked about.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.asking.keys.iter().map(|reach| reach.key.as_str())
    }

    /// Waits until a person lets a call go out that needs an approval. `body` is all of its body, where that is
    /// there. Dropped before, the question is withdrawn.
    ///
    /// # Errors
    ///
    /// It was denied, or nobody decided in time, or not yet; it cannot be shown as a whole, or too many calls
    /// wait.
    pub(crate) async fn ask(
        &self,
        call: &Admission<'_>,
        head: &Parts,
        body: Option<&Bytes>,
    ) -> Result<Approval, Refusal> {
        if !self.hold(call) {
            return Ok(Approval::default());
        }
        let refuse = |code, detail: String| {
            Refusal::new(code, detail)
                .of_provider(call.provider.slug.as_str())
                .of_operation(call.operation)
        };
        let Some(body) = body else {
            let detail = "a person has to approve the call, and its body is larger than 1 MiB";
            return Err(refuse(RefusalCode::ApprovalUnshown, detail.to_owned()));
        };
        let Some(waiting) = Held::begin(&self.0, Subject::of(call, head, body)) else {
            let detail = "too many calls wait for an approval";
            return Err(
                refuse(RefusalCode::ApprovalExceeded, detail.to_owned()).to_be_repeated(COME_AGAIN)
            );
        };
        let name = waiting.name.clone();
        match waiting.decision().await {
            Some((Decision::Approved, question)) => {
                Ok(Approval::of(Arc::clone(&self.0), name, question))
            }
            Some((Decision::Denied, _)) => {
                Err(refuse(RefusalCode::ApprovalDenied, "a person denied the call".to_owned()))
            }
            Some((Decision::Expired, _)) => {
                let detail = "nobody decided on the call in time: the question has expired";
                Err(refuse(RefusalCode::ApprovalDenied, detail.to_owned()))
            }
            None => {
                let detail = format!("the call waits for the approval `{name}` of a person");
                Err(refuse(RefusalCode::ApprovalPending, detail)
                    .to_be_repeated(COME_AGAIN)
                    .of_approval(name))
            }
        }
    }

    /// Returns the calls that wait, those that wait for the longest first.
    pub(crate) fn pending(&self) -> Vec<Shown> {
        let (now, questions) = self.0.now();
        let mut open: Vec<_> = questions.open().collect();
        open.sort_by_key(|(_, question)| question.until());
        open.into_iter().map(|(name, question)| shown(name, question, now, false)).collect()
    }

    /// Returns all of a call that waits.
    pub(crate) fn whole(&self, name: &str) -> Option<Shown> {
        let (now, questions) = self.0.now();
        let mut open = questions.open();
        let (name, question) = open.find(|(known, _)| *known == name)?;
        Some(shown(name, question, now, true))
    }

    /// Decides on a call, as this user. Returns the decision that holds: of two, the first.
    pub(crate) fn decide(&self, name: &str, decision: Decision, by: u32) -> Option<Decision> {
        let (now, mut questions) = self.0.now();
        let subject = match questions.decide(name, decision, now) {
            Ok(subject) => subject.clone(),
            Err(Undecided::Before(before)) => return Some(before),
            Err(Undecided::Unknown) => return None,
        };
        drop(questions);
        self.0.settled(name, &subject, decision, Some(by));
        Some(decision)
    }
}

fn shown(name: &str, question: &Question<Subject>, now: Duration, is_whole: bool) -> Shown {
    let expires_in = question.until().saturating_sub(now).as_secs();
    Shown { is_held: question.is_held(), expires_in, ..question.subject.shown(name, is_whole) }
}
