//! Asking the person at the terminal for what nobody else may see.

mod confirmation;
mod entry;
mod ready;

use std::fs::File;
use std::io::{self, Write};
use std::mem;
use std::time::{Duration, Instant};

pub(crate) use confirmation::{confirm, has_person};
use entry::{BEGIN_MARKS, END_MARKS, Entry, Step};
use ready::is_ready;
use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

use crate::error::{Code, Error};
use crate::text::escape::on_one_line;

/// The time for which a terminal is silent behind the end of a paste. Input that comes sooner
/// belongs to it.
const SILENCE: Duration = Duration::from_millis(100);

/// The time for which a paste that is dropped may go on.
const PATIENCE: Duration = Duration::from_secs(10);

/// The last line of a process that Ctrl-C ends at a question.
pub(crate) const INTERRUPTED: &str = "ended by Ctrl-C at the question, and nothing was done\n";

/// The reason why there is no answer.
#[derive(Debug)]
pub(crate) enum PromptFailure {
    /// The terminal cannot be used, or the person gave up.
    Terminal(io::Error),
    /// More came than the answer, at once: lines were pasted whose end the terminal does not mark, or
    /// several where one is asked for. All of it was dropped.
    SeveralLines,
    /// It is longer than any answer, and was dropped.
    TooLong,
    /// It is no text.
    NoText,
}

impl PromptFailure {
    /// Returns the failure of reading `what`; the way out is one where a text of several lines is
    /// taken whole.
    pub(crate) fn error(&self, what: &str, way_out: &str) -> Error {
        let refused = |why: &str| {
            let message = format!("{what} {why}; it was dropped");
            Error::new(Code::BadArgument, message).with_hint(way_out)
        };
        match self {
            Self::Terminal(error) => {
                Error::new(Code::FileUnreadable, format!("cannot read {what}: {}", error.kind()))
            }
            Self::SeveralLines => {
                refused("was pasted with several lines, where one ends the answer")
            }
            Self::TooLong => refused("has more than 1 MiB"),
            Self::NoText => refused("is not UTF-8"),
        }
    }
}

impl From<io::Error> for PromptFailure {
    fn from(error: io::Error) -> Self {
        Self::Terminal(error)
    }
}

/// Asks on the terminal of this process, whatever its standard streams are, and returns the line
/// that is typed, which is not shown.
///
/// Input before the question is dropped, and input behind the line is left: it is for the agent.
/// (If the answer turns out to be wrong, [`drop_typed`] is to be called.) Ctrl-C ends the process
/// as ever, but first the terminal is made what it was.
pub(crate) fn ask(question: &str) -> Result<Zeroizing<String>, PromptFailure> {
    let answer = converse(question, &Kind::Line)?;
    // A line that is copied often has its end with it.
    let line = answer.strip_suffix('\n').unwrap_or(&answer);
    if line.contains('\n') {
        drop_typed();
        return Err(PromptFailure::SeveralLines);
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// Asks for an answer that is pasted: where the terminal marks pastes, one of several lines is taken
/// whole. Otherwise it ends with the line with which it is complete, and is refused if more follows at
/// once. Nothing of it comes to the shell.
pub(crate) fn ask_for_paste(
    question: &str,
    is_complete: &dyn Fn(&str) -> bool,
) -> Result<Zeroizing<String>, PromptFailure> {
    converse(question, &Kind::Paste(is_complete))
}

/// Drops what was typed and not read.
pub(crate) fn drop_typed() {
    if let Ok(terminal) = File::open("/dev/tty") {
        drain(&terminal);
    }
}

/// The kind of input that is asked for.
enum Kind<'a> {
    /// One line; the next is somebody else's.
    Line,
    /// A text that is complete where this says so.
    Paste(&'a dyn Fn(&str) -> bool),
}

fn converse(question: &str, kind: &Kind<'_>) -> Result<Zeroizing<String>, PromptFailure> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let mut hidden = Hidden::on(terminal.try_clone()?, kind)?;
    terminal.write_all(on_one_line(question).as_bytes())?;
    let answer = answer(&mut terminal, kind);
    if !matches!(answer, Ok(_) | Err(PromptFailure::Terminal(_))) {
        drain(&terminal);
    }
    hidden.mark_no_longer();
    // The Enter key was not shown either.
    let _ = terminal.write_all(b"\n");
    drop(hidden);
    if let Err(PromptFailure::Terminal(error)) = &answer
        && error.kind() == io::ErrorKind::Interrupted
    {
        let _ = terminal.write_all(INTERRUPTED.as_bytes());
        kill_process(getpid(), Signal::INT).map_err(io::Error::from)?;
    }
    answer
}

fn answer(terminal: &mut File, kind: &Kind<'_>) -> Result<Zeroizing<String>, PromptFailure> {
    let mut entry = Entry::new();
    // Of what is behind a line nothing is read.
    let mut chunk = Zeroizing::new(match kind {
        Kind::Line => vec![0; 1],
        Kind::Paste(_) => vec![0; 4096],
    });
    loop {
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&*terminal, &mut chunk[..]))
            .map_err(io::Error::from)?;
        if length == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        for at in 0..length {
            match entry.take(chunk[at]) {
                Step::More | Step::Pasted(0 | 1) => {}
                Step::Pasted(lines) => {
                    if let Kind::Paste(_) = kind {
                        let told = format!("({lines} lines were pasted; Enter ends the answer) ");
                        terminal.write_all(told.as_bytes())?;
                    }
                }
                Step::Interrupted => {
                    return Err(io::Error::from(io::ErrorKind::Interrupted).into());
                }
                Step::Ended => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Step::TooLong => return Err(PromptFailure::TooLong),
                Step::Entered => {
                    let text = str::from_utf8(entry.text()).map_err(|_| PromptFailure::NoText)?;
                    match kind {
                        Kind::Paste(is_complete) if !is_complete(text) => entry.break_line(),
                        Kind::Paste(_) => {
                            let rest = &chunk[at + 1..length];
                            if !is_blank(rest) || !is_blank(&following(terminal)) {
                                return Err(PromptFailure::SeveralLines);
                            }
                            return text_of(entry);
                        }
                        Kind::Line => return text_of(entry),
                    }
                }
            }
        }
    }
}

