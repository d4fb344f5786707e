//! The approval of one call.

use std::sync::Arc;

use super::kept::Kept;
use super::questions::Question;
use super::subject::Subject;

/// The approval of one call, which one sending spends; nothing, where nobody has to be asked. Dropped, it is
/// gone.
#[derive(Default)]
pub(crate) struct Approval(Option<Given>);

/// An approval that a person gave.
struct Given {
    kept: Arc<Kept>,
    name: String,
    question: Question<Subject>,
    is_spent: bool,
}

impl Approval {
    pub(super) fn of(kept: Arc<Kept>, name: String, question: Question<Subject>) -> Self {
        Self(Some(Given { kept, name, question, is_spent: false }))
    }

    /// Notes that the call may go out from now on.
    pub(crate) fn spend(&mut self) {
        if let Some(given) = &mut self.0 {
            given.is_spent = true;
        }
    }

    /// Notes that nothing of it ever went out.
    pub(crate) fn unspend(&mut self) {
        if let Some(given) = &mut self.0 {
            given.is_spent = false;
        }
    }

    /// Keeps an approval that was not spent for the very same call.
    pub(crate) fn settle(self) {
        if let Some(given) = self.0.filter(|given| !given.is_spent) {
            given.kept.give_back(given.name, given.question);
        }
    }
}
