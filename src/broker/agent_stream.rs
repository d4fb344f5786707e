//! A connection of an agent, which shows whether the agent takes what is written.
//!
//! Where many long answers are under way, no more is written than the system has room for: what it does not
//! take would lie in the memory of this process for as long as the agent does not read.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::pressure::{Pressed, Pressure};
use super::valve::Valve;
use crate::http::server::Stream;

/// A connection of an agent.
pub(crate) struct AgentStream {
    stream: Stream,
    /// Shut while the agent does not take what is written.
    valve: Arc<Valve>,
    pressure: Pressure,
    /// The longest time for which it may take nothing.
    patience: Duration,
    stalled: Option<Stall>,
}

/// The time for which an agent has taken nothing. Its answer counts as a long one until it does.
struct Stall {
    until: Pin<Box<Sleep>>,
    _pressed: Pressed,
}

impl AgentStream {
    pub(crate) fn new(stream: Stream, pressure: Pressure, patience: Duration) -> Self {
        Self { stream, valve: Arc::default(), pressure, patience, stalled: None }
    }

    /// Returns what is shut while the agent does not take what is written.
    pub(crate) fn valve(&self) -> &Arc<Valve> {
        &self.valve
    }

    /// Notes what became of writing.
    fn note(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_pending() {
            self.valve.shut();
            return self.poll_patience(context).map(|()| Err(io::ErrorKind::TimedOut.into()));
        }
        self.stalled = None;
        if self.pressure.is_high() && self.poll_room(context).is_pending() {
            self.valve.shut();
        } else {
            self.valve.open();
        }
        written
    }

    /// Waits until the agent has taken nothing for too long.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (patience, pressure) = (self.patience, &self.pressure);
        let stalled = self.stalled.get_or_insert_with(|| Stall {
            until: Box::pin(sleep(patience)),
            _pressed: pressure.add(),
        });
        stalled.until.as_mut().poll(context)
    }

    /// Waits until the system has room for what is written next.
    fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        if has_room(&self.stream) {
            return Poll::Ready(());
        }
        // The runtime takes it for ready until the system said otherwise.
        let full = || Err::<(), _>(io::Error::from(io::ErrorKind::WouldBlock));
        let ready = match &self.stream {
            Stream::Tcp(stream) => {
                let _ = stream.try_io(Interest::WRITABLE, full);
                stream.poll_write_ready(context)
            }
            Stream::Unix(stream) => {
                let _ = stream.try_io(Interest::WRITABLE, full);
                stream.poll_write_ready(context)
            }
        };
        ready.map(|_| ())
    }
}

/// Returns whether the system takes more of a connection at once, and more than a little.
fn has_room(stream: &Stream) -> bool {
    let fd = match stream {
        Stream::Tcp(stream) => PollFd::new(stream, PollFlags::OUT),
        Stream::Unix(stream) => PollFd::new(stream, PollFlags::OUT),
    };
    let mut fds = [fd];
    // What fails has no need to wait: writing tells.
    !poll(&mut fds, Some(&Timespec::default())).is_ok_and(|ready| ready == 0)
}

impl AsyncRead for AgentStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for AgentStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.note(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // All was written; what follows waits for room.
        if self.valve.is_shut() {
            if self.poll_room(context).is_ready() {
                self.stalled = None;
                self.valve.open();
            } else if self.poll_patience(context).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
