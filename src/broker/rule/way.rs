//! The ways in which a request comes to the broker.

/// The way in which a request came.
#[derive(Clone, Copy, Debug)]
pub enum Way<'a> {
    /// Through a tunnel, with TLS in it: `host` and `port` were asked for, and the host is also the name
    /// that TLS asked for.
    Tunnel {
        /// The host, as [`tunnel_host`](super::tunnel_host) returns it.
        host: &'a str,
        /// The port.
        port: u16,
    },
    /// To the broker's own address: `/x/2/tweets`, or `/google/gmail/…` for a service.
    BaseUrl {
        /// The hosts and ports by which the broker may be called: `127.0.0.1:4711`, `localhost:4711`. None
        /// at all is a Unix socket, which has no name: any `Host` will do there.
        authorities: &'a [String],
    },
}
