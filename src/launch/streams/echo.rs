//! What was typed a moment ago, and comes back as its echo.
//!
//! A terminal shows each key as it is typed. Where that happens to be the first letter of a secret in
//! some form, the filter would hold it back until the next key. But who has typed it knows it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

/// How long an echo may take.
const FRESH: Duration = Duration::from_secs(1);

/// How many keys are remembered.
const KEYS: usize = 16;

/// The last keys, in all threads.
#[derive(Clone, Default)]
pub(super) struct Echo(Arc<Mutex<Option<Typed>>>);

struct Typed {
    at: Instant,
    keys: Zeroizing<Vec<u8>>,
}

impl Echo {
    /// Remembers keys.
    pub(super) fn typed(&self, keys: &[u8]) {
        let last = keys.len().saturating_sub(KEYS);
        let keys = Zeroizing::new(keys[last..].to_vec());
        let typed = Typed { at: Instant::now(), keys };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(typed);
    }

    /// Whether a text is the echo of the last keys; of each only once.
    pub(super) fn is(&self, text: &[u8]) -> bool {
        let mut typed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is = |typed: &Typed| typed.at.elapsed() < FRESH && typed.keys.ends_with(text);
        typed.take_if(|typed| is(typed)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_what_was_typed_last() {
        let echo = Echo::default();
        assert!(!echo.is(b"a"));
        echo.typed(b"ab");
        assert!(!echo.is(b"a"));
        assert!(echo.is(b"b"));
        assert!(!echo.is(b"b"), "there is one of each");
        echo.typed(&[b'x'; 99]);
        assert!(!echo.is(&[b'x'; KEYS + 1]));
        assert!(echo.is(&[b'x'; KEYS]));
    }
}
