//! The agent's side: connections, tunnels, and the three ways in.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, HeaderValue, PROXY_AUTHENTICATE};
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::{Builder, upgrade};
use rustls::ServerConfig;
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

use super::agent_stream::AgentStream;
use super::broker::Broker;
use super::egress::Undialled;
use super::flow::{self, Flow};
use super::other_hosts::Duplex;
use super::paced::LONGEST_STILL;
use super::rule::announces_body;
use super::valve::Valve;
use super::{Refusal, RefusalCode, Way, canonical_host, tunnel_host};
use crate::http::server::Listener;

/// The most connections that are open at once.
const CONNECTIONS: usize = 2048;

/// Time for the head of a request, and for a TLS handshake.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Pause when no connection can be accepted, most likely since too many files are open.
const NAP: Duration = Duration::from_millis(10);

/// Bytes that a connection buffers.
const BUFFER: usize = 16 << 10;

/// Bytes of an HTTP/2 stream that may be under way, and of all streams of a connection.
const STREAM_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;

/// The place at which requests arrive.
#[derive(Clone)]
enum Entry {
    /// The broker's own address.
    Front(Front),
    /// A tunnel to an API host.
    Tunnel(Arc<str>, u16),
}

/// An address of the broker itself.
#[derive(Clone)]
pub(crate) struct Front {
    /// The names by which requests call it; a Unix socket has none.
    pub(crate) names: Arc<[String]>,
    /// Whether its proxy is the run's by a password, since others come to it too.
    pub(crate) has_password: bool,
    /// Whether other machines come to it, of whom nobody's request goes anywhere.
    pub(crate) is_exposed: bool,
    /// Its TLS, if it has that.
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

impl Front {
    /// Returns one that is called by these names.
    pub(crate) fn at(names: Arc<[String]>) -> Self {
        Self { names, has_password: true, is_exposed: false, tls: None }
    }

    /// Returns that of a Unix socket.
    pub(crate) fn of_socket() -> Self {
        Self::at([].into())
    }

    /// Returns one to which nobody comes but the agent: its proxy needs no password.
    pub(crate) fn alone(names: Arc<[String]>) -> Self {
        Self { has_password: false, ..Self::at(names) }
    }
}

/// Accepts connections for as long as this is awaited.
pub(crate) async fn serve(
    broker: Arc<Broker>,
    listener: Listener,
    front: Front,
) -> std::io::Result<Infallible> {
    let acceptor = listener.acceptor()?;
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = Arc::clone(&room).acquire_owned().await.expect("it is never closed");
        let Ok(stream) = acceptor.accept().await else {
            sleep(NAP).await;
            continue;
        };
        let (broker, front) = (Arc::clone(&broker), front.clone());
        let stream = AgentStream::new(stream, broker.pressure.clone(), LONGEST_STILL);
        let seat = Arc::new(Seat { _place: place, valve: Arc::clone(stream.valve()) });
        match front.tls.clone() {
            None => tokio::spawn(serve_connection(broker, stream, Entry::Front(front), seat)),
            Some(tls) => tokio::spawn(async move {
                let accepted = TlsAcceptor::from(tls).accept(stream);
                if let Ok(Ok(stream)) = timeout(HEAD_TIMEOUT, accepted).await {
                    serve_connection(broker, stream, Entry::Front(front), seat).await;
                }
            }),
        };
    }
}

/// What requests share of the connection that they came over. A tunnel takes it over from the request for it.
struct Seat {
    /// Its place among those that are open.
    _place: OwnedSemaphorePermit,
    /// Shut while the agent does not take what is written.
    valve: Arc<Valve>,
}

/// Serves one connection until one side has had enough.
fn serve_connection<S>(
    broker: Arc<Broker>,
    stream: S,
    entry: Entry,
    seat: Arc<Seat>,
) -> Pin<Box<dyn Future<Output = ()> + Send>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(BUFFER)
        .http2()
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(u32::try_from(BUFFER).unwrap_or(u32::MAX));
    let mut ending = broker.ending.told();
    let service = service_fn(move |request| {
        let (broker, entry, seat) = (Arc::clone(&broker), entry.clone(), Arc::clone(&seat));
        async move { Ok::<_, Infallible>(respond(broker, entry, request, seat).await) }
    });
    // What is in a tunnel is served by the same function as the request for it.
    Box::pin(async move {
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        tokio::select! {
            // What a client does with its connection is the client's affair.
            _ = connection.as_mut() => return,
            _ = ending.wait_for(|is_ending| *is_ending) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    })
}

async fn respond(
    broker: Arc<Broker>,
    entry: Entry,
    request: Request<Incoming>,
    seat: Arc<Seat>,
) -> Response<Flow> {
    broker.told.used();
    match entry {
        Entry::Tunnel(host, port) => {
            broker.answer(Way::Tunnel { host: &host, port }, request, &seat.valve).await
        }
        Entry::Front(Front { names, has_password, is_exposed, .. }) => {
            let is_for_another = is_for_another(&names, &request);
            let is_proxy = request.method() == Method::CONNECT || is_for_another;
            if is_proxy && has_password && !broker.is_of_run(request.headers()) {
                return unauthenticated();
            }
            if is_exposed && !is_proxy && broker.is_of_nobody(request.headers()) {
                let why = "a request from another machine needs the placeholder of a token";
                return broker.refused(&Refusal::new(RefusalCode::NoPlaceholder, why));
            }
            if request.method() == Method::CONNECT {
                connect(broker, request, seat).await
            } else if is_for_another {
                broker.forward(request, &seat.valve).await
            } else {
                broker.answer(Way::BaseUrl { authorities: &names }, request, &seat.valve).await
            }
        }
    }
}

