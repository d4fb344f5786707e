//! The usual place of the daemon's socket, and the address for those that scrape it.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::error::{Code, Error, Parameter, Result, advice};
use crate::http::server::Listener;
use crate::sys::env::Env;
use crate::sys::home::Home;
use crate::sys::runtime_folder::Runtime;

/// Returns the default path of the socket: in the runtime folder of the user.
///
/// # Errors
///
/// [`Code::RuntimeUnusable`].
pub(super) fn usual(env: &Env, home: &Home) -> Result<PathBuf> {
    Runtime::of(env, home).map(|runtime| runtime.path().join("daemon.sock"))
}

/// Listens on an address of the network.
///
/// # Errors
///
/// [`Code::SocketUnavailable`].
pub(super) fn listen_on(address: SocketAddr) -> Result<Listener> {
    Listener::address(address).map_err(|error| {
        Error::of_system(Code::SocketUnavailable, format!("cannot listen on {address}"), &error)
            .with_hint(advice![
                "name another address with ",
                Parameter::Metrics,
                "; port 0 is a free one"
            ])
    })
}
