//! What a server and its connections share.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::limits::Limits;

/// What the connections of a listener share.
#[derive(Debug)]
pub(super) struct Served<S> {
    pub(super) site: Arc<S>,
    pub(super) limits: Limits,
    /// The places that are left.
    pub(super) room: Arc<Semaphore>,
}

impl<S> Served<S> {
    /// Returns whether others can connect too.
    pub(super) fn has_room(&self) -> bool {
        self.room.available_permits() > 0
    }
}

/// Waits until the server is stopped.
pub(super) async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // A server that is gone is stopped too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
