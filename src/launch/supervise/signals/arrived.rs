//! A signal that came to this process.

use nix::sys::signal::Signal as Named;

/// Signals that end a process by default, and are sent for that.
const ENDING: [Named; 4] = [Named::SIGINT, Named::SIGTERM, Named::SIGHUP, Named::SIGQUIT];

/// Signals that stop a process as a job of a shell.
pub(in super::super) const JOB_STOPS: [Named; 3] = [Named::SIGTSTP, Named::SIGTTIN, Named::SIGTTOU];

/// A signal that came, and who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Arrived {
    /// Number of the signal.
    pub(in super::super) number: i32,
    /// Way in which it was sent (`si_code`).
    pub(in super::super) code: i32,
    /// The process that sent it; 0 for the kernel.
    pub(in super::super) process: u32,
    /// The user whose process sent it.
    pub(in super::super) user: u32,
}

impl Arrived {
    /// Returns whether it is a real-time signal, of which each one counts.
    pub(in super::super) fn is_in_real_time(&self) -> bool {
        Named::try_from(self.number).is_err()
    }

    /// Returns whether it is sent to end a process that has made no arrangements.
    pub(in super::super) fn ends_processes(&self) -> bool {
        ENDING.iter().any(|ending| *ending as i32 == self.number)
    }

    /// Returns whether this process sent it.
    pub(in super::super) fn is_our_own(&self) -> bool {
        self.process == std::process::id()
    }

    /// Returns whether the kernel discards a signal that waits when this one comes.
    pub(in super::super) fn takes_away(&self, waiting: &Self) -> bool {
        let (this, that) = (Named::SIGCONT as i32, waiting.number);
        (self.number == this && is_stop(that)) || (is_stop(self.number) && that == this)
    }

    /// Returns whether the kernel sent it of its own accord, as it does for keys of a terminal.
    pub(in super::super) fn is_from_kernel(&self) -> bool {
        self.process == 0 && self.code > 0
    }
}

/// Returns whether a signal stops a process that has made no arrangements.
fn is_stop(number: i32) -> bool {
    number == Named::SIGSTOP as i32 || JOB_STOPS.iter().any(|stop| *stop as i32 == number)
}
