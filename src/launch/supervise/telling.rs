//! What an agent is told by a signal, once it can be told.
//!
//! A signal that nobody has arranged for ends a process. An agent that has just begun may not have come
//! to that, so the signal waits until it has; an agent that never does is left alone.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Pid;
use signal_hook::consts::{SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH};

/// How long an agent may take until it can be told.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often it is looked at meanwhile.
const NAP: Duration = Duration::from_millis(50);

/// Signals that end nobody.
const HARMLESS: [i32; 7] = [SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGTSTP, SIGTTIN, SIGTTOU];

/// A signal that an agent is to be sent.
#[derive(Clone, Copy)]
pub(super) struct Telling {
    pub(super) signal: i32,
    /// When to look at the agent.
    pub(super) look_at: Instant,
    give_up: Instant,
}

impl Telling {
    pub(super) fn new(signal: i32, now: Instant) -> Self {
        Self { signal, look_at: now, give_up: now + PATIENCE }
    }

    /// Whether the signal would end this agent.
    pub(super) fn would_end(&self, agent: Pid) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", agent.as_raw_nonzero()));
        !HARMLESS.contains(&self.signal) && status.is_ok_and(|text| is_fatal(self.signal, &text))
    }

    /// When to look again, if at all.
    pub(super) fn later(self, now: Instant) -> Option<Self> {
        (now < self.give_up).then(|| Self { look_at: now + NAP, ..self })
    }
}

/// Whether a process neither catches, nor ignores, nor blocks a signal, by what the kernel says of it.
fn is_fatal(signal: i32, status: &str) -> bool {
    let has = |set: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(set));
        let bits = line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
        // Where the kernel says nothing, the order counts.
        bits.is_none_or(|bits| bits >> (signal - 1) & 1 == 1)
    };
    !["SigCgt:", "SigIgn:", "SigBlk:"].into_iter().any(has)
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::{SIGHUP, SIGUSR1};

    use super::*;

    const STATUS: &str =
        "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000000201\n";

    #[test]
    fn what_is_arranged_for_ends_nobody() {
        assert!(!is_fatal(SIGHUP, STATUS));
        assert!(!is_fatal(SIGUSR1, STATUS));
        assert!(!is_fatal(13, STATUS));
        assert!(is_fatal(12, STATUS));
    }

    #[test]
    fn where_nothing_is_known_the_order_counts() {
        assert!(!is_fatal(SIGHUP, ""));
    }

    #[test]
    fn patience_ends() {
        let now = Instant::now();
        let telling = Telling::new(SIGHUP, now);
        assert!(telling.later(now).is_some_and(|later| later.look_at > now));
        assert!(telling.later(now + PATIENCE).is_none());
    }
}
