//! The settings of a daemon.

use std::net::SocketAddr;
use std::path::PathBuf;

use jiff::SignedDuration;
use tokio::runtime::Handle;

use crate::catalog::Catalog;
use crate::error::{Advice, Result};
use crate::refresh::worker::refresher::Refresher;
use crate::store::FolderStore;
use crate::sys::env::Env;

/// The settings of a daemon, and the program around it.
pub struct Settings<'a> {
    /// The grants.
    pub store: FolderStore,
    /// The environment, which says where the runtime folder and the service manager are.
    pub env: &'a Env,
    /// Refresher of the grants, in a process of its own.
    pub refresher: Refresher,
    /// Reads the configuration, now and whenever the daemon is told to.
    pub catalog: &'a dyn Fn() -> Result<Catalog>,
    /// The age from which access tokens are refreshed, however long they still live.
    pub older_than: Option<SignedDuration>,
    /// The socket to answer on, if it is not the usual one.
    pub socket: Option<PathBuf>,
    /// An address to answer on as well.
    pub address: Option<SocketAddr>,
    /// Answers requests, while the grants are kept by the thread that runs this.
    pub runtime: &'a Handle,
    /// Takes what there is to tell, a sentence each.
    pub tell: &'a dyn Fn(Level, &Advice),
}

/// Severity of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Something does not work.
    Warning,
}
