//! The turn on a connection: the client's, to send a request, or the server's, to answer it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The turns of a connection, which the [`Wire`](super::wire::Wire) and the server's side share.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// Odd: the server answers. Even: it waits for a request.
    count: AtomicU64,
}

impl Turn {
    /// Counts the turns that have begun after the first one, which is the client's.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// Begins the server's turn: a whole head has come.
    pub(crate) fn to_server(&self) {
        self.count.fetch_or(1, Relaxed);
    }

    /// Begins the client's turn: the answer has been handed to the connection in whole.
    pub(crate) fn to_client(&self) {
        if !is_clients(self.count()) {
            self.count.fetch_add(1, Relaxed);
        }
    }
}

/// Returns whether so many turns leave the turn to the client.
pub(crate) fn is_clients(count: u64) -> bool {
    count.is_multiple_of(2)
}
