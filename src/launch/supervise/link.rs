//! The link between xreq and a `monitor`: what the two tell each other of the agent.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::process::Pid;

/// A process that a monitor watches, as xreq sees it.
pub(super) struct Monitored {
    link: UnixDatagram,
    their_link: UnixDatagram,
    /// 0 as long as nobody told.
    program: AtomicI32,
}

/// What xreq and the monitor tell each other: one byte, and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
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

    pub(super) fn send(self, link: &UnixDatagram) {
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

    pub(super) fn receive(link: &UnixDatagram) -> Option<Self> {
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
