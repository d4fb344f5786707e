//! Approvals: calls that wait until a person says yes.
//!
//! A question on a key holds every call to an operation that the key could give. An approval is for one very
//! call (its account, operation, whole target, content type and body), is spent by one sending of it, and is
//! kept for some minutes where its agent was told to come again.
//!
//! | file | subject |
//! | --- | --- |
//! | `questions`, `decision` | the questions of a run and what becomes of them, without a clock |
//! | `fingerprint`, `subject`, `legible` | what an approval is bound to, and what a person is shown of it |
//! | `asking` | which keys are asked about, and for how long |
//! | `kept`, `held` | the questions with a clock, and a call that waits for one |
//! | `approvals`, `approval` | the way in for calls and for people, and the approval of one call |

mod approval;
#[expect(clippy::module_inception, reason = "the approvals are the subject of their folder")]
mod approvals;
mod asking;
mod decision;
mod fingerprint;
mod held;
mod kept;
mod legible;
mod questions;
mod subject;

pub(crate) use approval::Approval;
pub(crate) use approvals::Approvals;
pub(crate) use asking::Asking;
pub(crate) use decision::Decision;
pub(crate) use subject::Shown;
