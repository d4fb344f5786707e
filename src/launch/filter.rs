//! Secrets taken out of what an agent prints, as it is printed.
//!
//! A secret is found as it is, in base64 (of either alphabet, padded or not, alone or within a longer
//! text, on one line or several), and with any of its characters percent-encoded or escaped as in JSON.
//! Each is replaced by the same mark, regardless of its length.
//!
//! Bytes that may begin a secret wait for the next byte, however long that takes: nothing is ever let
//! through because time has passed. Everything else goes out at once, as it came.

mod form;
mod parts;
mod patterns;
mod probe;
mod scanner;
mod search;
mod spelling;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use age::secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use patterns::Patterns;
pub use patterns::{SHORTEST, is_long_enough};
use search::{Allowance, Search};

/// The replacement of a secret.
pub const MARK: &[u8] = b"***";

/// The secrets that are to be replaced, which may change at any time.
pub struct Filter {
    known: Mutex<Known>,
}

/// One stream's printed bytes that could not be decided yet.
pub struct Stream {
    filter: Arc<Filter>,
    search: Search,
    /// Bytes read last, from the first one that may belong to a secret.
    held: Zeroizing<Vec<u8>>,
    /// So many bytes of it are out: their mark if they belong to a secret in any case,
    out: usize,
    /// or themselves, if they were let out.
    is_let_out: bool,
}

#[derive(Default)]
struct Known {
    secrets: Vec<SecretString>,
    patterns: Arc<Patterns>,
}

impl Filter {
    /// Creates a filter of some secrets. Those that are not long enough are left out.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let filter = Self { known: Mutex::default() };
        filter.add(secrets);
        filter
    }

    /// Replaces more secrets, from the next byte on of every stream. A secret has to be added before an
    /// agent can know it.
    pub fn add<'a>(&self, secrets: impl IntoIterator<Item = &'a SecretString>) {
        self.known().change(|known| known.extend(secrets.into_iter().cloned()));
    }

    /// Replaces secrets no more. One that was added several times has to be removed as often.
    pub fn remove<'a>(&self, secrets: impl IntoIterator<Item = &'a SecretString>) {
        self.known().change(|known| {
            for secret in secrets {
                let is_it = |known: &SecretString| known.expose_secret() == secret.expose_secret();
                if let Some(index) = known.iter().position(is_it) {
                    known.remove(index);
                }
            }
        });
    }

    /// Starts filtering a stream from its beginning.
    pub fn stream(self: &Arc<Self>) -> Stream {
        self.stream_with(Allowance::default())
    }

    fn stream_with(self: &Arc<Self>, allowance: Allowance) -> Stream {
        let search = Search::new(&self.patterns(), allowance);
        let held = Zeroizing::default();
        Stream { filter: Arc::clone(self), search, held, out: 0, is_let_out: false }
    }

    fn patterns(&self) -> Arc<Patterns> {
        Arc::clone(&self.known().patterns)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn change(&mut self, change: impl FnOnce(&mut Vec<SecretString>)) {
        change(&mut self.secrets);
        self.patterns = Arc::new(Patterns::of(&self.secrets));
    }
}

impl Stream {
    /// Takes the next bytes of the stream, and appends to another text what may be shown now.
    pub fn feed(&mut self, bytes: &[u8], shown: &mut Vec<u8>) {
        if self.held.is_empty() {
            self.take(bytes, false, shown);
        } else {
            let mut text = Zeroizing::new(Vec::with_capacity(self.held.len() + bytes.len()));
            text.extend_from_slice(&self.held);
            text.extend_from_slice(bytes);
            self.take(&text, false, shown);
        }
    }

    /// Ends the stream: what was held back is the beginning of a secret, and no more.
    pub fn finish(&mut self, shown: &mut Vec<u8>) {
        let text = std::mem::take(&mut self.held);
        self.take(&text, true, shown);
    }

    /// Returns the bytes that are held back until more follow.
    pub fn waiting(&self) -> &[u8] {
        &self.held[self.out..]
    }

    /// Shows what waits. If it is the beginning of a secret, the rest of that is replaced.
    pub fn let_out(&mut self, shown: &mut Vec<u8>) {
        shown.extend_from_slice(self.waiting());
        self.out = self.held.len();
        self.is_let_out = true;
    }

    /// Shows what is decided of a text, of which the first bytes are out, and holds back the rest.
    fn take(&mut self, text: &[u8], is_all: bool, shown: &mut Vec<u8>) {
        let patterns = self.filter.patterns();
        if !self.search.is_for(&patterns) {
            self.search = self.search.again(&patterns);
        }
        self.search.begin(text);
        let mut done = self.out;
        let mut from = 0;
        let mut held = text.len();
        while let Some((place, reading)) = self.search.next(&patterns, text, from) {
            let end = reading.end.map_or(0, |length| place + length);
            if end > done {
                // What overlaps with the secret before needs no mark of its own.
                if place >= done || self.is_let_out {
                    shown.extend_from_slice(&text[done..place.max(done)]);
                    shown.extend_from_slice(MARK);
                }
                self.is_let_out = false;
                done = end;
            }
            if reading.cut && !is_all {
                held = place;
                break;
            }
            from = place + 1;
        }
        if done <= held {
            shown.extend_from_slice(&text[done..held]);
            self.is_let_out = false;
        }
        self.search.keep(held);
        self.out = done.saturating_sub(held);
        self.held = Zeroizing::new(text[held..].to_vec());
    }
}
