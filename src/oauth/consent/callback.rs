//! The address on this machine that the browser comes back to (RFC 8252 section 7.3).
//!
//! Anything on the machine, and any page in a browser, can send requests here. So a request counts
//! only when it brings the state of the attempt; all others get a page that says so, and neither
//! end the wait nor hold it up.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, Write};
use std::net::{self, IpAddr, Shutdown, SocketAddr};
use std::task::Poll;
use std::time::Duration;

use rustix::io::Errno;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use super::authorization::{Authorization, Redirected};
use super::page::{Page, content_security_policy};
use super::redirect_uri::{Loopback, RedirectUri};
use super::request::{LONGEST, Request, is_complete};
use crate::error::{Code, Error, Result};

/// How many connections are served at once. One more ends the oldest, which has had its time.
const MOST_CONNECTIONS: usize = 16;

/// How long a connection may take to send its request, and again to read the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes of a request that is too long which are read, so that its sender gets to read why
/// it was refused.
const MOST_DRAINED: usize = 256 * 1024;

/// How often two ports are looked for that are the same on both loopback addresses.
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
    stream: Option<net::TcpStream>,
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
            return Err(Error::new(Code::RedirectUnavailable, message)
                .with_hint("with `--paste` you hand over what the browser shows at the end"));
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

    /// The port, also where this machine chose it.
    pub fn port(&self) -> u16 {
        self.loopback.port
    }

    /// Serves until the redirect comes that belongs to the attempt. Nobody is listening any more
    /// when this returns.
    pub(crate) async fn redirect(
        self,
        authorization: &Authorization,
    ) -> io::Result<(Redirected, Browser)> {
        let Self { sockets, loopback } = self;
        let sockets: Vec<_> =
            sockets.into_iter().map(TcpListener::from_std).collect::<io::Result<_>>()?;
        let mut connections = Connections::default();
        loop {
            let (stream, head) = tokio::select! {
                accepted = accept(&sockets) => {
                    match accepted {
                        Ok(stream) => connections.add(read(stream)),
                        // What has run out on this machine may come back.
                        Err(_) => sleep(Duration::from_millis(50)).await,
                    }
                    continue;
                }
                Some(done) = connections.next() => match done {
                    Some(arrived) => arrived,
                    None => continue,
                },
            };
            match judge(&head, &loopback, authorization) {
                Ok(redirected) => return Ok((redirected, Browser::holding(stream)?)),
                Err(stray) => connections.add(answer(stream, stray.response())),
            }
        }
    }
}

impl Browser {
    fn holding(stream: TcpStream) -> io::Result<Self> {
        let stream = stream.into_std()?;
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream: Some(stream) })
    }

    /// Sends the page and closes the connection. A browser that went away misses it.
    pub fn show(mut self, page: &Page<'_>) {
        self.send(page);
    }

    fn send(&mut self, page: &Page<'_>) {
        if let Some(mut stream) = self.stream.take() {
            let status = if let Page::Failed { .. } = page { "400 Bad Request" } else { "200 OK" };
            let _ = stream.write_all(&response(status, page, true));
            let _ = stream.shutdown(Shutdown::Both);
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

/// Whether an address cannot be listened on because the machine does not have it.
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
        io::ErrorKind::AddrInUse => format!(
            "`ss -ltnp 'sport = :{port}'` (`lsof -i :{port}` on a Mac) names the \
             program; end it, register another redirect URI, or use `--paste`"
        ),
        _ => "register a redirect URI with a port above 1023, or use `--paste`".to_owned(),
    })
}

/// The connections that are being read from or answered.
#[derive(Default)]
struct Connections {
    running: JoinSet<Option<Arrived>>,
    by_age: VecDeque<AbortHandle>,
}

/// A connection and what came over it.
type Arrived = (TcpStream, Head);

enum Head {
    Complete(Zeroizing<Vec<u8>>),
    TooLong,
}

impl Connections {
    fn add(&mut self, connection: impl Future<Output = Option<Arrived>> + Send + 'static) {
        self.by_age.retain(|handle| !handle.is_finished());
        if self.by_age.len() >= MOST_CONNECTIONS
            && let Some(oldest) = self.by_age.pop_front()
        {
            oldest.abort();
        }
        self.by_age.push_back(self.running.spawn(connection));
    }

