//! The broker's process: its runtime, what it serves, and the end of it.

use std::convert::Infallible;
use std::future::pending;
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::{io, thread};

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::broker::Broker;
use super::control;
use super::front;
use super::front::Front;
use super::places::Places;
use super::protocol::{DRAIN, News};
use crate::error::{Code, Error, Result};
use crate::http::server::Listener;
use crate::sys::passing;

/// What the parent says while a broker serves.
enum Word {
    /// Serve on these, in the place of those before.
    Listeners(Vec<Listener>),
    /// End once the calls that are under way have come to their end.
    Drain,
}

/// Serves until the parent has gone, or wants it to end.
///
/// # Errors
///
/// [`Code::BrokerFailed`]: the system has no room for it.
pub(crate) fn serve(places: Places, broker: &Arc<Broker>, parent: &UnixStream) -> Result<()> {
    let Places { port, socket, control, files, ready } = places;
    let failed = |error: io::Error| {
        Error::new(Code::BrokerFailed, format!("the broker cannot serve: {error}"))
            .with_source(error)
    };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let names = port.as_ref().map_or_else(|| [].into(), |(_, front)| Arc::clone(&front.names));
    let mut words = words(parent).map_err(failed)?;
    tell(parent, &News::Ready(ready));
    // The agent starts meanwhile. Without the thread, the first call waits for it.
    let preparing = Arc::clone(broker);
    let thread = thread::Builder::new().name("upstream".to_owned());
    let _ = thread.spawn(move || preparing.upstream.prepare());
    let socket = socket.map(|listener| (listener, Front::of_socket()));
    let served = runtime.block_on(async {
        let last = tokio::select! {
            served = serve_at(broker, port) => served.map(|never| match never {}),
            served = serve_at(broker, socket) => served.map(|never| match never {}),
            served = control::serve(Arc::clone(broker), control) => served.map(|never| match never {}),
            last = serve_passed(broker, &names, &mut words) => Ok(last),
        };
        // Nobody comes any more. Who is here may have a little time, unless the parent has gone.
        drop(files);
        if let Ok(Some(Word::Drain)) = last {
            tokio::select! {
                () = broker.drained() => {}
                _ = words.recv() => {}
            }
        }
        last.map(drop)
    });
    // Calls that are still under way have nobody any more who waits for them.
    runtime.shutdown_background();
    served.map_err(failed)
}

/// Writes news to the parent. One that has gone needs none.
pub(crate) fn tell(mut parent: &UnixStream, news: &News) {
    let _ = io::Write::write_all(&mut parent, &news.to_line());
}

/// Serves at a door, if it is there.
async fn serve_at(broker: &Arc<Broker>, door: Option<(Listener, Front)>) -> io::Result<Infallible> {
    match door {
        Some((listener, front)) => front::serve(Arc::clone(broker), listener, front).await,
        None => pending().await,
    }
}

/// Serves on the listeners that the parent passed last, until it has gone or says another word: in namespaces
/// where nobody is but the agent of that time.
async fn serve_passed(
    broker: &Arc<Broker>,
    names: &Arc<[String]>,
    words: &mut UnboundedReceiver<Word>,
) -> Option<Word> {
    let mut served = JoinSet::new();
    loop {
        let listeners = match words.recv().await {
            Some(Word::Listeners(listeners)) => listeners,
            last => return last,
        };
        served.abort_all();
        for listener in listeners {
            let (broker, front) = (Arc::clone(broker), Front::alone(Arc::clone(names)));
            served.spawn(front::serve(broker, listener, front));
        }
    }
}

/// Returns what the parent says, which ends when it has gone.
fn words(parent: &UnixStream) -> io::Result<UnboundedReceiver<Word>> {
    let parent = parent.try_clone()?;
    let (sender, receiver) = unbounded_channel();
    thread::Builder::new().name("parent".to_owned()).spawn(move || {
        while let Ok((Some(byte), files)) = passing::take(&parent) {
            let listeners = files.into_iter().map(|file| Listener::Tcp(TcpListener::from(file)));
            let word =
                if byte == DRAIN { Word::Drain } else { Word::Listeners(listeners.collect()) };
            let _ = sender.send(word);
        }
    })?;
    Ok(receiver)
}
