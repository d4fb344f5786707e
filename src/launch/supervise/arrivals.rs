//! The signals that came to this process, in their order, and to whom else they came.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use rustix::process::Pid;

use super::signals::{Arrived, Mask, Signals};
use super::witness::Witness;

/// Number of times the signals are read before they are processed, if more come all the time.
const ROUNDS: usize = 16;

/// Delay within which others may get a process-ending signal from a sender that signals each by itself.
const SPREAD: Duration = Duration::from_millis(10);

/// The signals that came.
pub(super) struct Arrivals {
    signals: Signals,
    /// Signals read and not handed out yet.
    read: Vec<Arrived>,
    witness: Witness,
}

impl Arrivals {
    pub(super) fn new(signals: Signals, witness: Witness) -> Self {
        Self { signals, read: Vec::new(), witness }
    }

    /// Returns the signals that were blocked before signals were read.
    pub(super) fn mask(&self) -> Mask {
        self.signals.mask()
    }

    /// Returns the signals that came since the last time, except those of children and our own, each
    /// with whether it came to the whole group.
    pub(super) fn take(&mut self) -> Vec<(Arrived, bool)> {
        let mut arrivals = Vec::new();
        for _ in 0..ROUNDS {
            let known = arrivals.len();
            self.read_ahead();
            arrivals.append(&mut self.read);
            if arrivals.len() == known {
                break;
            }
            self.witness.ask();
        }
        let is_alone = |arrived: &Arrived| arrived.ends_processes() && !self.witness.has(arrived);
        if arrivals.iter().any(is_alone) {
            // Service managers end the processes of a service one by one.
            thread::sleep(SPREAD);
            self.witness.ask();
        }
        let to_the_group = self.witness.saw(&arrivals);
        if !arrivals.is_empty() {
            self.witness.settle();
        }
        arrivals.into_iter().zip(to_the_group).collect()
    }

    /// Reads what came, before anything takes it away, to be taken later; answers what was read now.
    pub(super) fn read_ahead(&mut self) -> &[Arrived] {
        let known = self.read.len();
        let counts =
            |arrived: &Arrived| arrived.number != Signal::SIGCHLD as i32 && !arrived.is_our_own();
        let came = std::iter::from_fn(|| self.signals.next());
        self.read.extend(came.filter(counts));
        &self.read[known..]
    }

    /// Stops this process, as [`Signals::stop_by`] does.
    pub(super) fn stop_by(
        &self,
        signal: Signal,
        has_reason: impl FnOnce() -> bool,
    ) -> io::Result<()> {
        self.signals.stop_by(signal, has_reason)
    }

    /// Stops the group of this process, as [`Signals::stop_group_by`] does.
    pub(super) fn stop_group_by(&self, signal: Signal) -> io::Result<()> {
        self.signals.stop_group_by(signal)
    }

    /// Returns whether no read signal is left to be taken.
    pub(super) fn is_empty(&self) -> bool {
        self.read.is_empty()
    }

    /// Notes that a child has ended that is not the agent.
    pub(super) fn ended(&mut self, child: Pid) {
        self.witness.ended(child);
    }

    /// Ends the witness.
    pub(super) fn end(self) {
        self.witness.end();
    }
}

impl AsFd for Arrivals {
    /// Returns a descriptor that is readable while there is a signal to be read.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }
}
