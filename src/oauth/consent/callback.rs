//! The address on this machine that the browser comes back to (RFC 8252 section 7.3).
//!
//! Anything on the machine, and any page in a browser, can send requests here. So a request counts
//! only when it brings the state of the attempt; all others get a page that says so, and neither
//! end the wait nor hold it up.

use std::future::pending;
use std::io;
use std::net::{self, IpAddr, SocketAddr};

use hyper::{Method, StatusCode};
use rustix::io::Errno;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use super::authorization::{Authorization, RedirectAnswer};
use super::page::Page;
use super::redirect_uri::{Loopback, RedirectUri};
use crate::error::{Code, Error, Parameter, Result, advice};
use crate::http::server;
use crate::http::server::{
    Crowd, Guard, Host, Limits, Outcome, Pages, Refusal, Request, Response, Server, Site,
};

/// A connection more than there may be ends the oldest, which has had its time. A code is good,
/// whatever becomes of the browser that brought it.
const LIMITS: Limits = Limits {
    connections: 16,
    crowd: Crowd::CutsOldest,
    body: 0,
    idle: None,
    half_close: true,
    ..Limits::USUAL
};

/// The maximum number of searches for two ports that are the same on both loopback addresses.
const MOST_TRIES: usize = 20;

/// The loopback addresses of a redirect URI, listened on until this is dropped.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<net::TcpListener>,
    loopback: Loopback,
}

/// A browser that waits for its page. Dropped without one, it gets [`Page::SeeTerminal`].
#[derive(Debug)]
pub struct Browser {
    connection: Option<net::TcpStream>,
}

impl Listener {
    /// Listens on the loopback addresses of a redirect URI and on nothing else. For `localhost`
    /// these are both, since browsers try either; a machine may lack IPv6.
    ///
    /// # Errors
    ///
    /// [`Code::RedirectUnavailable`].
    pub fn bind(redirect_uri: &RedirectUri) -> Result<Self> {
        let Some(loopback) = redirect_uri.loopback() else {
            let message =
                format!("the redirect URI `{redirect_uri}` does not lead to this program");
            return Err(Error::new(Code::RedirectUnavailable, message).with_hint(advice![
                "with ",
                Parameter::Paste,
                " you hand over what the browser shows at the end"
            ]));
        };
        let mut tries = if loopback.port == 0 { MOST_TRIES } else { 1 };
        let sockets = loop {
            tries -= 1;
            match sockets(loopback) {
                Ok(sockets) => break sockets,
                Err(error) if tries == 0 => {
                    return Err(unavailable(redirect_uri, loopback.port, &error));
                }
                Err(_) => {}
            }
        };
        let port = sockets.first().and_then(|socket| socket.local_addr().ok());
        let port = port.map_or(loopback.port, |address| address.port());
        Ok(Self { sockets, loopback: Loopback { port, ..loopback.clone() } })
    }

    /// Returns the port, also where this machine chose it.
    pub fn port(&self) -> u16 {
        self.loopback.port
    }

    /// Serves until the redirect comes that belongs to the attempt. Nobody is listening any more
    /// when this returns.
    pub(crate) async fn redirect(
        self,
        authorization: &Authorization,
    ) -> io::Result<(RedirectAnswer, Browser)> {
        let Self { sockets, loopback } = self;
        let guard = Guard { host: Host::exactly(&loopback.host, loopback.port), pages: Pages::Own };
        let (arrivals, arrived) = mpsc::channel(1);
        let server = Server::new(Callback { path: loopback.path, arrivals }, LIMITS);
        let serve = async |socket| match socket {
            Some(socket) => server.serve(server::Listener::Tcp(socket), guard.clone()).await,
            None => pending().await,
        };
        let mut sockets = sockets.into_iter();
        let serving = async { tokio::try_join!(serve(sockets.next()), serve(sockets.next())) };
        tokio::select! {
            Err(error) = serving => Err(error),
            arrived = awaited(arrived, authorization) => Ok(arrived),
        }
    }
}

/// A request to the redirect URI, before it is known whose it is.
struct Arrival {
    query: Zeroizing<String>,
    verdict: oneshot::Sender<Outcome>,
}

