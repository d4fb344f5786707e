//! The policy of starting an agent that failed again.
//!
//! Only after a restart that xreq made: then the agent did not ask to end, and its failure may be of
//! the moment, such as a port that is not free yet. An agent that fails soon after such a restart is
//! started again after 1, 2, 4, 8 and 16 seconds; then it has failed for good.

use std::time::{Duration, Instant};

/// Minimum life of an agent before its end is no failure of the restart.
const SETTLED: Duration = Duration::from_secs(10);

/// Number of times it is started again.
const ATTEMPTS: u32 = 5;

/// Tracks the restarts of an agent.
#[derive(Default)]
pub(super) struct Restarts {
    /// When xreq restarted it last; `None` if it was only launched.
    restarted: Option<Instant>,
    /// Number of failures in a row since.
    failures: u32,
}

impl Restarts {
    /// Notes a restart that was ordered: what failed after earlier ones is settled.
    pub(super) fn ordered(&mut self, now: Instant) {
        *self = Self { restarted: Some(now), failures: 0 };
    }

    /// Notes that an agent that failed is started again.
    pub(super) fn again(&mut self, now: Instant) {
        self.restarted = Some(now);
    }

    /// Notes the end of the agent, and answers how long to wait before it is started again, if it is.
    pub(super) fn ended(&mut self, failed: bool, now: Instant) -> Option<Duration> {
        let lived = now.duration_since(self.restarted?);
        if lived >= SETTLED {
            self.failures = 0;
        }
        if !failed || lived >= SETTLED || self.failures == ATTEMPTS {
            return None;
        }
        self.failures += 1;
        Some(Duration::from_secs(1 << (self.failures - 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Returns the waits between the failures of an agent that lives so long each time.
    fn waits(lives: &[Duration]) -> Vec<Option<u64>> {
        let mut now = Instant::now();
        let mut restarts = Restarts::default();
        restarts.ordered(now);
        let mut fail = |life: &Duration| {
            now += *life;
            let wait = restarts.ended(true, now).map(|wait| wait.as_secs());
            restarts.again(now);
            wait
        };
        lives.iter().map(&mut fail).collect()
    }

    #[test]
    fn an_agent_that_was_only_launched_is_not_started_again() {
        assert_eq!(Restarts::default().ended(true, Instant::now()), None);
    }

    #[test]
    fn waits_double_and_then_it_has_failed() {
        let table = [Some(1), Some(2), Some(4), Some(8), Some(16), None];
        assert_eq!(waits(&[SECOND; 6]), table);
    }

    #[test]
    fn an_agent_that_has_settled_ends_for_itself() {
        assert_eq!(waits(&[SETTLED]), [None]);
        assert_eq!(waits(&[Duration::from_millis(9_999)]), [Some(1)]);
        let lives = [SECOND, SECOND, SETTLED, SECOND];
        assert_eq!(waits(&lives), [Some(1), Some(2), None, Some(1)]);
    }

    /// An agent that fails once after each of many restarts, days apart, is started again each time.
    #[test]
    fn failures_of_one_restart_do_not_count_for_the_next() {
        let (mut now, mut restarts) = (Instant::now(), Restarts::default());
        for _ in 0..10 {
            restarts.ordered(now);
            now += SECOND;
            assert_eq!(restarts.ended(true, now), Some(SECOND));
            restarts.again(now);
        }
    }

    #[test]
    fn success_is_no_failure() {
        let mut restarts = Restarts::default();
        let now = Instant::now();
        restarts.ordered(now);
        assert_eq!(restarts.ended(false, now + SECOND), None);
    }
}
