//! The resolver of host names, which asks the system.
//!
//! The system's function blocks, so it is called in a thread of its own. The one of the HTTP library
//! panics if the system has no more threads; this one then blocks for as long as the system does.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::thread;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;

/// Resolves names as other programs of this machine do.
pub(crate) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let (sender, answer) = oneshot::channel();
            let host = name.as_str().to_owned();
            let apart = thread::Builder::new().name("resolver".to_owned());
            let started = apart.spawn(move || {
                // Who gave up waiting needs no answer.
                let _ = sender.send(addresses(&host));
            });
            let found = match started {
                Ok(_) => answer.await?,
                Err(_) => addresses(name.as_str()),
            };
            Ok(Box::new(found?.into_iter()) as Addrs)
        })
    }
}

/// Looks up the addresses of a host. The port is put in later.
fn addresses(host: &str) -> io::Result<Vec<SocketAddr>> {
    (host, 0).to_socket_addrs().map(Iterator::collect)
}
