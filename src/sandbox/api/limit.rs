//! Rate limits: how often an account may call an operation in a window of time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::super::grants::Moment;
use super::super::http::Reply;

/// The length of a window.
const WINDOW: Duration = Duration::from_mins(15);

/// The windows that are open, by account and operation.
#[derive(Default)]
pub(in crate::sandbox) struct Limits {
    windows: HashMap<(String, String), Window>,
}

/// The calls of an account of one operation.
#[derive(Clone, Copy)]
pub(super) struct Window {
    closes_at: Instant,
    resets_at: i64,
    limit: u32,
    calls: u32,
}

impl Limits {
    /// Counts a call and gives its window.
    pub(super) fn count(
        &mut self,
        account: &str,
        operation: &str,
        limit: u32,
        now: Moment,
    ) -> Window {
        let fresh = Window {
            closes_at: now.instant + WINDOW,
            resets_at: now.unix_ms / 1_000 + WINDOW.as_secs().cast_signed(),
            limit,
            calls: 0,
        };
        let key = (account.to_owned(), operation.to_owned());
        let window = self.windows.entry(key).or_insert(fresh);
        if window.closes_at <= now.instant {
            *window = fresh;
        }
        window.calls = window.calls.saturating_add(1);
        *window
    }
}

impl Window {
    pub(super) fn is_exceeded(&self) -> bool {
        self.calls > self.limit
    }

    /// Adds the headers by which X tells how much is left.
    pub(super) fn tell(&self, reply: Reply) -> Reply {
        let left = self.limit.saturating_sub(self.calls);
        reply
            .with_header("x-rate-limit-limit", self.limit.to_string())
            .with_header("x-rate-limit-remaining", left.to_string())
            .with_header("x-rate-limit-reset", self.resets_at.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_fills_and_is_followed_by_the_next() {
        let mut limits = Limits::default();
        let now = Moment { instant: Instant::now(), unix_ms: 5_000 };
        assert!(!limits.count("1", "GET /a", 2, now).is_exceeded());
        let second = limits.count("1", "GET /a", 2, now);
        assert!(!second.is_exceeded());
        let told = second.tell(Reply::problem(200)).headers;
        assert!(told.contains(&("x-rate-limit-remaining", "0".to_owned())), "{told:?}");
        assert!(told.contains(&("x-rate-limit-reset", "905".to_owned())), "{told:?}");
        assert!(limits.count("1", "GET /a", 2, now).is_exceeded());
        assert!(!limits.count("2", "GET /a", 2, now).is_exceeded());
        assert!(!limits.count("1", "GET /b", 2, now).is_exceeded());
        let later = Moment { instant: now.instant + WINDOW, ..now };
        assert!(!limits.count("1", "GET /a", 2, later).is_exceeded());
    }
}
