//! The echo of recently typed keys.
//!
//! A terminal shows each key as it is typed. If that happens to be the first letter of a secret in some
//! form, the filter would hold it back until the next key. But the person who typed it knows it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

/// Time within which an echo may come.
const FRESH: Duration = Duration::from_secs(1);

/// Number of keys that are remembered.
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

    /// Returns whether a text is the echo of the last keys; of each only once.
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
