//! The witness: which signals came to the whole process group.
//!
//! The agent is in the group of xreq, as it would be without it. So what a terminal, a shell or the
//! kernel sends to the group has reached the agent, and to pass it on would tell the agent twice; what
//! was sent to xreq alone has not. A signal does not say which of the two it was. But a second member
//! of the group knows: a process that does nothing, to which nobody ever sends anything by itself. It
//! is asked for what came to it whenever something came to xreq.
//!
//! It always knows in time: the kernel serves the youngest member of a group first, so what has
//! reached xreq has reached the witness. Its name is not that of xreq, lest who kills by name takes
//! the two for a group.

use std::ffi::{CStr, OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::parent::{self, Parent};
use super::role::WITNESS;
use super::signals::{Arrived, Signals};
use crate::error::Exit;
use crate::sys::program;

/// The name of its process.
const NAME: &CStr = c"signal-witness";

/// Limit for an answer: a stopped witness gives none.
const PATIENCE: Duration = Duration::from_secs(1);

/// Time after the witness within which xreq may get the same signal.
const FRESH: Duration = Duration::from_secs(1);

/// The bytes of one signal in an answer.
const RECORD: usize = 16;

/// The witness of this process.
pub(super) struct Witness {
    link: Option<Link>,
    seen: Vec<Seen>,
}

/// A signal that came to the witness.
struct Seen {
    what: Arrived,
    /// When it told.
    told: Instant,
    /// Whether the same has come to xreq.
    is_matched: bool,
}

/// The way to a witness that was not waited for yet.
struct Link {
    process: Pid,
    stream: UnixStream,
}

impl Witness {
    /// Starts it. Signals that come from now on wait in it.
    pub(super) fn start() -> io::Result<Self> {
        Ok(Self { link: Some(Link::start()?), seen: Vec::new() })
    }

    /// Asks it what came to it. That has to happen after the last signal was read that is then asked
    /// about.
    pub(super) fn ask(&mut self) {
        let Some(answer) = self.link.as_mut().and_then(|link| link.ask().ok()) else {
            // Somebody killed it, or stopped it.
            if let Some(silent) = self.link.take() {
                silent.kill();
            }
            return;
        };
        let told = Instant::now();
        for what in answer.into_iter().filter(|what| !what.is_our_own()) {
            self.seen.retain(|seen| !what.takes_away(&seen.what));
            self.seen.push(Seen { what, told, is_matched: false });
        }
    }

    /// Returns whether it has told of a signal that came to this process.
    pub(super) fn has(&self, arrived: &Arrived) -> bool {
        self.seen.iter().any(|seen| seen.what == *arrived)
    }

    /// Returns which of the signals that came to this process, in this order, came to its group.
    ///
    /// Of a common signal that waits already no second one is kept, and whose second one that is may
    /// differ between xreq and the witness: one at the witness may stand for several here. And a signal
    /// that stops a process takes away one that waits to continue it, and the other way round: if the
    /// witness has the later one, it may have lost the earlier one.
    pub(super) fn saw(&mut self, arrivals: &[Arrived]) -> Vec<bool> {
        if self.link.is_none() {
            // What the kernel sends goes to groups, mostly.
            return arrivals.iter().map(Arrived::is_from_kernel).collect();
        }
        tell_apart(&mut self.seen, arrivals)
    }

    /// Forgets the signals that were asked about. Those that have not come to xreq yet are kept for a
    /// moment.
    pub(super) fn settle(&mut self) {
        self.seen.retain(|seen| !seen.is_matched && seen.told.elapsed() < FRESH);
        if self.link.is_none() {
            self.link = Link::start().ok();
        }
    }

    /// Notes that this child has ended, which may be the witness.
    pub(super) fn ended(&mut self, child: Pid) {
        self.link.take_if(|link| link.process == child);
    }

    /// Ends it.
    pub(super) fn end(self) {
        if let Some(link) = self.link {
            link.kill();
        }
    }
}

fn tell_apart(seen: &mut [Seen], arrivals: &[Arrived]) -> Vec<bool> {
    let is_later_than = |seen: &Seen, index| {
        let last = arrivals.iter().rposition(|arrived| *arrived == seen.what);
        last.is_none_or(|last| last > index)
    };
    let mut is_seen = |(index, arrived): (usize, &Arrived)| {
        let stands_for_it = |seen: &&mut Seen| {
            seen.what == *arrived && !(seen.is_matched && arrived.is_in_real_time())
        };
        if let Some(seen) = seen.iter_mut().find(stands_for_it) {
            seen.is_matched = true;
            return true;
        }
        seen.iter().any(|seen| seen.what.takes_away(arrived) && is_later_than(seen, index))
    };
    arrivals.iter().enumerate().map(&mut is_seen).collect()
}

impl Link {
    fn start() -> io::Result<Self> {
        let (stream, theirs) = UnixStream::pair()?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let child = Command::new(program::program()?)
            .arg0(OsStr::from_bytes(NAME.to_bytes()))
            .args([WITNESS, &Parent::this().to_string()])
            .env_clear()
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { process: Pid::from_child(&child), stream })
    }

    fn ask(&mut self) -> io::Result<Vec<Arrived>> {
        self.stream.write_all(b"?")?;
        let mut count = [0; 4];
        self.stream.read_exact(&mut count)?;
        (0..u32::from_le_bytes(count))
            .map(|_| {
                let mut record = [0; RECORD];
                self.stream.read_exact(&mut record)?;
                Ok(Arrived::from_bytes(record))
            })
            .collect()
    }

    fn kill(self) {
        let _ = kill_process(self.process, Signal::KILL);
    }
}

