//! A socket that connections come to: the loopback interface, an address, or a Unix socket.

use std::io;
use std::net::{self, Ipv4Addr, SocketAddr};
use std::os::unix;

use super::stream::Stream;

/// A bound socket. It accepts connections once it is served.
#[derive(Debug)]
pub(crate) enum Listener {
    /// A TCP port.
    Tcp(net::TcpListener),
    /// A Unix socket.
    Unix(unix::net::UnixListener),
}

impl Listener {
    /// Binds a port of 127.0.0.1; 0 is a free one.
    pub(crate) fn loopback(port: u16) -> io::Result<Self> {
        Self::address(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    /// Binds an address.
    pub(crate) fn address(address: SocketAddr) -> io::Result<Self> {
        net::TcpListener::bind(address).map(Self::Tcp)
    }

    /// Returns the address of a TCP port.
    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr(),
            Self::Unix(_) => Err(io::ErrorKind::AddrNotAvailable.into()),
        }
    }

    /// Registers the socket with the runtime.
    pub(crate) fn acceptor(self) -> io::Result<Acceptor> {
        Ok(match self {
            Self::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                Acceptor::Tcp(tokio::net::TcpListener::from_std(listener)?)
            }
            Self::Unix(listener) => {
                listener.set_nonblocking(true)?;
                Acceptor::Unix(tokio::net::UnixListener::from_std(listener)?)
            }
        })
    }
}

/// A [`Listener`] of a runtime.
#[derive(Debug)]
pub(crate) enum Acceptor {
    Tcp(tokio::net::TcpListener),
    Unix(tokio::net::UnixListener),
}

impl Acceptor {
    /// Waits for a connection.
    pub(crate) async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Without it, a small answer waits until the client has confirmed the one before,
                // which clients put off for 40 ms.
                let _ = stream.set_nodelay(true);
                Ok(Stream::Tcp(stream))
            }
            Self::Unix(listener) => listener.accept().await.map(|(stream, _)| Stream::Unix(stream)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_answers_do_not_wait_for_one_another() {
        let listener = Listener::loopback(0).expect("a free port");
        let address = listener.local_addr().expect("it has one");
        let acceptor = listener.acceptor().expect("a runtime");
        let _client = net::TcpStream::connect(address).expect("it listens");
        let accepted = acceptor.accept().await.expect("somebody comes");
        assert!(matches!(accepted, Stream::Tcp(stream) if stream.nodelay().expect("it is known")));
    }
}
