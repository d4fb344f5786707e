//! A process that keeps every grant of a store fresh, for machines with many agents or cron jobs.
//!
//! It holds no key and no token. Whether a grant is due is decided by its metadata, which can be read
//! without a key; what has to be done is done by another process, `xreq refresh`, which opens the
//! grant, asks the provider, writes the new tokens to the disk, and ends. So the daemon may be killed
//! at any moment, and no refresh is cut off between the provider and the disk.
//!
//! | module | what it is for | touches the world |
//! | --- | --- | --- |
//! | `lock` | one daemon a store | yes |
//! | `watch` | noticing what others do to the grants | yes |
//! | `member` | how a grant stands, and when it is looked at again | |
//! | `fleet` | all of them, and which is refreshed next | |
//! | `outage` | what does not work for now, and when it is tried again | |
//! | `outcome` | what the end of a refresh means | |
//! | `condition` | what is told of a grant | |
//! | `telling` | the sentences that people are told | |
//! | `keeping` | the loop that connects them | yes |
//! | `signals` | signals as messages to the loop | yes |
//! | `notify` | what the manager of the service is told | yes |
//! | `answers` | health and metrics | |
//! | `socket`, `http` | where and how they are asked for | yes |

mod http;
mod keeping;
mod lock;
mod notify;
mod signals;
mod socket;
mod telling;
mod watch;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;

use jiff::SignedDuration;
use tokio::runtime::Handle;

use crate::catalog::Catalog;
use crate::error::{Code, Error, Result};
use crate::refresh::worker::Workers;
use crate::store::Store;
use crate::sys::env::Env;
use http::Listeners;
use keeping::Keeping;
pub use lock::Lock;
use notify::Manager;
use socket::Socket;

/// What the daemon works with.
pub struct Settings<'a> {
    /// The grants.
    pub store: Store,
    /// The environment, which says where the runtime folder and the service manager are.
    pub env: &'a Env,
    /// Those who refresh.
    pub workers: Arc<Workers>,
    /// Reads the configuration, now and whenever the daemon is told to.
    pub catalog: &'a dyn Fn() -> Result<Catalog>,
    /// The age from which access tokens are refreshed, however long they still live.
    pub older_than: Option<SignedDuration>,
    /// The socket to answer on, where it is not the usual one.
    pub socket: Option<PathBuf>,
    /// An address to answer on as well.
    pub address: Option<SocketAddr>,
    /// Answers those who ask, while the grants are kept by the thread that runs this.
    pub runtime: &'a Handle,
    /// Takes what there is to tell, a sentence each.
    pub tell: &'a dyn Fn(Level, &str),
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Something does not work.
    Warning,
}

/// Keeps the grants of a store fresh until a signal ends it.
///
/// # Errors
///
/// What keeps it from beginning: [`Code::SocketUnavailable`], [`Code::RuntimeUnusable`], or an error of the configuration.
/// Whatever goes wrong afterwards is told, and mended when it can be.
pub fn run(settings: &Settings<'_>, _lock: &Lock) -> Result<()> {
    let catalog = (settings.catalog)()?;
    let path = match &settings.socket {
        Some(path) => path.clone(),
        None => socket::usual(settings.env, settings.store.home())?,
    };
    let (_socket, listener) = Socket::listen(&path)?;
    let address = settings.address.map(socket::listen_on).transpose()?;
    (settings.tell)(Level::Note, &format!("answering on {}", path.display()));
    if let Some(address) = address.as_ref().and_then(|listener| listener.local_addr().ok()) {
        (settings.tell)(Level::Note, &format!("answering on http://{address}"));
    }
    let (outbox, inbox) = mpsc::channel();
    signals::forward(outbox.clone())
        .map_err(|error| Error::new(Code::WorkerFailed, format!("cannot start: {error}")))?;
    let listeners = Listeners { socket: listener, address };
    settings.runtime.spawn(http::serve(listeners, outbox.clone()));
    let manager = Manager::of(settings.env);
    let mut seed = [0; 8];
    getrandom::fill(&mut seed)
        .map_err(|error| Error::new(Code::WorkerFailed, format!("no random numbers: {error}")))?;
    let seed = u64::from_le_bytes(seed);
    Keeping::new(settings, catalog, manager, (outbox, inbox), seed).run();
    Ok(())
}
