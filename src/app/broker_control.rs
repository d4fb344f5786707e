//! The brokers that run on this machine for its user: what waits there, and who decides.

use std::path::PathBuf;

use crate::app::context::Context;
use crate::broker::approvals::{Decision, Shown};
use crate::broker::control::{self, Answer, Request, RunStatus, SOCKET_NAME};
use crate::error::{Code, Error, Inventory, Remedy, Result};
use crate::sys::runtime_folder::Runtime;
use crate::text::escape::quoted;

/// A run with a broker.
#[derive(Clone, Debug)]
struct Run {
    name: String,
    socket: PathBuf,
}

/// A call that waits, and its run.
#[derive(Clone, Debug)]
pub(crate) struct WaitingCall {
    pub(crate) run: String,
    pub(crate) call: Shown,
}

/// Returns the calls that wait, of all runs or of the one whose name begins so.
///
/// # Errors
///
/// [`Code::RunUnknown`]; [`Code::BrokerFailed`].
pub(crate) fn pending(run: Option<&str>, context: &Context) -> Result<Vec<WaitingCall>> {
    waiting(None, run, context)
}

/// Returns all of a call that waits.
///
/// # Errors
///
/// [`Code::ApprovalUnknown`]; those of [`pending`].
pub(crate) fn whole(id: &str, run: Option<&str>, context: &Context) -> Result<WaitingCall> {
    waiting(Some(id), run, context)?.pop().ok_or_else(|| unknown(id))
}

/// Decides on a call. Returns the decision that holds, which somebody else may have made before.
///
/// # Errors
///
/// [`Code::ApprovalUnknown`]; those of [`pending`].
pub(crate) fn decide(
    id: &str,
    approve: bool,
    run: Option<&str>,
    context: &Context,
) -> Result<Decision> {
    let request = Request::Decide { id: id.to_owned(), approve };
    // Once one has decided, the others have nothing to say.
    let is_decision = |answer: &Answer| matches!(answer, Answer::Decided { decision: Some(_) });
    match answers(run, context, &request, is_decision)?.pop() {
        Some((_, Answer::Decided { decision: Some(decision) })) => Ok(decision),
        _ => Err(unknown(id)),
    }
}

/// Returns the status of runs, each with its name.
///
/// # Errors
///
/// Those of [`pending`].
pub(crate) fn statuses(run: Option<&str>, context: &Context) -> Result<Vec<(String, RunStatus)>> {
    let answers = answers(run, context, &Request::Status, |_| false)?;
    let statuses = answers.into_iter().filter_map(|(name, answer)| match answer {
        Answer::Status(status) => Some((name, *status)),
        _ => None,
    });
    Ok(statuses.collect())
}

fn waiting(id: Option<&str>, run: Option<&str>, context: &Context) -> Result<Vec<WaitingCall>> {
    let mut waiting = Vec::new();
    let request = Request::Pending { id: id.map(str::to_owned) };
    for (name, answer) in answers(run, context, &request, |_| false)? {
        if let Answer::Pending { calls } = answer {
            waiting.extend(calls.into_iter().map(|call| WaitingCall { run: name.clone(), call }));
        }
    }
    Ok(waiting)
}

/// Returns the answers of runs, each with its name, up to the first one that is enough. Where some do not
/// answer, that is reported.
///
/// # Errors
///
/// Those of [`runs`]; [`Code::BrokerFailed`]: none of them answers.
fn answers(
    run: Option<&str>,
    context: &Context,
    request: &Request,
    is_enough: impl Fn(&Answer) -> bool,
) -> Result<Vec<(String, Answer)>> {
    let (mut answers, mut silent) = (Vec::new(), Vec::new());
    for Run { name, socket } in runs(run, context)? {
        match control::ask(&socket, request) {
            Ok(Some(answer)) => {
                let ends = is_enough(&answer);
                answers.push((name, answer));
                if ends {
                    break;
                }
            }
            Ok(None) => {}
            Err(error) => {
                let message = format!("the broker of the run {name} does not answer: {error}");
                silent.push(Error::new(Code::BrokerFailed, message));
            }
        }
    }
    let failure = if answers.is_empty() { silent.pop() } else { None };
    for error in &silent {
        context.reporter.mishap(error);
    }
    failure.map_or(Ok(answers), Err)
}

/// Returns the runs whose names begin so.
fn runs(begin: Option<&str>, context: &Context) -> Result<Vec<Run>> {
    let runs = Runtime::having(SOCKET_NAME, &context.env, &context.home()?);
    let runs = runs.into_iter().map(|(name, socket)| Run { name, socket });
    let Some(begin) = begin else { return Ok(runs.collect()) };
    let meant: Vec<_> = runs.filter(|run| run.name.starts_with(begin)).collect();
    if meant.is_empty() || begin.is_empty() {
        let message = format!("no run with a broker is called {}", quoted(begin));
        let error = Error::new(Code::RunUnknown, message);
        return Err(error.with_remedy(Remedy::List(Inventory::Runs)));
    }
    Ok(meant)
}

fn unknown(id: &str) -> Error {
    let message = format!("no call {} waits for an approval", quoted(id));
    Error::new(Code::ApprovalUnknown, message).with_remedy(Remedy::List(Inventory::Approvals))
}
