//! The standard streams of an agent whose output is filtered.
//!
//! Each stream is to the agent what it is to xreq: a terminal if there is one, and none elsewhere. In
//! front of a pipe, a file or a device stands a pipe; in front of a terminal stands another terminal.
//! Standard output and error that are the same file stay one, so that the order in which the agent
//! writes is kept.
//!
//! If both typing and reading happen at xreq's own terminal, the other one stands in front of the
//! keyboard too. It is then the controlling terminal of a session of its own, in which the agent is
//! alone: keys are signals there, and xreq's terminal passes them on as they are. In a pipeline, where
//! others read from the terminal, it is in front of the output alone.
//!
//! Everything that the agent printed before its end is printed. Output that others print later, to
//! streams that they inherited from it, is lost after a moment: nobody waits for them without xreq
//! either.

mod echo;
mod input;
mod keyboard;
mod pty;
mod relay;
mod terminal;

use std::io::{self, PipeReader, PipeWriter, pipe};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::fstat;
use rustix::termios::isatty;

use super::filter::Filter;
use echo::Echo;
use input::Input;
use keyboard::Keyboard;
use pty::Pty;
use relay::{Activity, Relay};
use terminal::Terminal;

/// Limit for the agent's last output to reach xreq's terminal before it stops.
const SETTLING: Duration = Duration::from_millis(100);

/// xreq's side of an agent's streams.
pub(super) struct Streams {
    relays: Vec<Relay>,
    pty: Option<Pty>,
    /// Terminal, if the keyboard is the agent's too.
    terminal: Option<Arc<Terminal>>,
    echo: Echo,
    /// What is relayed to the agent's standard input, if that is relayed at all.
    input: Option<Input>,
    /// Streams for other processes that write to where the agent does.
    outputs: Option<[OwnedFd; 2]>,
    activity: Activity,
    /// Closed when the agent has ended.
    living: Option<PipeWriter>,
    ending: PipeReader,
    /// Closed when all is printed.
    printed: PipeReader,
    printing: Option<PipeWriter>,
}

/// The agent's side of its streams.
pub(super) struct Ends {
    /// Its standard input.
    pub(super) stdin: OwnedFd,
    /// Its standard output and error.
    pub(super) outputs: [OwnedFd; 2],
    /// Whether its standard input is a terminal of its own, to be that of a session.
    pub(super) is_session: bool,
}

impl Streams {
    /// Opens both sides. An agent that is confined reaches nothing through them but what it reads and
    /// writes.
    pub(super) fn open(filter: &Arc<Filter>, is_confined: bool) -> io::Result<(Self, Ends)> {
        let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
        let [stdin, stdout, stderr] = [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()];
        let terminal = Terminal::of(stdin, stdout)?.map(Arc::new);
        let shown = [stdout, stderr].into_iter().find(|stream| isatty(stream));
        let pty = shown.map(|shown| Pty::like(shown, terminal.is_some())).transpose()?;

        let echo = Echo::default();
        let mut relays = Vec::new();
        if let (Some(shown), Some(pty)) = (shown, &pty) {
            let relay = Relay::new(pty.ours()?, shown, filter)?;
            relays.push(relay.with_echo(echo.clone()));
        }
        let mut end = |stream: BorrowedFd<'_>| -> io::Result<OwnedFd> {
            match &pty {
                Some(pty) if isatty(stream) => pty.theirs(),
                _ => {
                    let (from, end) = pipe()?;
                    relays.push(Relay::new(from.into(), stream, filter)?);
                    Ok(end.into())
                }
            }
        };
        let first = end(stdout)?;
        let second = if are_same(stdout, stderr) { first.try_clone()? } else { end(stderr)? };
        let (input, stdin) = match (&terminal, &pty) {
            (Some(_), Some(pty)) => (None, pty.theirs()?),
            _ if is_confined => Input::open(stdin)?,
            _ => (None, stdin.try_clone_to_owned()?),
        };
        let ends = Ends {
            stdin,
            outputs: [first.try_clone()?, second.try_clone()?],
            is_session: terminal.is_some(),
        };
        let (ending, living) = pipe()?;
        let (printed, printing) = pipe()?;
        let streams = Self {
            relays,
            pty,
            terminal,
            echo,
            input,
            outputs: Some([first, second]),
            activity: Activity::default(),
            living: Some(living),
            ending,
            printed,
            printing: Some(printing),
        };
        Ok((streams, ends))
    }

    /// Begins to relay, before the agent does anything.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        self.resume();
        let printing = self.printing.take();
        for relay in self.relays.drain(..) {
            let printing = printing.as_ref().map(PipeWriter::try_clone).transpose()?;
            let (activity, ending) = (self.activity.clone(), self.ending.try_clone()?);
            thread::Builder::new().name("relay".to_owned()).spawn(move || {
                relay.run(&activity, &ending);
                drop(printing);
            })?;
        }
        if let Some(input) = self.input.take() {
            input.begin()?;
        }
        if let (Some(terminal), Some(pty)) = (&self.terminal, &self.pty) {
            let keyboard = Keyboard::new(Arc::clone(terminal), pty.ours()?, self.echo.clone());
            let ending = self.ending.try_clone()?;
            let name = "keyboard".to_owned();
            thread::Builder::new().name(name).spawn(move || keyboard.run(&ending))?;
        }
        Ok(())
    }

    /// Returns duplicates of the agent's standard output and error, for commands run beside it.
    pub(super) fn outputs(&self) -> io::Result<Option<[OwnedFd; 2]>> {
        let both = |[first, second]: &[OwnedFd; 2]| Ok([first.try_clone()?, second.try_clone()?]);
        self.outputs.as_ref().map(both).transpose()
    }

    /// Gives the agent's terminal the size of xreq's, which the kernel tells a session in it of.
    /// Answers whether the agent is in no such session, and has to be told otherwise.
    pub(super) fn resize(&self) -> bool {
        let Some(pty) = &self.pty else { return false };
        pty.resize();
        self.terminal.is_none()
    }

    /// Prepares for xreq being stopped: flushes the printed output and restores the terminal.
    pub(super) fn pause(&self) {
        let deadline = Instant::now() + SETTLING;
        while self.pty.as_ref().is_some_and(|pty| !self.activity.is_over(pty)) {
            if Instant::now() > deadline {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        if let Some(terminal) = &self.terminal {
            terminal.leave();
        }
    }

    /// Resumes after xreq was continued.
    pub(super) fn resume(&self) {
        if let Some(terminal) = &self.terminal {
            terminal.resume();
        }
        self.resize();
    }

    /// Ends the relays after the end of the agent, with what is left.
    pub(super) fn end(&mut self) {
        self.outputs = None;
        self.living = None;
    }

    /// Returns whether all is printed, after the end of the agent.
    pub(super) fn is_printed(&self) -> bool {
        let mut polled = [PollFd::new(&self.printed, PollFlags::IN)];
        poll(&mut polled, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }
}

impl AsFd for Streams {
    /// Returns a descriptor that is readable when all is printed.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.printed.as_fd()
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        if let Some(terminal) = &self.terminal {
            terminal.leave();
        }
    }
}

/// Returns whether two streams are one file.
fn are_same(one: BorrowedFd<'_>, other: BorrowedFd<'_>) -> bool {
    let file = |stream| fstat(stream).map(|stat| (stat.st_dev, stat.st_ino));
    matches!((file(one), file(other)), (Ok(one), Ok(other)) if one == other)
}
