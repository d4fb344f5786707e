//! The state shared by a server and its connections.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::limits::Limits;

/// The state shared by the connections of a listener.
#[derive(Debug)]
pub(crate) struct Served<S> {
    pub(crate) site: Arc<S>,
    pub(crate) limits: Limits,
    /// The places that are left.
    pub(crate) room: Arc<Semaphore>,
}

impl<S> Served<S> {
    /// Returns whether others can connect too.
    pub(crate) fn has_room(&self) -> bool {
        self.room.available_permits() > 0
    }
}

/// Waits until the server is stopped.
pub(crate) async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // A server that is gone is stopped too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
