//! Standard output and standard error: the one place that writes to them for the command line.
//!
//! Any text that is printed may hold a stranger's text: a manifest's, a provider's, the name of a
//! file. Nothing of it controls a terminal, hides, or gives orders to the log of a job; only a text
//! that is printed as [styled](Terminal::print_styled) may have colours, and these of xreq alone. A
//! caller that puts a stranger's words into a styled text, or on a line of their own, makes them
//! one line first.
//!
//! Results go to standard output. Everything else, from a warning to a failure, goes to standard
//! error: `error`, `warning` or `note`, then the message, then the way out on a line of its own.

mod columns;
mod pause;
mod waiting;

use std::io::{self, StdoutLock, Write};
use std::os::fd::AsFd;

use anstream::{AutoStream, ColorChoice};
use clap::error::{ContextKind, ContextValue};
use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, stat};
use rustix::io::Errno;
use rustix::termios::{OutputModes, tcgetattr};

use self::columns::{columns, wrapped_messages};
use crate::error::{Code, Error, Exit, Remedy, Result, advice};
use crate::findings::report::Report;
use crate::findings::{Diagnostic, Format, Frame, Piece, Source, Tally, text};
use crate::text::escape::{defused, defused_json, on_one_line, plain, styled};
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::redact::{looks_secret, redact};

pub(crate) use pause::pause;
pub(crate) use waiting::WaitingLine;

#[derive(Clone)]
pub(crate) struct Terminal {
    choice: ColorChoice,
}

impl Terminal {
    pub(crate) fn new(choice: ColorChoice) -> Self {
        Self { choice }
    }

    /// Prints what the command line parser complains of.
    pub(crate) fn usage(&self, usage: clap::Error) -> Exit {
        let text = quoting_on_one_line(usage).render();
        let words = text.to_string();
        if looks_secret(&words) {
            self.complain(&redact(&words));
        } else {
            self.complain(&text.ansi().to_string());
        }
        Exit::Usage
    }

    /// Prints help that was asked for.
    pub(crate) fn help(&self, page: &str) -> Exit {
        self.print_styled(page).map_or_else(
            |error| {
                self.report(&error);
                error.code().exit()
            },
            |()| Exit::Done,
        )
    }

    /// Prints help in the place of a complaint that something is missing.
    pub(crate) fn help_instead(&self, page: &str) -> Exit {
        self.put(page);
        Exit::Usage
    }

    /// Prints a result. A reader who went away has read enough: the exit status tells the rest.
    pub(crate) fn print(&self, text: &str) -> Result<()> {
        self.write(&defused(&plain(text)))
    }

    /// Prints a result in the colours of xreq. A stranger's words in it are to be on one line.
    pub(crate) fn print_styled(&self, text: &str) -> Result<()> {
        self.write(&defused(&styled(text)))
    }

    /// Prints a result that is laid out for the terminal.
    pub(crate) fn show(&self, layout: &Layout) -> Result<()> {
        self.print_styled(&layout.shown(self.columns()))
    }

    /// Prints a result in one sentence.
    pub(crate) fn tell(&self, sentence: impl Into<Phrase>) -> Result<()> {
        let mut layout = Layout::default();
        layout.line(0, sentence);
        self.show(&layout)
    }

    /// Returns how wide a result may be; `None` where standard output is no terminal.
    #[allow(clippy::unused_self, reason = "the terminal is that of the process")]
    pub(crate) fn columns(&self) -> Option<usize> {
        columns(io::stdout())
    }

    /// Returns how wide a page may be that a pager shows, whose terminal is that of standard error.
    pub(crate) fn page_columns(&self) -> Option<usize> {
        self.columns().or_else(|| columns(io::stderr()))
    }

    /// Prints what a format made, which may be orders to the log of a job.
    pub(crate) fn print_in(&self, format: Format, text: &str) -> Result<()> {
        if format.renderer().gives_orders() {
            self.write(&styled(text))
        } else if format == Format::Text {
            self.print_styled(&wrapped_messages(text, self.columns()))
        } else {
            self.print_styled(text)
        }
    }

