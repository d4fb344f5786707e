//! The signals of this process as Linux hands them out: each with who sent it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::arrived::Arrived;

pub(super) struct Queue(SignalFd);

impl Queue {
    /// Creates a queue of these signals, which are blocked.
    pub(super) fn of(signals: &SigSet) -> io::Result<Self> {
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        Ok(Self(SignalFd::with_flags(signals, flags)?))
    }

    /// Returns the next one, if there is one.
    pub(super) fn next(&self) -> Option<Arrived> {
        let info = self.0.read_signal().ok().flatten()?;
        let number = i32::try_from(info.ssi_signo).ok()?;
        Some(Arrived { number, code: info.ssi_code, process: info.ssi_pid, user: info.ssi_uid })
    }

    /// Does some work while this process may send itself a signal, which [is told](Arrived::is_our_own)
    /// from others by its sender.
    #[allow(clippy::unused_self, reason = "other systems need it")]
    pub(super) fn without<T>(&self, _: Signal, work: impl FnOnce() -> T) -> T {
        work()
    }
}

impl AsFd for Queue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
