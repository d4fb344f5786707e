//! The link between xreq and a `monitor`: what the two tell each other of the agent.
//!
//! Neither waits for the other, which may be stopped: the system keeps some hundred messages, and what it
//! has no room for waits at its sender until it has.

mod pidfd;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicI32, Ordering};

use nix::sys::signal::Signal;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::process::Pid;

/// One end of the link.
pub(super) struct Link {
    socket: UnixDatagram,
    unsent: RefCell<VecDeque<Message>>,
}

/// A process that a monitor watches, as xreq sees it.
pub(super) struct Monitored {
    link: Link,
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
        Ok(Self {
            link: Link::new(link)?,
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
        self.link.flush();
        while let Some(message) = self.link.receive() {
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
        if self.link.send(message) && message.continues() {
            self.continued.update(|continued| continued.wrapping_add(1));
        }
    }
}

impl Monitored {
    /// Returns this end of the link.
    pub(super) fn link(&self) -> &Link {
        &self.link
    }
}

impl Link {
    pub(super) fn new(socket: UnixDatagram) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { socket, unsent: RefCell::default() })
    }

    /// Sends a message, at once or as soon as there is room. Returns whether it will arrive: one that is
    /// dead needs no message.
    pub(super) fn send(&self, message: Message) -> bool {
        let mut unsent = self.unsent.borrow_mut();
        if unsent.is_empty() {
            match message.send(&self.socket) {
                Err(error) if is_full(&error) => {}
                sent => return sent.is_ok(),
            }
        }
        unsent.retain(|other| !other.is_replaced_by(message));
        unsent.push_back(message);
        true
    }

    /// Sends what there was no room for.
    pub(super) fn flush(&self) {
        let mut unsent = self.unsent.borrow_mut();
        while let Some(message) = unsent.front() {
            match message.send(&self.socket) {
                Err(error) if is_full(&error) => return,
                _ => unsent.pop_front(),
            };
        }
    }

    /// Sends which process is the program, before anything else.
    pub(super) fn send_program(&self, program: Pid) -> io::Result<()> {
        let message = Message::Program(program.as_raw_nonzero().get());
        pidfd::send(&self.socket, &message.to_bytes(), program)
    }

    pub(super) fn receive(&self) -> Option<Message> {
        Message::receive(&self.socket)
    }

    /// Returns what to wait for: news, and room for what is unsent.
    pub(super) fn interest(&self) -> PollFlags {
        let room =
            if self.unsent.borrow().is_empty() { PollFlags::empty() } else { PollFlags::OUT };
        PollFlags::IN | room
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Returns whether the other end has not read enough yet; macOS has another error for it.
fn is_full(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error())
}

impl Message {
    const LENGTH: usize = 9;

    /// Returns whether it is to continue the program.
    pub(super) fn continues(self) -> bool {
        matches!(self, Self::Signal(number) | Self::Group(number) if number == Signal::SIGCONT as i32)
    }

    /// Returns whether a later message says all that this one does.
    fn is_replaced_by(self, later: Self) -> bool {
        match (self, later) {
            (Self::Stopped(..), Self::Stopped(..)) => true,
            // These are counted.
            _ => self == later && !self.continues(),
        }
    }

    fn send(self, link: &UnixDatagram) -> io::Result<()> {
        link.send(&self.to_bytes()).map(|_| ())
    }

    fn to_bytes(self) -> [u8; Self::LENGTH] {
        let (kind, number, count) = match self {
            Self::Program(process) => (b'p', process, 0),
            Self::Stopped(signal, continued) => (b'z', signal, continued),
            Self::Signal(signal) => (b's', signal, 0),
            Self::Group(signal) => (b'g', signal, 0),
        };
        let mut bytes = [kind; Self::LENGTH];
        bytes[1..5].copy_from_slice(&number.to_le_bytes());
        bytes[5..].copy_from_slice(&count.to_le_bytes());
        bytes
    }

    fn receive(link: &UnixDatagram) -> Option<Self> {
        let mut bytes = [0; Self::LENGTH];
        let process = pidfd::receive(link, &mut bytes).ok()?;
        let [kind, numbers @ ..] = bytes;
        let ([number, count], _) = numbers.as_chunks::<4>() else { return None };
        let number = i32::from_le_bytes(*number);
        match kind {
            b'p' => Some(Self::Program(process.unwrap_or(number))),
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
            message.send(&one).expect("there is room");
            assert_eq!(Message::receive(&other), Some(message));
        }
    }

    /// The other end may be stopped for as long as it likes.
    #[test]
    fn nobody_waits_for_the_other_and_the_last_message_arrives() {
        let (one, other) = UnixDatagram::pair().expect("a pair");
        let (one, other) = [one, other].map(|end| Link::new(end).expect("a link")).into();
        for continued in 0..100_000 {
            assert!(one.send(Message::Signal(SIGHUP as i32)));
            assert!(one.send(Message::Stopped(SIGTSTP as i32, continued)));
        }
        assert!(one.send(Message::Group(SIGCONT as i32)));
        assert!(one.interest().contains(PollFlags::OUT));
        assert_eq!(one.unsent.borrow().len(), 3, "one of each is left");
        let mut last = Vec::new();
        while one.interest().contains(PollFlags::OUT) {
            last.extend(std::iter::from_fn(|| other.receive()));
            one.flush();
        }
        last.extend(std::iter::from_fn(|| other.receive()));
        let stopped = Message::Stopped(SIGTSTP as i32, 99_999);
        let group = Message::Group(SIGCONT as i32);
        assert_eq!(last[last.len() - 3..], [Message::Signal(SIGHUP as i32), stopped, group]);
    }

    /// The monitor may tell of a stop while what continues the program is on its way.
    #[test]
    fn a_program_that_was_told_to_continue_is_not_stopped() {
        let monitored = Monitored::new().expect("a link");
        let stopped = |continued| {
            let message = Message::Stopped(SIGTSTP as i32, continued);
            message.send(&monitored.their_link).expect("there is room");
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
