//! The signals of this process as macOS and the BSDs hand them out: without who sent them.
//!
//! The kernel tells of a signal when it comes, though it is blocked. It stays pending then, and never
//! does anything else.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::libc::timespec;
use nix::sys::event::{EvFlags, EventFilter, FilterFlag, KEvent, Kqueue};
use nix::sys::signal::{SigSet, Signal};

use super::arrived::Arrived;

/// To look, and not to wait.
const AT_ONCE: timespec = timespec { tv_sec: 0, tv_nsec: 0 };

pub(super) struct Queue(Kqueue);

impl Queue {
    /// Creates a queue of these signals, which are blocked.
    pub(super) fn of(signals: &SigSet) -> io::Result<Self> {
        let queue = Self(Kqueue::new()?);
        signals.iter().try_for_each(|signal| queue.change(signal, EvFlags::EV_ADD))?;
        Ok(queue)
    }

    /// Returns the next one, if there is one.
    pub(super) fn next(&self) -> Option<Arrived> {
        let mut events = [event(0, EvFlags::empty())];
        let count = self.0.kevent(&[], &mut events, Some(AT_ONCE)).ok()?;
        let number = i32::try_from(events[..count].first()?.ident()).ok()?;
        Some(Arrived { number, code: 0, process: 0, user: 0 })
    }

    /// Does some work while this process may send itself a signal, which is not told of meanwhile.
    pub(super) fn without<T>(&self, signal: Signal, work: impl FnOnce() -> T) -> T {
        // Where it is told of all the same, the agent is stopped once more.
        let _ = self.change(signal, EvFlags::EV_DELETE);
        let done = work();
        let _ = self.change(signal, EvFlags::EV_ADD);
        done
    }

    fn change(&self, signal: Signal, how: EvFlags) -> io::Result<()> {
        let change = [event(signal as usize, how)];
        self.0.kevent(&change, &mut [], Some(AT_ONCE))?;
        Ok(())
    }
}

fn event(number: usize, flags: EvFlags) -> KEvent {
    KEvent::new(number, EventFilter::EVFILT_SIGNAL, flags, FilterFlag::empty(), 0, 0)
}

impl AsFd for Queue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