fn text_of(entry: Entry) -> Result<Zeroizing<String>, PromptFailure> {
    let bytes = mem::take(&mut *entry.into_text());
    let text = String::from_utf8(bytes).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        PromptFailure::NoText
    })?;
    Ok(Zeroizing::new(text))
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.trim_ascii().is_empty()
}

/// Reads what follows at once.
fn following(terminal: &File) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(vec![0; 4096]);
    let length = if is_ready(terminal, SILENCE) {
        rustix::io::read(terminal, &mut bytes[..]).unwrap_or(0)
    } else {
        0
    };
    bytes.truncate(length);
    bytes
}

/// Reads and drops what comes, until the terminal is silent.
fn drain(terminal: &File) {
    let began = Instant::now();
    // Half a line can be dropped where whole lines alone can be read.
    while tcflush(terminal, QueueSelector::IFlush).is_ok()
        && began.elapsed() < PATIENCE
        && is_ready(terminal, SILENCE)
    {}
}

/// A terminal that shows nothing of what is typed and hands over every key, until this is dropped.
struct Hidden {
    terminal: File,
    before: Termios,
    rest: OptionalActions,
    has_marks: bool,
}

impl Hidden {
    fn on(terminal: File, kind: &Kind<'_>) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut modes = before.clone();
        modes.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        let rest = match kind {
            Kind::Line => OptionalActions::Now,
            Kind::Paste(_) => {
                // A pasted line break stays what it is.
                modes.input_modes -= InputModes::ICRNL;
                OptionalActions::Flush
            }
        };
        tcsetattr(&terminal, OptionalActions::Flush, &modes)?;
        // One that is dumb would show them.
        let has_marks = std::env::var_os("TERM").is_none_or(|name| name != "dumb");
        let mut hidden = Self { terminal, before, rest, has_marks };
        if has_marks {
            hidden.terminal.write_all(BEGIN_MARKS)?;
        }
        Ok(hidden)
    }

    fn mark_no_longer(&mut self) {
        if mem::take(&mut self.has_marks) {
            let _ = self.terminal.write_all(END_MARKS);
        }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        self.mark_no_longer();
        // A terminal that went away shows nothing.
        let _ = tcsetattr(&self.terminal, self.rest, &self.before);
    }
}