/// Returns whether a request is in absolute form, and not for the broker itself. Of HTTP/2, where each has an
/// authority, none is.
fn is_for_another(names: &[String], request: &Request<Incoming>) -> bool {
    let authority = request.uri().authority().filter(|_| request.version() < Version::HTTP_2);
    let is_own = |authority: &str| names.iter().any(|own| own.eq_ignore_ascii_case(authority));
    authority.is_some_and(|authority| !names.is_empty() && !is_own(authority.as_str()))
}

/// Answers a `CONNECT`: by a tunnel that ends here for an API host, by an opaque one otherwise.
async fn connect(
    broker: Arc<Broker>,
    request: Request<Incoming>,
    seat: Arc<Seat>,
) -> Response<Flow> {
    let Some(authority) = request.uri().authority() else {
        return plain(StatusCode::BAD_REQUEST, "CONNECT needs a host and a port");
    };
    let (host, port) = match tunnel_host(authority) {
        Ok(target) => target,
        Err(refusal) => return broker.refused(&refusal),
    };
    if request.version() >= Version::HTTP_2 {
        return plain(StatusCode::BAD_REQUEST, "a tunnel needs HTTP/1.1");
    }
    if announces_body(request.headers()) {
        return plain(StatusCode::BAD_REQUEST, "CONNECT has no body");
    }
    if broker.is_api_host(&host) {
        if !broker.hosts.has(&host, port) {
            return plain(StatusCode::FORBIDDEN, "an API host is asked at the port of its URL");
        }
        let entry = Entry::Tunnel(host.as_str().into(), port);
        tokio::spawn(async move {
            if let Ok(upgraded) = hyper::upgrade::on(request).await {
                intercept(broker, upgraded, entry, seat).await;
            }
        });
        return Response::new(flow::empty());
    }
    match broker.other_hosts.tunnel(&host, port).await {
        Ok(server) => {
            tokio::spawn(async move {
                let _seat = seat;
                if let Ok(upgraded) = hyper::upgrade::on(request).await {
                    let _ = relay(upgraded, server).await;
                }
            });
            Response::new(flow::empty())
        }
        Err(undialled) => broker.undialled(&host, &undialled),
    }
}

/// Passes the bytes of a tunnel on, in both directions.
async fn relay(upgraded: Upgraded, mut server: Box<dyn Duplex>) -> std::io::Result<()> {
    match upgrade::downcast::<TokioIo<AgentStream>>(upgraded) {
        Ok(parts) => {
            // The bytes that came with its request are the first ones.
            server.write_all(&parts.read_buf).await?;
            copy_bidirectional(&mut parts.io.into_inner(), &mut server).await?;
        }
        // The connection itself is by TLS.
        Err(upgraded) => {
            copy_bidirectional(&mut TokioIo::new(upgraded), &mut server).await?;
        }
    }
    Ok(())
}

/// Ends the TLS of a tunnel to an API host, and serves the requests in it.
async fn intercept(broker: Arc<Broker>, upgraded: Upgraded, entry: Entry, seat: Arc<Seat>) {
    let Entry::Tunnel(host, _) = &entry else { return };
    let io = TokioIo::new(upgraded);
    let acceptor = LazyConfigAcceptor::new(Acceptor::default(), io);
    let Ok(Ok(started)) = timeout(HEAD_TIMEOUT, acceptor).await else { return };
    let named = started.client_hello().server_name().and_then(canonical_host);
    if named.as_deref() != Some(&**host) {
        broker.note_of_tunnel(host);
        return;
    }
    let accepted = timeout(HEAD_TIMEOUT, started.into_stream(Arc::clone(&broker.tls))).await;
    if let Ok(Ok(mut stream)) = accepted {
        stream.get_mut().1.set_buffer_limit(Some(BUFFER));
        serve_connection(broker, stream, entry, seat).await;
    }
}

/// Returns the answer to a request without the run's proxy credentials. The connection stays: some clients
/// send them the second time on it.
fn unauthenticated() -> Response<Flow> {
    let mut response = Response::new(flow::empty());
    *response.status_mut() = StatusCode::PROXY_AUTHENTICATION_REQUIRED;
    let headers = response.headers_mut();
    headers.insert(PROXY_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"xreq\""));
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    response
}

/// Returns an answer in words.
pub(crate) fn plain(status: StatusCode, words: &str) -> Response<Flow> {
    let mut response = Response::new(flow::full(format!("xreq: {words}\n")));
    *response.status_mut() = status;
    response
}

impl Broker {
    /// Returns the answer for a host that is not dialled.
    pub(crate) fn undialled(&self, host: &str, undialled: &Undialled) -> Response<Flow> {
        match undialled {
            Undialled::Refused(why) => {
                self.note_of_host(host, why);
                plain(StatusCode::FORBIDDEN, &format!("{host} {why}"))
            }
            Undialled::Failed(error) => {
                plain(StatusCode::BAD_GATEWAY, &format!("{host} cannot be reached: {error}"))
            }
        }
    }
}
