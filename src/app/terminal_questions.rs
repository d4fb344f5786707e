//! Calls that wait for an approval, asked about at the terminal of the user.
//!
//! That is done only where the agent has nothing of the terminal: it is isolated, in a session of its own, and
//! none of its streams is relayed to it. Otherwise it could type an answer, or paint over the question.

use std::collections::VecDeque;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use crate::app::call_lines::{details, heading, time_left};
use crate::broker::approvals::Shown;
use crate::broker::control::{self, Answer, Request};
use crate::error::Result;
use crate::sys::prompt::{confirm, has_person};

/// Time between a question that is over before it was answered, and the next one.
const PAUSE: Duration = Duration::from_secs(2);

/// The question behind a call.
const QUESTION: &str = "let it go out? [y/n] ";

/// What becomes of a call that waits.
pub(super) enum Turn {
    /// It waits by this name.
    Asked(String),
    /// Nobody has to decide any more.
    Settled(String),
}

/// The terminal at which is asked.
pub(super) struct TerminalQuestions(Receiver<Turn>);

impl TerminalQuestions {
    /// Returns the terminal to ask at, and what it is to be told by; none where the agent may have it.
    pub(super) fn of(is_isolated: bool) -> Option<(Sender<Turn>, Self)> {
        let shares = io::stdin().is_terminal() || io::stdout().is_terminal();
        let shares = shares || io::stderr().is_terminal();
        (is_isolated && !shares && has_person()).then(|| {
            let (sender, receiver) = channel();
            (sender, Self(receiver))
        })
    }

    /// Asks in a thread, for as long as it is told of calls, and decides by the control of the broker.
    pub(super) fn begin(self, control: PathBuf) {
        let thread = thread::Builder::new().name("questions".to_owned());
        // Without it, whoever wants to decide does so elsewhere.
        let _ = thread.spawn(move || self.run(&control));
    }

    fn run(self, control: &Path) {
        let mut waiting = VecDeque::new();
        while let Ok(turn) = self.0.recv() {
            note(&mut waiting, turn);
            while let Some(name) = waiting.pop_front() {
                // A terminal or a broker that has gone asks and answers nothing; there are other ways.
                if self.ask(&name, control, &mut waiting).is_ok_and(|is_over| is_over) {
                    // An answer to it that comes late is dropped, and not taken for one to the next.
                    thread::sleep(PAUSE);
                }
            }
        }
    }

    /// Asks about a call. Returns whether that was over before it was answered: the agent has withdrawn it, or
    /// somebody has decided elsewhere.
    fn ask(&self, name: &str, control: &Path, waiting: &mut VecDeque<String>) -> Result<bool> {
        let request = Request::Pending { id: Some(name.to_owned()) };
        let Some(Answer::Pending { calls }) = control::ask(control, &request)? else {
            return Ok(false);
        };
        let Some(call) = calls.first() else { return Ok(false) };
        let mut is_over = || {
            loop {
                match self.0.try_recv() {
                    Ok(Turn::Settled(settled)) if settled == name => return true,
                    Ok(turn) => note(waiting, turn),
                    Err(TryRecvError::Empty) => return false,
                    Err(TryRecvError::Disconnected) => return true,
                }
            }
        };
        // What it is about stands right before the answer, however long the text is.
        let question = format!("{}: {QUESTION}", heading(call));
        let Ok(Some(approve)) = confirm(&text(call), &question, &mut is_over) else {
            return Ok(true);
        };
        control::ask(control, &Request::Decide { id: name.to_owned(), approve })?;
        Ok(false)
    }
}

fn note(waiting: &mut VecDeque<String>, turn: Turn) {
    match turn {
        Turn::Asked(name) => waiting.push_back(name),
        Turn::Settled(name) => waiting.retain(|other| *other != name),
    }
}

fn text(call: &Shown) -> String {
    let mut text = format!("\nan agent asks: {}\n", heading(call));
    for line in details(call).into_iter().chain([time_left(call)]) {
        text.push_str(&format!("  {line}\n"));
    }
    text
}
