//! The turn on a connection: the client's, to send a request, or the server's, to answer it.

use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

/// The turns of a connection, which the [`Wire`](super::wire::Wire) and the server's side share.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// Odd: the server answers. Even: it waits for a request.
    count: AtomicU64,
    /// Gets the connection when it has ended in the place of an answer.
    heir: Mutex<Option<oneshot::Sender<TcpStream>>>,
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

    /// Says who gets the connection when it ends.
    pub(crate) fn bequeath(&self, heir: oneshot::Sender<TcpStream>) {
        *self.heir.lock().unwrap_or_else(PoisonError::into_inner) = Some(heir);
    }

    /// Returns who gets the connection.
    pub(crate) fn heir(&self) -> Option<oneshot::Sender<TcpStream>> {
        self.heir.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Returns whether so many turns leave the turn to the client.
pub(crate) fn is_clients(count: u64) -> bool {
    count.is_multiple_of(2)
}
