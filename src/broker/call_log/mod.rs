//! The log of calls: a line before a call goes out, one when its answer has gone, some in between where it
//! lasts, one for each decision of a person, and counts of what was refused.
//!
//! One thread writes; the opening line is waited for, so that no call goes out unrecorded. Without an
//! audit log nothing is written.

mod about;
mod call;
#[expect(clippy::module_inception, reason = "the log is the subject of its folder")]
mod call_log;
mod counted;
mod progress;
mod refusals;
mod share;
mod under_way;
mod writer;

pub(crate) use about::About;
pub(crate) use call::Call;
pub(crate) use call_log::CallLog;
pub(crate) use counted::Counted;
