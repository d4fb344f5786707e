//! A process that keeps every grant of a store fresh, for machines with many agents or cron jobs.
//!
//! It holds no key and no token. A grant's metadata, which can be read without a key, decide whether it
//! is due; one other process refreshes grants, many at once, and goes on until what it has begun is on
//! the disk ([`Refresher`](crate::refresh::worker::refresher::Refresher)). So the daemon may be killed at any
//! moment, and no refresh is cut off between the provider and the disk.
//!
//! | module | subject | touches the world |
//! | --- | --- | --- |
//! | `settings` | the settings, and the program around it | |
//! | `lock` | one daemon a store | yes |
//! | `event_loop` | the loop that connects the fleet of grants, their refreshes and these modules | yes |
//! | `message` | the messages to the loop | |
//! | `reporter`, `crowd` | the sentences for people, and their limit | |
//! | `socket`, `http` | where and how health and metrics are asked for | yes |
//!
//! The schedule, the fleet and the outages are those of [`refresh`](crate::refresh).

mod crowd;
mod event_loop;
mod http;
mod lock;
mod message;
mod reporter;
mod settings;
mod socket;

use std::sync::mpsc;

use crate::error::{Code, Error, Result};
use crate::sys::service_manager::Manager;
use crate::sys::signal_orders;
use crate::sys::socket_file;
pub(crate) use event_loop::AT_ONCE;
use event_loop::EventLoop;
use http::Listeners;
pub use lock::Lock;
use message::{Message, Order};
pub use settings::{Level, Settings};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Keeps the grants of a store fresh until a signal ends it.
///
/// # Errors
///
/// The daemon cannot begin: [`Code::SocketUnavailable`], [`Code::RuntimeUnusable`], or an error of the
/// configuration. Later failures are reported, and mended when they can be.
pub fn run(settings: &Settings<'_>, _lock: &Lock) -> Result<()> {
    let catalog = (settings.catalog)()?;
    let path = match &settings.socket {
        Some(path) => path.clone(),
        None => socket::usual(settings.env, settings.store.home())?,
    };
    let (_socket, listener) = socket_file::listen(&path)?;
    let address = settings.address.map(socket::listen_on).transpose()?;
    (settings.tell)(Level::Note, &format!("answering on {}", path.display()).into());
    if let Some(address) = address.as_ref().and_then(|listener| listener.local_addr().ok()) {
        (settings.tell)(Level::Note, &format!("answering on http://{address}").into());
    }
    let (outbox, inbox) = mpsc::channel();
    let (keeper, orders) =
        (outbox.clone(), [(SIGTERM, Order::Stop), (SIGINT, Order::Stop), (SIGHUP, Order::Reload)]);
    signal_orders::forward(&orders, move |order| keeper.send(Message::Order(order)).is_ok())
        .map_err(|error| Error::of_system(Code::WorkerFailed, "cannot start", &error))?;
    let listeners = Listeners { socket: listener, address };
    settings.runtime.spawn(http::serve(listeners, outbox.clone()));
    let manager = Manager::of(settings.env);
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).expect("the system has random numbers once it is up");
    let seed = u64::from_le_bytes(seed);
    EventLoop::new(settings, catalog, manager, (outbox, inbox), seed).run();
    Ok(())
}
