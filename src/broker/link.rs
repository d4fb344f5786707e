//! The parent's end of a broker.

use std::io::{BufReader, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::protocol::{BROKER, DRAIN, LISTENERS, News, Ready, Setup, ended};
use crate::error::{Code, Error, Result};
use crate::refresh::worker::protocol::{buffer, read_line};
use crate::sys::{passing, program};

/// Time for a broker to begin.
const PATIENCE: Duration = Duration::from_mins(1);

/// Interval at which its end is looked for.
const NAP: Duration = Duration::from_millis(1);

/// Time for a broker to end.
const GRACE: Duration = Duration::from_secs(2);

/// Time for a broker to end once the calls that are under way have come to their end.
const PATIENT_GRACE: Duration = Duration::from_secs(8);

/// A broker that serves, and ends when this is dropped.
pub(crate) struct BrokerLink {
    pub(crate) ready: Ready,
    socket: UnixStream,
    /// Whether the run is at its end, and so the broker may be.
    is_over: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl BrokerLink {
    /// Starts a broker, with these arguments before its own, and waits until it serves. Its news go to
    /// `tell`, in another thread, the last of them being that it has failed.
    ///
    /// # Errors
    ///
    /// The failure that the broker met, or [`Code::BrokerFailed`].
    pub(crate) fn start(
        setup: &Setup,
        before: &[&str],
        tell: impl Fn(News) + Send + 'static,
    ) -> Result<Self> {
        let failed = |error: std::io::Error| {
            let message = format!("the broker of this run cannot be started: {error}");
            Error::new(Code::BrokerFailed, message).with_source(error)
        };
        let (socket, theirs) = UnixStream::pair().map_err(failed)?;
        let program = program::program().map_err(failed)?;
        let mut command = Command::new(program);
        command.args(before).arg(BROKER).process_group(0);
        let theirs = Stdio::from(OwnedFd::from(theirs));
        command.stdin(theirs).stdout(Stdio::null()).stderr(Stdio::null());
        // Whoever waits for all children waits for this one too.
        drop(command.spawn().map_err(failed)?);
        drop(command);
        (&socket).write_all(&setup.to_line()).map_err(failed)?;
        socket.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
        let mut lines = BufReader::new(socket.try_clone().map_err(failed)?);
        let mut line = buffer();
        let ready = loop {
            match read_line(&mut lines, &mut line) {
                Ok(true) => match News::parse(&line)? {
                    News::Ready(ready) => break ready,
                    News::Failed(error) => return Err(error),
                    // Of a grant, which it keeps fresh from its beginning on.
                    news => tell(news),
                },
                Ok(false) => return Err(ended()),
                Err(error) => return Err(failed(error)),
            }
        };
        socket.set_read_timeout(None).map_err(failed)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let may_end = Arc::clone(&is_over);
        let listen = move || {
            loop {
                match read_line(&mut lines, &mut line) {
                    Ok(true) => match News::parse(&line) {
                        Ok(news) => tell(news),
                        Err(error) => tell(News::Failed(error)),
                    },
                    _ if may_end.load(Ordering::Relaxed) => return,
                    _ => return tell(News::Failed(ended())),
                }
            }
        };
        let thread = thread::Builder::new().name("broker".to_owned());
        let listener = thread.spawn(listen).map_err(failed)?;
        Ok(Self { ready, socket, is_over, listener: Some(listener) })
    }
}

impl BrokerLink {
    /// Passes listeners on which nobody comes but the agent; those that were passed before are not served any
    /// more.
    ///
    /// # Errors
    ///
    /// [`Code::BrokerFailed`]: it has ended.
    pub(crate) fn pass(&self, listeners: &[OwnedFd]) -> Result<()> {
        let files: Vec<_> = listeners.iter().map(AsFd::as_fd).collect();
        passing::pass(&self.socket, LISTENERS, &files).map_err(|error| {
            let message = format!("the broker does not take the agent's network: {error}");
            Error::new(Code::BrokerFailed, message).with_source(error)
        })
    }
}

impl BrokerLink {
    /// Ends the broker once the calls that are under way have come to their end, or have taken too long.
    pub(crate) fn drain(self) {
        self.is_over.store(true, Ordering::Relaxed);
        if passing::pass(&self.socket, DRAIN, &[]).is_ok() {
            self.wait(PATIENT_GRACE);
        }
    }

    /// Waits until it has ended, and no longer than this.
    fn wait(&self, grace: Duration) {
        let until = Instant::now() + grace;
        while self.listener.as_ref().is_some_and(|it| !it.is_finished()) && Instant::now() < until {
            thread::sleep(NAP);
        }
    }
}

impl Drop for BrokerLink {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // It ends then, and removes its files before.
        let _ = self.socket.shutdown(Shutdown::Write);
        self.wait(GRACE);
        if let Some(listener) = self.listener.take() {
            let _ = self.socket.shutdown(Shutdown::Both);
            // A panic of the thread was printed when it happened.
            let _ = listener.join();
        }
    }
}
