//! The keyboard of the person at the terminal: the answer to a question, and lines that are pasted while
//! a consent is waited for.
//!
//! A line for the one is never taken for the other: what was typed before a question is dropped.

use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::getpgrp;
use rustix::termios::{QueueSelector, tcflush, tcgetpgrp};
use zeroize::Zeroizing;

use crate::app::connect::Reply;
use crate::sys::prompt::INTERRUPTED;
use crate::sys::signals;
use crate::sys::signals::Uninterrupted;
use crate::terminal::Terminal;

/// Time for which nothing else is looked at while a key is waited for.
const NAP: Duration = Duration::from_millis(20);

/// The most bytes of an answer.
const LONGEST: usize = 1024;

/// Standard input. Input behind the wanted lines does not get to the shell.
pub(super) struct Keyboard {
    is_closed: Arc<Mutex<bool>>,
}

/// The answer that was typed.
enum Typed {
    Line(Zeroizing<Vec<u8>>),
    /// There is no line: the input ended, or is longer than an answer.
    None,
    /// Nobody answered in time.
    Late,
    /// The process was told to end meanwhile.
    Interrupted,
}

/// Asks a question and returns the line that is typed; an empty one where there is none. Ctrl-C ends the
/// process as ever, but behind the end of the line.
pub(super) fn answer(question: &str, terminal: &Terminal) -> String {
    let signals = Uninterrupted::begin();
    let typed = Keyboard::new().typed(|| terminal.say(question), None);
    let line = match typed {
        Typed::Line(line) => String::from_utf8_lossy(&line).into_owned(),
        Typed::Interrupted => {
            terminal.say("\n");
            terminal.say(INTERRUPTED);
            String::new()
        }
        Typed::None | Typed::Late => {
            terminal.say("\n");
            String::new()
        }
    };
    drop(signals);
    line
}

impl Keyboard {
    pub(super) fn new() -> Self {
        Self { is_closed: Arc::default() }
    }

    /// Returns whether somebody can type. A job in the background that reads from the terminal is
    /// stopped.
    pub(in crate::commands) fn has_person() -> bool {
        io::stdin().is_terminal() && tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
    }

    /// Returns the lines that are typed, or come by a pipe, until this is closed.
    pub(in crate::commands) fn lines(&self) -> Box<dyn BufRead + Send> {
        Box::new(BufReader::new(Keys { is_closed: Arc::clone(&self.is_closed) }))
    }

    /// Ends the lines: when this returns, nobody reads any more.
    pub(in crate::commands) fn close(&self) {
        *lock(&self.is_closed) = true;
        flush();
    }

    /// Asks a question by `show`, and waits for the answer.
    pub(super) fn ask(&self, show: impl FnOnce(), patience: Duration) -> Reply {
        match self.typed(show, Instant::now().checked_add(patience)) {
            Typed::Line(line) => {
                let said = String::from_utf8_lossy(&line).trim().to_ascii_lowercase();
                if ["y", "yes"].contains(&said.as_str()) { Reply::Yes } else { Reply::No }
            }
            Typed::None => Reply::No,
            Typed::Late => Reply::None,
            Typed::Interrupted => Reply::Interrupted,
        }
    }

    /// Waits for a line behind what `show` shows.
    fn typed(&self, show: impl FnOnce(), deadline: Option<Instant>) -> Typed {
        self.close();
        show();
        let mut line = Zeroizing::new(Vec::new());
        while !line.contains(&b'\n') {
            if signals::end_is_wanted() {
                return Typed::Interrupted;
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Typed::Late;
            }
            let mut chunk = Zeroizing::new([0; LONGEST]);
            match read(&mut *chunk, NAP) {
                Ok(None) => {}
                Ok(Some(1..)) if line.len() > LONGEST => return Typed::None,
                Ok(Some(length @ 1..)) => line.extend_from_slice(&chunk[..length]),
                Ok(Some(0)) | Err(_) => return Typed::None,
            }
        }
        Typed::Line(line)
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.close();
    }
}

/// Reads standard input while it is wanted.
struct Keys {
    is_closed: Arc<Mutex<bool>>,
}

impl Read for Keys {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !is_ready(NAP) && !*lock(&self.is_closed) {
                continue;
            }
            let is_closed = lock(&self.is_closed);
            if *is_closed {
                return Ok(0);
            }
            if let Some(length) = read(buffer, Duration::ZERO)? {
                return Ok(length);
            }
        }
    }
}

fn lock(is_closed: &Mutex<bool>) -> MutexGuard<'_, bool> {
    is_closed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads what there is, and waits a moment for it.
fn read(buffer: &mut [u8], patience: Duration) -> io::Result<Option<usize>> {
    if !is_ready(patience) {
        return Ok(None);
    }
    match rustix::io::read(io::stdin(), buffer) {
        Err(Errno::INTR | Errno::AGAIN) => Ok(None),
        read => Ok(read.map(Some)?),
    }
}

fn is_ready(patience: Duration) -> bool {
    let patience = Timespec::try_from(patience).ok();
    let stdin = io::stdin();
    let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
    poll(&mut polled, patience.as_ref()).is_ok_and(|ready| ready > 0)
}

/// Drops what was typed and not read. Only a terminal in the foreground is this process's to empty.
fn flush() {
    if Keyboard::has_person() {
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }
}
