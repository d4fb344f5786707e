//! The monitor: the leader of a session that is the agent's.
//!
//! Where the agent's terminal is one of its own, it is the controlling terminal of another session
//! than xreq's, and that needs a leader. The agent cannot be it: nobody could stop it with Ctrl-Z
//! then, as a process group that has no parent in its session cannot be stopped. So the monitor is
//! the agent's parent. It makes the agent's process group the one in the foreground, tells xreq when
//! the agent is stopped, sends it the signals that xreq passes on, and ends as the agent does.

use std::ffi::{CStr, OsString};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, ioctl_tiocsctty, setsid};
use rustix::termios::tcsetpgrp;

use super::children::{self, Change};
use super::parent;
use super::signals::{Mask, Signals};
use super::stage::{self, Place, Staged, Start, Tie, Told};
use crate::error::Exit;

/// The name of its process, lest who kills by name takes it for xreq.
const NAME: &CStr = c"session-monitor";

/// A process that a monitor watches, as xreq sees it.
pub(super) struct Monitored {
    link: UnixDatagram,
    their_link: UnixDatagram,
    /// 0 as long as nobody told.
    program: AtomicI32,
}

/// What xreq and the monitor tell each other: one byte, and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message {
    /// The program is this process.
    Program(i32),
    /// It was stopped by this signal.
    Stopped(i32),
    /// It is to get this signal.
    Signal(i32),
    /// Its process group is.
    Group(i32),
}

impl Monitored {
    pub(super) fn new() -> io::Result<Self> {
        let (link, their_link) = UnixDatagram::pair()?;
        link.set_nonblocking(true)?;
        Ok(Self { link, their_link, program: AtomicI32::new(0) })
    }

    /// The monitor's end.
    pub(super) fn their_link(&self) -> BorrowedFd<'_> {
        self.their_link.as_fd()
    }

    pub(super) fn program(&self) -> Option<Pid> {
        Pid::from_raw(self.program.load(Ordering::Relaxed))
    }

    /// By which signal the program was stopped, if that is news.
    pub(super) fn stopped(&self) -> Option<i32> {
        while let Some(message) = Message::receive(&self.link) {
            match message {
                Message::Program(process) => self.program.store(process, Ordering::Relaxed),
                Message::Stopped(signal) => return Some(signal),
                Message::Signal(_) | Message::Group(_) => {}
            }
        }
        None
    }

    pub(super) fn signal(&self, number: i32) {
        Message::Signal(number).send(&self.link);
    }

    pub(super) fn signal_group(&self, number: i32) {
        Message::Group(number).send(&self.link);
    }
}

impl AsFd for Monitored {
    /// Readable when there is news.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.link.as_fd()
    }
}

impl Message {
    const LENGTH: usize = 5;

    fn send(self, link: &UnixDatagram) {
        let (kind, number) = match self {
            Self::Program(process) => (b'p', process),
            Self::Stopped(signal) => (b'z', signal),
            Self::Signal(signal) => (b's', signal),
            Self::Group(signal) => (b'g', signal),
        };
        let [one, two, three, four] = number.to_le_bytes();
        // One that is dead needs no message.
        let _ = link.send(&[kind, one, two, three, four]);
    }

    fn receive(link: &UnixDatagram) -> Option<Self> {
        let mut bytes = [0; Self::LENGTH];
        link.recv(&mut bytes).ok()?;
        let [kind, number @ ..] = bytes;
        let number = i32::from_le_bytes(number);
        match kind {
            b'p' => Some(Self::Program(number)),
            b'z' => Some(Self::Stopped(number)),
            b's' => Some(Self::Signal(number)),
            b'g' => Some(Self::Group(number)),
            _ => None,
        }
    }
}

/// The monitor itself, until the agent has ended.
pub(super) fn run(arguments: &[OsString]) -> Exit {
    let Some((mask, command)) = stage::begin(arguments) else { return Exit::NotLaunched };
    parent::take_name(NAME);
    lead(command, mask).unwrap_or(Exit::NotLaunched)
}

fn lead(command: &[OsString], mask: Mask) -> io::Result<Exit> {
    let mut told = Told::receive()?;
    let terminal = told.file()?;
    let link = UnixDatagram::from(told.file()?);
    link.set_nonblocking(true)?;
    setsid()?;
    ioctl_tiocsctty(&terminal)?;
    let signals = Signals::block()?;
    let start = Start { command, tie: Tie::Parent, mask, place: Place::Group, outputs: None };
    let agent = Staged::start(start).map_err(io::Error::other)?;
    Message::Program(agent.process().as_raw_nonzero().get()).send(&link);
    tcsetpgrp(&terminal, agent.process())?;
    agent.go(terminal.as_fd(), told.variables()?.into_iter());
    watch(agent, &link, &signals, told.into_link())
}

/// Passes on what there is until the agent has ended.
fn watch(
    agent: Staged,
    link: &UnixDatagram,
    signals: &Signals,
    mut told: UnixStream,
) -> io::Result<Exit> {
    loop {
        // Nobody but children has anything to tell the monitor.
        while signals.next().is_some() {}
        while let Some((child, change)) = children::next() {
            match change {
                Change::Ended(end) if child == agent.process() => {
                    let words = agent.last_words();
                    told.write_all(words.as_bytes())?;
                    return Ok(end.pass_on());
                }
                Change::Stopped(signal) if child == agent.process() => {
                    Message::Stopped(signal).send(link);
                }
                _ => {}
            }
        }
        while let Some(message) = Message::receive(link) {
            match message {
                Message::Signal(number) => agent.signal(number),
                Message::Group(number) => agent.signal_group(number),
                Message::Program(_) | Message::Stopped(_) => {}
            }
        }
        let mut sources = [PollFd::new(signals, PollFlags::IN), PollFd::new(link, PollFlags::IN)];
        // What interrupts it is looked at like everything else.
        let _ = poll(&mut sources, None);
    }
}
