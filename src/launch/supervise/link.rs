//! The link between xreq and a `monitor`: what the two tell each other of the agent.

use std::cell::Cell;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicI32, Ordering};

use nix::sys::signal::Signal;
use rustix::process::Pid;

/// A process that a monitor watches, as xreq sees it.
pub(super) struct Monitored {
    link: UnixDatagram,
    their_link: UnixDatagram,
    /// 0 as long as nobody told.
    program: AtomicI32,
    /// Number of times it was told to continue.
    continued: Cell<u32>,
    /// That number when it was stopped last.
    continued_before_stop: Cell<u32>,
}

/// A message between xreq and the monitor: one byte, and two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// The program is this process.
    Program(i32),
    /// It was stopped by this signal, after it had been told to continue that often.
    Stopped(i32, u32),
    /// It is to get this signal.
    Signal(i32),
    /// Its process group is.
    Group(i32),
}

impl Monitored {
    pub(super) fn new() -> io::Result<Self> {
        let (link, their_link) = UnixDatagram::pair()?;
        link.set_nonblocking(true)?;
        Ok(Self {
            link,
            their_link,
            program: AtomicI32::new(0),
            continued: Cell::default(),
            continued_before_stop: Cell::default(),
        })
    }

    /// Returns the monitor's end.
    pub(super) fn their_link(&self) -> BorrowedFd<'_> {
        self.their_link.as_fd()
    }

    pub(super) fn program(&self) -> Option<Pid> {
        Pid::from_raw(self.program.load(Ordering::Relaxed))
    }

    /// Returns the signal by which the program was stopped, if that is news.
    pub(super) fn stopped(&self) -> Option<i32> {
        while let Some(message) = Message::receive(&self.link) {
            match message {
                Message::Program(process) => self.program.store(process, Ordering::Relaxed),
                Message::Stopped(signal, continued) => {
                    self.continued_before_stop.set(continued);
                    return Some(signal);
                }
                Message::Signal(_) | Message::Group(_) => {}
            }
        }
        None
    }

    /// Returns whether nobody has told the program to continue since the monitor told of its stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.continued == self.continued_before_stop
    }

    pub(super) fn signal(&self, number: i32) {
        self.tell(Message::Signal(number));
    }

    pub(super) fn signal_group(&self, number: i32) {
        self.tell(Message::Group(number));
    }

    fn tell(&self, message: Message) {
        if message.send(&self.link) && message.continues() {
            self.continued.update(|continued| continued.wrapping_add(1));
        }
    }
}

impl AsFd for Monitored {
    /// Returns a descriptor that is readable when there is news.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.link.as_fd()
    }
}

impl Message {
    const LENGTH: usize = 9;

    /// Returns whether it is to continue the program.
    pub(super) fn continues(self) -> bool {
        matches!(self, Self::Signal(number) | Self::Group(number) if number == Signal::SIGCONT as i32)
    }

    /// Sends it. Answers whether it is on its way: one that is dead needs no message.
    pub(super) fn send(self, link: &UnixDatagram) -> bool {
        let (kind, number, count) = match self {
            Self::Program(process) => (b'p', process, 0),
            Self::Stopped(signal, continued) => (b'z', signal, continued),
            Self::Signal(signal) => (b's', signal, 0),
            Self::Group(signal) => (b'g', signal, 0),
        };
        let mut bytes = [kind; Self::LENGTH];
        bytes[1..5].copy_from_slice(&number.to_le_bytes());
        bytes[5..].copy_from_slice(&count.to_le_bytes());
        link.send(&bytes).is_ok()
    }

    pub(super) fn receive(link: &UnixDatagram) -> Option<Self> {
        let mut bytes = [0; Self::LENGTH];
        link.recv(&mut bytes).ok()?;
        let [kind, numbers @ ..] = bytes;
        let ([number, count], _) = numbers.as_chunks::<4>() else { return None };
        let number = i32::from_le_bytes(*number);
        match kind {
            b'p' => Some(Self::Program(number)),
            b'z' => Some(Self::Stopped(number, u32::from_le_bytes(*count))),
            b's' => Some(Self::Signal(number)),
            b'g' => Some(Self::Group(number)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use nix::sys::signal::Signal::{SIGCONT, SIGHUP, SIGTSTP};

    use super::*;

    #[test]
    fn messages_arrive_as_they_were_sent() {
        let (one, other) = UnixDatagram::pair().expect("a pair");
        let (signal, most) = (SIGTSTP as i32, i32::MAX);
        for message in [
            Message::Program(most),
            Message::Stopped(signal, u32::MAX),
            Message::Signal(signal),
            Message::Group(signal),
        ] {
            assert!(message.send(&one));
            assert_eq!(Message::receive(&other), Some(message));
        }
    }

    /// The monitor may tell of a stop while what continues the program is on its way.
    #[test]
    fn a_program_that_was_told_to_continue_is_not_stopped() {
        let monitored = Monitored::new().expect("a link");
        let stopped = |continued| {
            assert!(Message::Stopped(SIGTSTP as i32, continued).send(&monitored.their_link));
            assert_eq!(monitored.stopped(), Some(SIGTSTP as i32));
        };
        stopped(0);
        monitored.signal(SIGHUP as i32);
        assert!(monitored.is_stopped());
        monitored.signal_group(SIGCONT as i32);
        assert!(!monitored.is_stopped());
        stopped(0);
        assert!(!monitored.is_stopped(), "it was told before the monitor heard of that");
        stopped(1);
        assert!(monitored.is_stopped());
    }
}
