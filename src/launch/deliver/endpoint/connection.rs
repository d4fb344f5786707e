//! One connection to the endpoint: requests in, answers out, one after the other.

use std::io;
use std::time::Duration;

use jiff::Timestamp;
use rustix::net::{Shutdown, shutdown};
use tokio::net::TcpStream;
use tokio::time::{error::Elapsed, timeout};
use zeroize::Zeroizing;

use super::answer::Answer;
use super::request::{Head, Refusal, Request};
use super::{Served, Source};
use crate::error::{Code, Error};
use crate::refresh::agent::token_requests::{Asked, Unavailable};

/// The most bytes of a request.
const LONGEST_HEAD: usize = 8 << 10;

/// Limit for a client that has not shown the token yet, to show it and to take a refusal: places are
/// few, and anybody on the machine can connect.
const STRANGER: Duration = Duration::from_secs(1);

/// Limit for a whole request to arrive, and for an answer to be taken, from then on.
const PATIENCE: Duration = Duration::from_secs(5);

/// Longest time that a client that has proved itself may keep an idle connection.
const IDLE: Duration = Duration::from_mins(2);

/// Longest wait of a client for a refresh. It goes on nevertheless, and the client may ask again.
const LONGEST_REFRESH: Duration = Duration::from_secs(30);

/// Limit for a client to close a connection that ends, and the number of pieces of [`LONGEST_HEAD`] that
/// it may still send, unread.
pub(super) const LINGER: Duration = Duration::from_millis(500);
const MOST_LEFT: usize = 32;

/// A connection.
pub(super) struct Connection {
    stream: TcpStream,
    /// Bytes received and not answered yet. Takes no memory while empty.
    received: Zeroizing<Vec<u8>>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        // Without it, answers on a connection that is kept alive would wait for one another.
        let _ = stream.set_nodelay(true);
        Self { stream, received: Zeroizing::default() }
    }

    /// Serves until one side has had enough. A client's treatment of its connection is the client's
    /// affair.
    pub(super) async fn serve(mut self, served: &Served<impl Source>) {
        let mut patience = STRANGER;
        let mut received = timeout(STRANGER, self.head(served)).await;
        while let Ok(Ok(Some(head))) = received {
            let answer = match head {
                Ok(request) => {
                    patience = PATIENCE;
                    let keeps_alive = request.keeps_alive && served.has_room();
                    answer(&request, &served.source, keeps_alive).await
                }
                Err(refusal) => Answer::refusal(refusal, Timestamp::now()),
            };
            match timeout(patience, self.send(&answer)).await {
                Ok(Ok(())) if answer.keeps_alive => {}
                Ok(Ok(())) => return drop(timeout(LINGER, self.drain()).await),
                _ => return,
            }
            received = self.another(served).await;
        }
    }

    /// Reads another request of an admitted client; `None` if it has closed the connection.
    async fn another(
        &mut self,
        served: &Served<impl Source>,
    ) -> Result<io::Result<Option<Result<Request, Refusal>>>, Elapsed> {
        if self.received.is_empty() {
            self.received = Zeroizing::default();
            // It waits for something to come, where `readable` may mean what came last.
            if let Err(error) = timeout(IDLE, self.stream.peek(&mut [0])).await? {
                return Ok(Err(error));
            }
        }
        timeout(PATIENCE, self.head(served)).await
    }

    async fn head(
        &mut self,
        served: &Served<impl Source>,
    ) -> io::Result<Option<Result<Request, Refusal>>> {
        loop {
            match served.gate.read(&self.received) {
                Head::Request(length, request) => {
                    self.received.drain(..length);
                    return Ok(Some(Ok(request)));
                }
                Head::Refused(refusal) => return Ok(Some(Err(refusal))),
                Head::Partial if self.received.len() >= LONGEST_HEAD => {
                    return Ok(Some(Err(Refusal::TooLong)));
                }
                Head::Partial => {}
            }
            if self.read().await? == 0 {
                return Ok(None);
            }
        }
    }

    async fn read(&mut self) -> io::Result<usize> {
        let start = self.received.len();
        self.received.reserve_exact(LONGEST_HEAD - start);
        loop {
            self.stream.readable().await?;
            self.received.resize(LONGEST_HEAD, 0);
            let read = self.stream.try_read(&mut self.received[start..]);
            self.received.truncate(start + *read.as_ref().unwrap_or(&0));
            match read {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }

    /// Says that nothing more is to come, and takes what the client still sends until it closes the
    /// connection: closed before, the connection would break, and the client might never see the
    /// answer.
    async fn drain(&mut self) -> io::Result<()> {
        shutdown(&self.stream, Shutdown::Write)?;
        for _ in 0..MOST_LEFT {
            self.received.clear();
            if self.read().await? == 0 {
                break;
            }
        }
        Ok(())
    }

    async fn send(&self, answer: &Answer) -> io::Result<()> {
        let mut written = 0;
        loop {
            let left = answer.left(written);
            if left.is_empty() {
                return Ok(());
            }
            match self.stream.try_write_vectored(&left) {
                Ok(some) => written += some,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stream.writable().await?;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Answers a request of somebody who may ask.
async fn answer(request: &Request, source: &impl Source, keeps_alive: bool) -> Answer {
    let token = match source.ask(&request.credential, request.min_ttl) {
        Asked::Now(live) => Ok(live),
        Asked::Later(answer) => match timeout(LONGEST_REFRESH, answer).await {
            Ok(Ok(token)) => token,
            Ok(Err(_)) => Err(later("xreq is about to end")),
            Err(_) => Err(later("the refresh takes longer than usual, and goes on")),
        },
        Asked::Unknown => return Answer::refusal(Refusal::Unknown, Timestamp::now()),
    };
    let now = Timestamp::now();
    match token {
        Ok(live) => Answer::token(live, keeps_alive, now),
        Err(why) => Answer::unavailable(&why, keeps_alive, now),
    }
}

fn later(why: &str) -> Unavailable {
    let error = Error::new(Code::ProviderUnavailable, why).into();
    Unavailable::For { error, retry_at: Timestamp::now() }
}