    fn write(&self, text: &str) -> Result<()> {
        let out = io::stdout().lock();
        let choice = match self.choice {
            ColorChoice::Auto => AutoStream::choice(&out),
            stated => stated,
        };
        // What strips a text writes the pieces one by one.
        let mut shown = AutoStream::new(Vec::with_capacity(text.len()), choice);
        let written = shown.write_all(text.as_bytes()).and_then(|()| write(&out, shown.as_inner()));
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(&error)),
            _ => Ok(()),
        }
    }

    /// Prints a JSON value on lines of its own.
    pub(crate) fn print_json(&self, value: &serde_json::Value) -> Result<()> {
        self.print(&format!("{}\n", defused_json(&format!("{value:#}"))))
    }

    /// Prints a report by itself.
    pub(crate) fn report_in(&self, format: Format, report: &dyn Report) -> Result<()> {
        let frame = Frame { title: None, tally: Tally::default(), object: &only };
        self.whole(format, vec![format.renderer().piece(report)], &frame)
    }

    /// Prints the output of a command that printed nothing before.
    pub(crate) fn whole(
        &self,
        format: Format,
        pieces: Vec<Piece>,
        frame: &Frame<'_>,
    ) -> Result<()> {
        for piece in &pieces {
            self.complain(&piece.beside);
        }
        self.print_in(format, &format.renderer().whole(pieces, frame))
    }

    /// Prints findings beside the result.
    pub(crate) fn findings(&self, source: &Source, findings: &[Diagnostic]) {
        self.complain(&text::render(source, findings, true));
    }

    /// Prints what a person has to see while a command waits for them.
    pub(crate) fn say(&self, text: &str) {
        self.complain(&plain(text));
    }

    /// Prints the same in the colours of xreq. A stranger's words in it are to be on one line.
    pub(crate) fn say_styled(&self, text: &str) {
        self.complain(text);
    }

    /// Prints the same, laid out for the terminal.
    pub(crate) fn say_laid_out(&self, layout: &Layout) {
        self.put(&layout.shown(columns(io::stderr())));
    }

    /// Prints a warning.
    pub(crate) fn warn(&self, message: &str) {
        self.show_warning(&redact(message));
    }

    /// Prints a failure that keeps nobody from going on, and the way out as it is: it may name a key
    /// or a client.
    pub(crate) fn warn_of(&self, error: &Error) {
        let hint = error.hint().map_or_else(String::new, |hint| format!(": {hint}"));
        self.show_warning(&format!("{error}{hint}"));
    }

    fn show_warning(&self, text: &str) {
        self.complain(&format!("{}: {}\n", Style::Attention.label("warning"), on_one_line(text)));
    }

    /// Prints something worth knowing.
    pub(crate) fn note(&self, message: &str) {
        self.complain(&format!(
            "{}: {}\n",
            Style::Good.label("note"),
            on_one_line(&redact(message))
        ));
    }

    /// Prints a failure and the way out.
    pub(crate) fn report(&self, error: &Error) {
        let (code, message) = (error.code().name(), error.to_string());
        let message = plain(&message);
        let label = Style::Bad.label(format_args!("error[{code}]"));
        let mut text = format!("{label}: {message}\n");
        if let Some(hint) = error.hint() {
            text.push_str(&format!("  {}: {}\n", Style::Strong.of("help"), on_one_line(hint)));
        }
        self.complain(&text);
    }

    /// Writes messages to standard error.
    fn complain(&self, text: &str) {
        self.put(&wrapped_messages(&styled(text), columns(io::stderr())));
    }

    /// Writes to standard error, the last place to tell of anything: a failure there is silent.
    fn put(&self, text: &str) {
        let err = io::stderr().lock();
        let text = styled(text);
        let text = defused(&text);
        let text = if is_raw(&err) { text.replace('\n', "\r\n") } else { text.into() };
        let _ = AutoStream::new(err, self.choice).write_all(text.as_bytes());
    }
}

/// Keeps each word of the command line that a complaint quotes on one line: it may be the name of
/// somebody's file. Suggestions that repeat such a word are dropped.
fn quoting_on_one_line(mut usage: clap::Error) -> clap::Error {
    let one_line = |text: &String| on_one_line(text).into_owned();
    let quoted: Vec<_> = usage
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(one_line(text)))),
            ContextValue::Strings(texts) => {
                Some((kind, ContextValue::Strings(texts.iter().map(one_line).collect())))
            }
            _ => None,
        })
        .collect();
    let mut is_changed = false;
    for (kind, value) in quoted {
        is_changed |= usage.get(kind) != Some(&value);
        usage.insert(kind, value);
    }
    if is_changed {
        usage.insert(ContextKind::Suggested, ContextValue::None);
    }
    usage
}

/// Returns the object of the only piece.
fn only(objects: Vec<serde_json::Value>) -> serde_json::Value {
    objects.into_iter().next().unwrap_or_default()
}

/// Prints what is lost unless it arrives, such as a token, as it is.
///
/// # Errors
///
/// [`Code::OutputFailed`], also where the reader went away and where standard output is closed.
pub(crate) fn hand_over(text: &str) -> Result<()> {
    let out = io::stdout().lock();
    if is_closed(&out) {
        return Err(Error::new(
            Code::OutputFailed,
            "nobody gets the output: standard output is closed, or `/dev/null` in its place",
        )
        .with_hint(advice![
            "print it to a pipe or a file; ",
            Remedy::Refresh { provider: "PROVIDER".to_owned(), account: None }.request(),
            " only refreshes"
        ]));
    }
    write(&out, text.as_bytes()).map_err(|error| unwritten(&error))
}

/// Writes to standard output at once. Rust's own stream takes one that cannot be written to (`EBADF`)
/// for one that takes everything.
fn write(out: &StdoutLock<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(out, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(length) => bytes = &bytes[length..],
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn unwritten(error: &io::Error) -> Error {
    Error::of_system(Code::OutputFailed, "cannot write the output", error)
}

/// Returns whether a stream of the process was closed when the process began: the runtime then
/// opens `/dev/null` in its place, for reading and writing. (A shell opens it for one of both.)
fn is_closed(stream: impl AsFd) -> bool {
    let (Ok(file), Ok(null)) = (fstat(&stream), stat("/dev/null")) else { return false };
    FileType::from_raw_mode(file.st_mode).is_char_device()
        && file.st_rdev == null.st_rdev
        && fcntl_getfl(&stream).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR)
}

/// Returns whether a stream is a terminal that leaves line breaks as they are, as one does through
/// which an agent prints.
fn is_raw(stream: impl AsFd) -> bool {
    tcgetattr(stream).is_ok_and(|modes| !modes.output_modes.contains(OutputModes::OPOST))
}
