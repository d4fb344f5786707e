//! The notification of an agent by a signal, once it can receive it.
//!
//! A signal that nobody has arranged for ends a process. An agent that has just begun may not have come
//! to that, so the signal waits until it has; an agent that never does is left alone.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Pid;
use signal_hook::consts::{SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH};

/// Limit for an agent to become ready for the signal.
const PATIENCE: Duration = Duration::from_secs(10);

/// Interval of the checks meanwhile.
const NAP: Duration = Duration::from_millis(50);

/// Number of times in a row that a signal has to be found blocked: programs block signals for a moment,
/// too, as shells do when they fork.
const LASTING: u8 = 5;

/// Signals that end nobody.
const HARMLESS: [i32; 7] = [SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGTSTP, SIGTTIN, SIGTTOU];

/// A signal that an agent is to be sent.
#[derive(Clone, Copy)]
pub(super) struct Telling {
    pub(super) signal: i32,
    /// When to look at the agent.
    pub(super) look_at: Instant,
    give_up: Instant,
    /// Number of times in a row that the signal was found blocked.
    blocked: u8,
}

/// The disposition of a process for a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arranged {
    /// It is caught or ignored.
    Yes,
    /// It is blocked: for good, to be waited for, or for a moment.
    Perhaps,
    No,
}

impl Telling {
    pub(super) fn new(signal: i32, now: Instant) -> Self {
        Self { signal, look_at: now, give_up: now + PATIENCE, blocked: 0 }
    }

    /// Looks whether the signal may be sent to this agent: it would not end it.
    pub(super) fn may_be_sent(&mut self, agent: Pid) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", agent.as_raw_nonzero()));
        // Where the kernel says nothing, the order counts.
        HARMLESS.contains(&self.signal)
            || status.map_or(true, |text| self.is_arranged(arranged(self.signal, &text)))
    }

    fn is_arranged(&mut self, arranged: Arranged) -> bool {
        self.blocked = if arranged == Arranged::Perhaps { self.blocked + 1 } else { 0 };
        arranged == Arranged::Yes || self.blocked == LASTING
    }

    /// Returns when to look again, if at all.
    pub(super) fn later(self, now: Instant) -> Option<Self> {
        (now < self.give_up).then(|| Self { look_at: now + NAP, ..self })
    }
}

/// Returns a process's disposition for a signal, from what the kernel says of it.
fn arranged(signal: i32, status: &str) -> Arranged {
    let has = |set: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(set));
        let bits = line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
        bits.is_none_or(|bits| bits >> (signal - 1) & 1 == 1)
    };
    match () {
        () if has("SigCgt:") || has("SigIgn:") => Arranged::Yes,
        () if has("SigBlk:") => Arranged::Perhaps,
        () => Arranged::No,
    }
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::{SIGHUP, SIGUSR1};

    use super::*;

    const STATUS: &str =
        "SigBlk:\t0000000000000800\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000000201\n";

    #[test]
    fn what_is_arranged_for_ends_nobody() {
        assert_eq!(arranged(SIGHUP, STATUS), Arranged::Yes);
        assert_eq!(arranged(SIGUSR1, STATUS), Arranged::Yes);
        assert_eq!(arranged(13, STATUS), Arranged::Yes);
        assert_eq!(arranged(12, STATUS), Arranged::Perhaps);
        assert_eq!(arranged(11, STATUS), Arranged::No);
    }

    #[test]
    fn where_nothing_is_known_the_order_counts() {
        assert_eq!(arranged(SIGHUP, ""), Arranged::Yes);
    }

    #[test]
    fn what_is_blocked_for_a_moment_is_not_arranged_for() {
        let mut telling = Telling::new(SIGHUP, Instant::now());
        let (no, perhaps) = (Arranged::No, Arranged::Perhaps);
        let looks = [perhaps, perhaps, perhaps, perhaps, no, perhaps, perhaps, perhaps, perhaps];
        assert!(looks.into_iter().all(|arranged| !telling.is_arranged(arranged)));
        assert!(telling.is_arranged(perhaps));
        assert!(Telling::new(SIGHUP, Instant::now()).is_arranged(Arranged::Yes));
    }

    #[test]
    fn patience_ends() {
        let now = Instant::now();
        let telling = Telling::new(SIGHUP, now);
        assert!(telling.later(now).is_some_and(|later| later.look_at > now));
        assert!(telling.later(now + PATIENCE).is_none());
    }
}
