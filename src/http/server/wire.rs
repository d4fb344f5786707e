//! A connection as hyper reads and writes it: with time limits, without the answers that are hyper's
//! own, and with a close that does not lose what was sent.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::limits::Limits;
use super::stream::Stream;
use super::timer::Timer;
use super::turn::{Turn, is_clients};

/// Time that a client may take to close a connection that ends, and the amount that it may still send.
const LINGER: Duration = Duration::from_millis(500);
const MOST_LEFT: usize = 256 << 10;

/// A connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: Stream,
    turn: Arc<Turn>,
    limits: Limits,
    fault: Option<Fault>,
    /// The client's turn that `since` and `has_begun` are about.
    known: u64,
    since: Instant,
    has_begun: bool,
    reading: Timer,
    /// Since when the client takes nothing.
    stalled: Option<Instant>,
    writing: Timer,
    ending: Option<(Instant, usize)>,
}

/// The reason why a connection cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The client took too long.
    Late,
    /// The client does not send HTTP, by its first byte. It may be TLS, which browsers try.
    Foreign,
}

impl Wire {
    pub(crate) fn new(stream: Stream, turn: Arc<Turn>, limits: Limits) -> Self {
        Self {
            stream,
            turn,
            limits,
            fault: None,
            known: 0,
            since: Instant::now(),
            has_begun: false,
            reading: Timer::default(),
            stalled: None,
            writing: Timer::default(),
            ending: None,
        }
    }

    pub(crate) fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Returns whether nothing of the client has reached the server yet. Until then, an answer can only
    /// be one of hyper itself, to what it cannot read.
    fn is_unread(&self) -> bool {
        self.turn.count() == 0
    }

    /// Notes that the client sent something.
    fn note_read(&mut self, bytes: &[u8]) -> io::Result<()> {
        let turn = self.turn.count();
        let Some(first) = bytes.first().filter(|_| is_clients(turn)) else { return Ok(()) };
        if turn == 0 && !self.has_begun && !first.is_ascii_uppercase() {
            return Err(self.fail(Fault::Foreign));
        }
        if turn != self.known || !self.has_begun {
            (self.known, self.has_begun) = (turn, true);
            // The first turn has been running since the client connected.
            if turn > 0 {
                self.since = Instant::now();
            }
        }
        Ok(())
    }

    /// Returns when the client must have sent what is waited for; `None` while it is not its turn.
    fn deadline(&mut self) -> Option<Instant> {
        let turn = self.turn.count();
        if !is_clients(turn) {
            return None;
        }
        if turn != self.known {
            (self.known, self.has_begun, self.since) = (turn, false, Instant::now());
        }
        let limit = match (turn, self.has_begun) {
            (0, _) => self.limits.first,
            (_, true) => self.limits.patience,
            (_, false) => self.limits.idle.unwrap_or(self.limits.patience),
        };
        Some(self.since + limit)
    }

    fn fail(&mut self, fault: Fault) -> io::Error {
        self.fault = Some(fault);
        match fault {
            Fault::Late => io::ErrorKind::TimedOut.into(),
            Fault::Foreign => io::ErrorKind::InvalidData.into(),
        }
    }

    /// Passes on what a write came to, unless the client has taken nothing for too long.
    fn watch_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let since = *self.stalled.get_or_insert_with(Instant::now);
        ready!(self.writing.poll_passed(since + self.limits.patience, context));
        Poll::Ready(Err(self.fail(Fault::Late)))
    }

    /// Sends the last bytes of a connection, and closes it.
    pub(crate) async fn end_with(&mut self, bytes: &[u8]) {
        let mut left = bytes;
        let sent = poll_fn(|context| {
            while !left.is_empty() {
                let written = Pin::new(&mut self.stream).poll_write(context, left);
                match ready!(self.watch_write(written, context)) {
                    Ok(0) | Err(_) => return Poll::Ready(false),
                    Ok(written) => left = &left[written..],
                }
            }
            Poll::Ready(true)
        });
        if sent.await {
            let _ = poll_fn(|context| self.poll_linger(context)).await;
        }
    }

    /// Says that nothing more is to come, and takes what the client still sends until it closes the
    /// connection: closed before, the connection would break, and the client might never see the
    /// answer.
    pub(crate) fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.ending.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        }
        let (deadline, mut left) = self.ending.unwrap_or((Instant::now() + LINGER, MOST_LEFT));
        let mut bytes = [0; 4096];
        loop {
            self.ending = Some((deadline, left));
            let mut buffer = ReadBuf::new(&mut bytes);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() && left > 0 => {
                    left = left.saturating_sub(buffer.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => return self.reading.poll_passed(deadline, context).map(Ok),
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(Ok(())) => Poll::Ready(self.note_read(&buffer.filled()[before..])),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let Some(deadline) = self.deadline() else { return Poll::Pending };
                ready!(self.reading.poll_passed(deadline, context));
                Poll::Ready(Err(self.fail(Fault::Late)))
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_unread() {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch_write(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_unread() {
            return Poll::Ready(Ok(pieces.iter().map(|piece| piece.len()).sum()));
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.watch_write(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_unread() || self.fault.is_some() {
            return Poll::Ready(Ok(()));
        }
        self.poll_linger(context)
    }
}
