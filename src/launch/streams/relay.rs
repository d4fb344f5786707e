//! The relay of an agent's output through the filter.

use std::io::{self, PipeReader};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read, write};
use rustix::termios::isatty;
use zeroize::Zeroizing;

use super::echo::Echo;
use crate::launch::filter::{Filter, Stream};

/// Number of bytes read at once: the capacity of a pipe.
const PIECE: usize = 64 << 10;

/// After the end of the agent all is read that a pipe or a terminal can hold,
const LAST: usize = 1 << 20;

/// and then what comes in this time, if others have the stream still open.
const PATIENCE: Duration = Duration::from_millis(200);

/// One stream.
pub(super) struct Relay {
    from: OwnedFd,
    to: OwnedFd,
    stream: Stream,
    echo: Option<Echo>,
}

/// Tracks whether relays are processing something.
#[derive(Clone, Default)]
pub(super) struct Activity(Arc<Mutex<()>>);

impl Relay {
    /// Creates a relay from a pipe or a terminal.
    pub(super) fn new(from: OwnedFd, to: BorrowedFd<'_>, filter: &Arc<Filter>) -> io::Result<Self> {
        Ok(Self { from, to: to.try_clone_to_owned()?, stream: filter.stream(), echo: None })
    }

    /// Adds an echo, so that typed text is not held back.
    pub(super) fn with_echo(self, echo: Echo) -> Self {
        Self { echo: Some(echo), ..self }
    }

    /// Relays until nobody has the stream open any more, or until some time after the agent's end. If
    /// nobody reads, the agent's pipe is closed: writing to it fails then, as it would without a filter.
    pub(super) fn run(mut self, activity: &Activity, ending: &PipeReader) {
        let mut read_from = Zeroizing::new(vec![0; PIECE]);
        let mut shown = Vec::with_capacity(2 * PIECE);
        let mut last = Last::default();
        while self.waits(ending, &mut last) {
            let _busy = activity.0.lock().unwrap_or_else(PoisonError::into_inner);
            let length = match read(&self.from, &mut read_from[..]) {
                // Linux answers EIO where a terminal has nobody on its other side.
                Ok(0) | Err(Errno::IO) => break,
                Ok(length) => length,
                Err(error) if is_passing(error) => continue,
                Err(_) => break,
            };
            last.read += length;
            shown.clear();
            self.stream.feed(&read_from[..length], &mut shown);
            let waiting = self.stream.waiting();
            if !waiting.is_empty() && self.echo.as_ref().is_some_and(|echo| echo.is(waiting)) {
                self.stream.let_out(&mut shown);
            }
            // A terminal that was hung up takes nothing any more, and the agent was told that.
            if write_all(&self.to, &shown).is_err() && self.echo.is_none() && !isatty(&self.to) {
                return;
            }
        }
        shown.clear();
        self.stream.finish(&mut shown);
        // Whoever does not read does not miss it.
        let _ = write_all(&self.to, &shown);
    }

    /// Waits for something to read, or answers that nothing more is waited for.
    fn waits(&self, ending: &PipeReader, last: &mut Last) -> bool {
        let until = loop {
            if let Some(until) = last.until {
                break until;
            }
            let mut sources =
                [PollFd::new(ending, PollFlags::IN), PollFd::new(&self.from, PollFlags::IN)];
            // What interrupts it is nothing that came.
            let _ = poll(&mut sources, None);
            let [ended, came] = sources.map(|source| !source.revents().is_empty());
            if ended {
                *last = Last { until: Some(Instant::now() + PATIENCE), read: 0 };
            } else if came {
                return true;
            }
        };
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero() || last.read < LAST) && is_ready(&self.from, left)
    }
}

impl Activity {
    /// Returns whether all that came from a terminal is out.
    pub(super) fn is_over(&self, from: impl AsFd) -> bool {
        self.0.try_lock().is_ok() && !is_ready(from, Duration::ZERO)
    }
}

/// The remainder after the end of the agent.
#[derive(Default)]
struct Last {
    /// Until when something is waited for.
    until: Option<Instant>,
    /// Number of bytes read since.
    read: usize,
}

/// Returns whether there is something to read within some time.
fn is_ready(from: impl AsFd, patience: Duration) -> bool {
    let patience = Timespec::try_from(patience).expect("it is short");
    poll(&mut [PollFd::new(&from, PollFlags::IN)], Some(&patience)).is_ok_and(|ready| ready > 0)
}

/// Writes everything, to a stream that may not take it at once.
fn write_all(to: &OwnedFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match write(to, bytes) {
            Ok(length) => bytes = &bytes[length..],
            Err(Errno::AGAIN) => {
                let _ = poll(&mut [PollFd::new(to, PollFlags::OUT)], None);
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Returns whether a failed operation may succeed when it is tried again.
pub(super) fn is_passing(error: Errno) -> bool {
    [Errno::AGAIN, Errno::INTR].contains(&error)
}
