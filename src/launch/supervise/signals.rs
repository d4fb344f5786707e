//! Signals as things to read.
//!
//! While xreq stays as the parent of an agent, every signal that can be is blocked in all its threads
//! and read from a queue instead. So no handler ever runs, and what a signal would have done can still
//! be done, exactly: a signal that stops a process stops it, one that ends a process ends it. Blocked
//! signals outlast `fork` and `exec`, so a signal that comes while a child is on its way waits in that
//! child. And a signal that is ignored, as `SIGHUP` is below `nohup`, is read nevertheless, since the
//! kernel drops no signal that is blocked; the agent inherits that it is ignored.
//!
//! The exceptions are the faults of a process itself (`SIGSEGV` and its kin), which nobody else means
//! to send, and what cannot be caught.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nix::sys::signal::{SigSet, Signal as Named};
use rustix::process::{Pid, Signal, getpgrp, kill_process, kill_process_group};
#[cfg(target_os = "linux")]
use rustix_libc_wrappers::process::SignalExt;
use signal_hook::low_level;

use self::queue::Queue;
use crate::sys::signals::ignored;

#[cfg_attr(target_os = "linux", path = "signals/signalfd.rs")]
#[cfg_attr(not(target_os = "linux"), path = "signals/kqueue.rs")]
mod queue;

mod arrived;

pub(super) use arrived::{Arrived, JOB_STOPS};

/// Faults of the process that gets them.
const FAULTS: [Named; 6] =
    [Named::SIGSEGV, Named::SIGBUS, Named::SIGFPE, Named::SIGILL, Named::SIGTRAP, Named::SIGSYS];

/// The queue of signals that came to this process.
pub(super) struct Signals {
    queue: Queue,
    /// Signals blocked before.
    mask: Mask,
}

/// The named signals that a thread blocks; none by default. Written as `/proc/PID/status` has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask(u64);

impl Signals {
    /// Blocks all signals in this thread, and in those that it starts from now on. No other thread may
    /// be there yet.
    pub(super) fn block() -> io::Result<Self> {
        let mask = Mask::of_thread()?;
        let signals = all();
        signals.thread_block()?;
        notice_children()?;
        Ok(Self { queue: Queue::of(&signals)?, mask })
    }

    /// Returns the signals that were blocked before [`Self::block`].
    pub(super) fn mask(&self) -> Mask {
        self.mask
    }

    /// Returns the next signal, if one is there.
    pub(super) fn next(&self) -> Option<Arrived> {
        self.queue.next()
    }

    /// Stops this process by a signal that is blocked, until it is continued; unless there is no
    /// reason to, any more.
    ///
    /// A raised signal waits in this thread alone, and stops all of them once it is let through. A
    /// signal that continues the process in between takes it away. So if the reason is checked in
    /// between, nothing that changes it is missed.
    pub(super) fn stop_by(
        &self,
        signal: Named,
        has_reason: impl FnOnce() -> bool,
    ) -> io::Result<()> {
        let number = signal as i32;
        if is_ignored(number) {
            return if has_reason() { low_level::raise(Named::SIGSTOP as i32) } else { Ok(()) };
        }
        self.queue.without(signal, || {
            low_level::raise(number)?;
            if !has_reason() {
                return Ok(());
            }
            let_through(signal)
        })
    }

    /// Stops the process group of this process by a signal that is blocked here, this process with
    /// it, until it is continued.
    ///
    /// Another process that watches the group may continue it as soon as it sees one of the members
    /// stopped. All get the signal at once, and a signal that continues the group takes it away if it
    /// still waits: so nobody is stopped after the others were continued.
    pub(super) fn stop_group_by(&self, signal: Named) -> io::Result<()> {
        let number = signal as i32;
        let is_ignored = is_ignored(number);
        self.queue.without(signal, || {
            send_to_group(getpgrp(), number);
            if is_ignored {
                return low_level::raise(Named::SIGSTOP as i32);
            }
            let_through(signal)
        })
    }
}

/// Lets a blocked signal that waits do its work.
fn let_through(signal: Named) -> io::Result<()> {
    let signals = SigSet::from_iter([signal]);
    signals.thread_unblock()?;
    Ok(signals.thread_block()?)
}

impl AsFd for Signals {
    /// Returns a descriptor that is readable while a signal is there.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}

impl Mask {
    fn of_thread() -> io::Result<Self> {
        let blocked = SigSet::thread_get_mask()?;
        let bits = blocked.iter().map(|signal| 1 << (signal as u32 - 1));
        Ok(Self(bits.fold(0, |mask, bit: u64| mask | bit)))
    }

    /// Blocks these signals in this thread, and no others.
    pub(super) fn apply(self) -> io::Result<()> {
        let blocked = Named::iterator().filter(|signal| self.0 >> (*signal as u32 - 1) & 1 == 1);
        Ok(blocked.collect::<SigSet>().thread_set_mask()?)
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Mask {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

/// Returns a signal by its number, including real-time ones if the system has them.
fn signal(number: i32) -> Option<Signal> {
    #[cfg(target_os = "linux")]
    let signal = Signal::from_raw(number);
    #[cfg(not(target_os = "linux"))]
    let signal = Signal::from_named_raw(number);
    signal
}

/// Sends a signal to a process that has not been waited for yet. One that cannot be told any more is
/// not told.
pub(super) fn send(process: Pid, number: i32) {
    if let Some(signal) = signal(number) {
        let _ = kill_process(process, signal);
    }
}

/// Sends a signal to the process group that a process leads, which has not been waited for yet.
pub(super) fn send_to_group(leader: Pid, number: i32) {
    if let Some(signal) = signal(number) {
        let _ = kill_process_group(leader, signal);
    }
}

/// Returns whether this process ignores a signal when it does not block it.
pub(super) fn is_ignored(number: i32) -> bool {
    ignored() >> (number - 1) & 1 == 1
}

/// Returns the signals that are read instead of handled.
fn all() -> SigSet {
    let mut signals = SigSet::all();
    for fault in FAULTS {
        signals.remove(fault);
    }
    signals
}

/// Makes the kernel report the status of children even if their ends are ignored: registers a handler,
/// which never runs since its signal is blocked.
fn notice_children() -> io::Result<()> {
    let child = Named::SIGCHLD as i32;
    if is_ignored(child) {
        signal_hook::flag::register(child, Arc::new(AtomicBool::new(false)))?;
    }
    Ok(())
}
