//! Accepting connections, as many as there may be.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use super::connection;
use super::guard::Guard;
use super::limits::{Crowd, Limits};
use super::listener::{Acceptor, Listener};
use super::served::{Served, told_to_stop};
use super::site::Site;
use super::stream::Stream;

/// Pause when no connection can be accepted, most likely since too many files are open: some will be
/// closed.
const NAP: Duration = Duration::from_millis(10);

/// A server of one site, on one or more listeners.
#[derive(Debug)]
pub(crate) struct Server<S> {
    site: Arc<S>,
    limits: Limits,
    stop: watch::Sender<bool>,
}

/// The end of a server: it accepts no further connection, and serves until those that are open have got
/// the answers that they wait for.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Sender<bool>);

impl Stop {
    /// Stops the server.
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl<S: Site> Server<S> {
    /// Returns a server, which does not serve yet.
    pub(crate) fn new(site: S, limits: Limits) -> Self {
        Self { site: Arc::new(site), limits, stop: watch::Sender::new(false) }
    }

    /// Returns what stops the server, from wherever.
    pub(crate) fn stop(&self) -> Stop {
        Stop(self.stop.clone())
    }

    /// Serves until it is [stopped](Stop). Dropped before, this closes every connection at once.
    ///
    /// # Errors
    ///
    /// The runtime cannot take the listener.
    pub(crate) async fn serve(&self, listener: Listener, guard: Guard) -> io::Result<()> {
        let acceptor = listener.acceptor()?;
        let mut stopped = self.stop.subscribe();
        let room = Arc::new(Semaphore::new(self.limits.connections));
        let served = Served { site: Arc::clone(&self.site), limits: self.limits, room };
        let mut connections = Connections {
            served: Arc::new(served),
            guard: Arc::new(guard),
            running: JoinSet::new(),
            by_age: VecDeque::new(),
        };
        loop {
            let (stream, place) = tokio::select! {
                arrived = connections.next(&acceptor) => arrived,
                () = told_to_stop(&mut stopped) => break,
            };
            connections.add(stream, place, stopped.clone());
        }
        drop(acceptor);
        while connections.running.join_next().await.is_some() {}
        Ok(())
    }
}

/// The connections of a listener.
struct Connections<S> {
    served: Arc<Served<S>>,
    guard: Arc<Guard>,
    running: JoinSet<()>,
    /// The open ones, if the oldest may have to go.
    by_age: VecDeque<AbortHandle>,
}

impl<S: Site> Connections<S> {
    /// Waits for a connection and a place for it.
    async fn next(&mut self, acceptor: &Acceptor) -> (Stream, OwnedSemaphorePermit) {
        loop {
            let mut place = match self.served.limits.crowd {
                Crowd::Waits => Some(self.place().await),
                Crowd::CutsOldest => None,
            };
            let Ok(stream) = acceptor.accept().await else {
                sleep(NAP).await;
                continue;
            };
            while self.running.try_join_next().is_some() {}
            if place.is_none() {
                if !self.served.has_room()
                    && let Some(oldest) = self.by_age.pop_front()
                {
                    oldest.abort();
                }
                place = Some(self.place().await);
            }
            return (stream, place.expect("it has been taken"));
        }
    }

    async fn place(&self) -> OwnedSemaphorePermit {
        let room = Arc::clone(&self.served.room);
        room.acquire_owned().await.expect("the semaphore is never closed")
    }

    fn add(&mut self, stream: Stream, place: OwnedSemaphorePermit, stopped: watch::Receiver<bool>) {
        let (served, guard) = (Arc::clone(&self.served), Arc::clone(&self.guard));
        let handle = self.running.spawn(async move {
            connection::serve(stream, served, guard, stopped).await;
            drop(place);
        });
        if self.served.limits.crowd == Crowd::CutsOldest {
            self.by_age.retain(|handle| !handle.is_finished());
            self.by_age.push_back(handle);
        }
    }
}