    async fn next(&mut self) -> Option<Option<Arrived>> {
        self.running.join_next().await.map(Result::unwrap_or_default)
    }
}

async fn accept(sockets: &[TcpListener]) -> io::Result<TcpStream> {
    poll_fn(|context| {
        for socket in sockets {
            if let Poll::Ready(accepted) = socket.poll_accept(context) {
                return Poll::Ready(accepted.map(|(stream, _)| stream));
            }
        }
        Poll::Pending
    })
    .await
}

/// Reads the head of a request.
async fn read(stream: TcpStream) -> Option<Arrived> {
    let head = timeout(PATIENCE, read_head(&stream)).await.ok()??;
    Some((stream, head))
}

async fn read_head(stream: &TcpStream) -> Option<Head> {
    let mut bytes = Zeroizing::new(vec![0; LONGEST]);
    let mut length = 0;
    loop {
        stream.readable().await.ok()?;
        match stream.try_read(&mut bytes[length..]) {
            Ok(0) => return None,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => return None,
        }
        // A browser that tries TLS first goes on without it as soon as it is refused.
        if !bytes[0].is_ascii_uppercase() {
            return None;
        }
        if is_complete(&bytes[..length]) {
            bytes.truncate(length);
            return Some(Head::Complete(bytes));
        }
        if length == LONGEST {
            return Some(Head::TooLong);
        }
    }
}

/// Why a request is not the redirect.
#[derive(Clone, Copy, Debug)]
struct Stray {
    status: &'static str,
    has_body: bool,
}

impl Stray {
    fn response(self) -> Vec<u8> {
        response(self.status, &Page::NotThis, self.has_body)
    }
}

/// Tells the redirect from everything else.
///
/// The host has to be the one of the redirect URI: a name of somebody else's that resolves to this
/// machine makes a browser take this for a part of their site.
fn judge(
    head: &Head,
    loopback: &Loopback,
    authorization: &Authorization,
) -> Result<Redirected, Stray> {
    let stray = |status| Stray { status, has_body: true };
    let Head::Complete(bytes) = head else {
        return Err(stray("431 Request Header Fields Too Large"));
    };
    let request = Request::parse(bytes).ok_or(stray("400 Bad Request"))?;
    if !is_host(request.host, loopback) {
        return Err(stray("421 Misdirected Request"));
    }
    if request.method != "GET" {
        return Err(Stray { status: "404 Not Found", has_body: request.method != "HEAD" });
    }
    if request.path != loopback.path {
        return Err(stray("404 Not Found"));
    }
    match authorization.read(request.query) {
        Redirected::Foreign => Err(stray("400 Bad Request")),
        redirected => Ok(redirected),
    }
}

fn is_host(host: &str, loopback: &Loopback) -> bool {
    let with_port = format!("{}:{}", loopback.host, loopback.port);
    host.eq_ignore_ascii_case(&with_port)
        || loopback.port == 80 && host.eq_ignore_ascii_case(&loopback.host)
}

async fn answer(stream: TcpStream, response: Vec<u8>) -> Option<Arrived> {
    let _ = timeout(PATIENCE, write(stream, &response)).await;
    None
}

async fn write(stream: TcpStream, mut response: &[u8]) -> io::Result<()> {
    while !response.is_empty() {
        stream.writable().await?;
        match stream.try_write(response) {
            Ok(written) => response = &response[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    let stream = stream.into_std()?;
    stream.shutdown(Shutdown::Write)?;
    drain(&TcpStream::from_std(stream)?).await
}

/// Reads what is still coming: a connection that is closed before takes the answer with it.
async fn drain(stream: &TcpStream) -> io::Result<()> {
    let mut bytes = vec![0; LONGEST];
    let mut drained = 0;
    while drained < MOST_DRAINED {
        stream.readable().await?;
        match stream.try_read(&mut bytes) {
            Ok(0) => break,
            Ok(more) => drained += more,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn response(status: &str, page: &Page<'_>, has_body: bool) -> Vec<u8> {
    let html = page.html();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nContent-Security-Policy: {}\r\nReferrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nConnection: close\r\n\r\n",
        html.len(),
        content_security_policy(),
    );
    let body = if has_body { html.as_str() } else { "" };
    format!("{head}{body}").into_bytes()
}