/// Takes requests in until the one comes that belongs to the attempt.
async fn awaited(
    mut arrivals: mpsc::Receiver<Arrival>,
    authorization: &Authorization,
) -> (RedirectAnswer, Browser) {
    while let Some(Arrival { query, verdict }) = arrivals.recv().await {
        match authorization.read(&query) {
            RedirectAnswer::Foreign => {
                let _ = verdict.send(stray(StatusCode::BAD_REQUEST).into());
            }
            redirected => {
                let (heir, connection) = oneshot::channel();
                let _ = verdict.send(Outcome::Detach(heir));
                return (redirected, Browser { connection: connection.await.ok() });
            }
        }
    }
    pending().await
}

/// Tells requests to the redirect URI from everything else.
struct Callback {
    path: String,
    arrivals: mpsc::Sender<Arrival>,
}

impl Site for Callback {
    async fn answer(&self, request: Request) -> Outcome {
        if request.is_for_a_proxy() {
            return stray(StatusCode::BAD_REQUEST).into();
        }
        if request.method() != Method::GET || request.path() != self.path {
            return stray(StatusCode::NOT_FOUND).into();
        }
        let (verdict, judged) = oneshot::channel();
        let query = Zeroizing::new(request.query().to_owned());
        match self.arrivals.send(Arrival { query, verdict }).await {
            Ok(()) => judged.await.unwrap_or(Outcome::Drop),
            Err(_) => Outcome::Drop,
        }
    }

    fn refuse(&self, refusal: Refusal) -> Option<Response> {
        match refusal {
            // A browser that tries TLS first goes on without it as soon as it is refused.
            Refusal::Foreign => None,
            Refusal::HeadTooLong => Some(Page::TooLong.response()),
            Refusal::NoHost => Some(stray(StatusCode::BAD_REQUEST)),
            refusal => Some(stray(refusal.status())),
        }
    }
}

fn stray(status: StatusCode) -> Response {
    Page::NotThis.response_with(status)
}

impl Browser {
    /// Sends the page and closes the connection. A browser that went away misses it.
    pub fn show(mut self, page: &Page<'_>) {
        self.send(page);
    }

    fn send(&mut self, page: &Page<'_>) {
        if let Some(connection) = self.connection.take() {
            page.response().send(connection, LIMITS.patience);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.send(&Page::SeeTerminal);
    }
}

fn sockets(loopback: &Loopback) -> io::Result<Vec<net::TcpListener>> {
    let mut sockets: Vec<net::TcpListener> = Vec::new();
    let mut port = loopback.port;
    for address in loopback.addresses() {
        match net::TcpListener::bind(SocketAddr::new(*address, port)) {
            Ok(socket) => {
                socket.set_nonblocking(true)?;
                port = socket.local_addr()?.port();
                sockets.push(socket);
            }
            Err(error) if !sockets.is_empty() && is_without(*address, &error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sockets)
}

/// Returns whether an address cannot be listened on because the machine does not have it.
fn is_without(address: IpAddr, error: &io::Error) -> bool {
    let absent = [Errno::ADDRNOTAVAIL, Errno::AFNOSUPPORT];
    address.is_ipv6() && Errno::from_io_error(error).is_some_and(|errno| absent.contains(&errno))
}

fn unavailable(redirect_uri: &RedirectUri, port: u16, error: &io::Error) -> Error {
    let why = match error.kind() {
        io::ErrorKind::AddrInUse => format!("another program listens on port {port}"),
        io::ErrorKind::PermissionDenied => {
            format!("this user may not listen on port {port}")
        }
        _ => format!("cannot listen on port {port}: {error}"),
    };
    let message = format!("{why}, where the redirect URI `{redirect_uri}` leads to");
    Error::new(Code::RedirectUnavailable, message).with_hint(match error.kind() {
        io::ErrorKind::AddrInUse => advice![
            format!(
                "`ss -ltnp 'sport = :{port}'` (`lsof -i :{port}` on a Mac) names the program; end \
                 it, register another redirect URI, or use "
            ),
            Parameter::Paste
        ],
        _ => advice!["register a redirect URI with a port above 1023, or use ", Parameter::Paste],
    })
}