/// Runs the witness, until xreq is gone.
pub(super) fn run(arguments: &[OsString]) -> Exit {
    let parent = arguments.first().and_then(|parent| parent.to_str());
    if !parent.and_then(Parent::read).is_some_and(Parent::tie) {
        return Exit::NotLaunched;
    }
    parent::take_name(NAME);
    answer().map_or(Exit::NotLaunched, |()| Exit::Done)
}

fn answer() -> io::Result<()> {
    let signals = Signals::block()?;
    let mut stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    while stream.read(&mut [0])? > 0 {
        let seen: Vec<_> = std::iter::from_fn(|| signals.next()).collect();
        let count = u32::try_from(seen.len()).expect("the kernel keeps fewer");
        let mut answer = count.to_le_bytes().to_vec();
        answer.extend(seen.iter().flat_map(|arrived| arrived.to_bytes()));
        stream.write_all(&answer)?;
    }
    Ok(())
}

impl Arrived {
    fn to_bytes(self) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        let fields = [
            self.number.to_le_bytes(),
            self.code.to_le_bytes(),
            self.process.to_le_bytes(),
            self.user.to_le_bytes(),
        ];
        bytes.copy_from_slice(fields.as_flattened());
        bytes
    }

    fn from_bytes(bytes: [u8; RECORD]) -> Self {
        let (fields, _) = bytes.as_chunks::<4>();
        Self {
            number: i32::from_le_bytes(fields[0]),
            code: i32::from_le_bytes(fields[1]),
            process: u32::from_le_bytes(fields[2]),
            user: u32::from_le_bytes(fields[3]),
        }
    }
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP};

    use super::*;

    const SHELL: u32 = 7;
    const SOMEBODY: u32 = 8;

    fn from(process: u32, number: i32) -> Arrived {
        Arrived { number, code: 0, process, user: 0 }
    }

    /// Returns what is told of these signals if the witness has those.
    fn told(witness: &[Arrived], arrivals: &[Arrived]) -> Vec<bool> {
        let told = Instant::now();
        let seen = witness.iter().map(|what| Seen { what: *what, told, is_matched: false });
        tell_apart(&mut seen.collect::<Vec<_>>(), arrivals)
    }

    #[test]
    fn what_the_witness_has_came_to_the_group() {
        let (one, other) = (from(SHELL, SIGHUP), from(SOMEBODY, SIGHUP));
        assert_eq!(told(&[one], &[one, other]), [true, false]);
    }

    #[test]
    fn one_of_the_witness_stands_for_several_but_in_real_time() {
        let (common, real) = (from(SHELL, SIGHUP), from(SHELL, 40));
        assert_eq!(told(&[common], &[common, common]), [true, true]);
        assert_eq!(told(&[real], &[real, real]), [true, false]);
    }

    #[test]
    fn what_came_next_has_taken_away_what_came_before() {
        let (stop, go_on) = (from(0, SIGTSTP), from(SHELL, SIGCONT));
        assert_eq!(told(&[go_on], &[stop, go_on]), [true, true]);
        assert_eq!(told(&[stop], &[go_on, stop]), [true, true]);
        assert_eq!(told(&[stop], &[stop, go_on, stop]), [true, true, true]);
        // It is on its way to xreq.
        assert_eq!(told(&[stop], &[go_on]), [true]);
    }

    #[test]
    fn what_came_before_takes_nothing_away() {
        let (stop, go_on) = (from(0, SIGTSTP), from(SOMEBODY, SIGCONT));
        assert_eq!(told(&[stop], &[stop, go_on]), [true, false]);
        assert_eq!(told(&[go_on], &[go_on, from(SOMEBODY, SIGTSTP)]), [true, false]);
    }

    #[test]
    fn what_takes_nothing_away_tells_nothing() {
        assert_eq!(told(&[from(SHELL, SIGHUP)], &[from(SHELL, SIGCONT)]), [false]);
        assert_eq!(told(&[], &[from(SHELL, SIGTSTP), from(SHELL, SIGCONT)]), [false, false]);
    }
}
