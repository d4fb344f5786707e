//! Signals as messages. `TERM` and `INT` end the daemon, `HUP` lets it read its configuration again.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level::pipe};

use super::message::{Message, Order};

/// Sends orders as they come, from a thread of its own.
pub(super) fn forward(keeper: Sender<Message>) -> io::Result<()> {
    let (mut wakes, wake) = UnixStream::pair()?;
    let came: Vec<_> = [(SIGTERM, Order::Stop), (SIGINT, Order::Stop), (SIGHUP, Order::Reload)]
        .into_iter()
        .map(|(signal, order)| {
            let came = Arc::new(AtomicBool::new(false));
            // It is noted before the thread wakes.
            flag::register(signal, Arc::clone(&came))?;
            pipe::register(signal, wake.try_clone()?)?;
            Ok((came, order))
        })
        .collect::<io::Result<_>>()?;
    let listening = move || {
        while wakes.read_exact(&mut [0]).is_ok() {
            for (came, order) in &came {
                if came.swap(false, Ordering::SeqCst)
                    && keeper.send(Message::Order(*order)).is_err()
                {
                    return;
                }
            }
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(listening).map(drop)
}
