//! `GET /health` and `GET /metrics`, on a Unix socket and, where it is asked for, on an address.
//!
//! A thread of its own answers; the figures come from the thread that keeps the grants, which is
//! asked at most a few times a second, and whose silence is an answer too. Connections are few,
//! short, and cut where they are slow: nothing that a client does costs a grant its refresh.
//!
//! Web pages must not read what is answered on an address of this machine. A page whose name was made
//! to mean that address (DNS rebinding) gives itself away by the `Host` that its requests have.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue};
use hyper::http::uri::Authority;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Mutex, Semaphore, oneshot};
use tokio::time::{sleep, timeout};

use super::message::Message;
use crate::refresh::answers::{Report, ServiceStatus};

/// How long a request, and all of a connection, may take, and how many connections to the socket, and
/// to the address, there may be.
const LONGEST_REQUEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(5);
const MOST: usize = 32;

/// How long an answer serves others who ask.
const FRESH: Duration = Duration::from_millis(100);

/// How long the thread that keeps the grants may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

const JSON: &str = "application/json";
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is listened on.
pub(super) struct Listeners {
    /// The socket, which others than the owner cannot reach.
    pub(super) socket: std::os::unix::net::UnixListener,
    /// The address.
    pub(super) address: Option<std::net::TcpListener>,
}

/// Answers from a thread of its own, until the process ends.
pub(super) fn serve(listeners: Listeners, keeper: Sender<Message>) -> io::Result<()> {
    listeners.socket.set_nonblocking(true)?;
    if let Some(address) = &listeners.address {
        address.set_nonblocking(true)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answering =
        move || runtime.block_on(listen(listeners, Arc::new(Desk::new(keeper, PATIENCE))));
    std::thread::Builder::new().name("answers".to_owned()).spawn(answering).map(drop)
}

async fn listen(Listeners { socket, address }: Listeners, desk: Arc<Desk>) {
    let Ok(socket) = UnixListener::from_std(socket) else { return };
    let address = address.and_then(|address| TcpListener::from_std(address).ok());
    // Whoever takes all the seats of one keeps nobody from the other.
    tokio::join!(listen_on_socket(&socket, &desk), listen_on_address(address, &desk));
}

async fn listen_on_socket(socket: &UnixListener, desk: &Arc<Desk>) {
    let seats = seats();
    loop {
        welcome(socket.accept().await, None, &seats, desk).await;
    }
}

async fn listen_on_address(address: Option<TcpListener>, desk: &Arc<Desk>) {
    let Some(address) = address else { return };
    let (seats, bound) = (seats(), address.local_addr().ok());
    loop {
        welcome(address.accept().await, bound, &seats, desk).await;
    }
}

fn seats() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(MOST))
}

/// Answers on a connection to an address, where it is none to the socket. Where there are too many, the
/// next one waits.
async fn welcome<S, A>(
    accepted: io::Result<(S, A)>,
    bound: Option<SocketAddr>,
    seats: &Arc<Semaphore>,
    desk: &Arc<Desk>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Ok((stream, _)) = accepted else {
        // Too many open files, most likely: some will be closed.
        return sleep(Duration::from_millis(10)).await;
    };
    let seat = Arc::clone(seats).acquire_owned().await.expect("it is never closed");
    let desk = Arc::clone(desk);
    tokio::spawn(async move {
        let service = service_fn(move |request| {
            let desk = Arc::clone(&desk);
            async move { Ok::<_, Infallible>(desk.answer(&request, bound).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(LONGEST_REQUEST)
            .keep_alive(false)
            .max_buf_size(8 << 10)
            .serve_connection(TokioIo::new(stream), service);
        // What a client does to its connection is the client's affair.
        let _ = timeout(LONGEST, connection).await;
        drop(seat);
    });
}

/// Where questions are answered.
struct Desk {
    keeper: Sender<Message>,
    patience: Duration,
    known: Mutex<Option<(Instant, Arc<Report>)>>,
}

type Answer = Response<Full<Bytes>>;

impl Desk {
    fn new(keeper: Sender<Message>, patience: Duration) -> Self {
        Self { keeper, patience, known: Mutex::default() }
    }

    async fn answer(&self, request: &Request<Incoming>, bound: Option<SocketAddr>) -> Answer {
        if bound.is_some_and(|bound| !is_for(request, bound)) {
            let refusal = "this is asked for by its address\n";
            return answer(StatusCode::MISDIRECTED_REQUEST, "text/plain", refusal);
        }
        let path = request.uri().path();
        if !matches!(path, "/health" | "/metrics") {
            return answer(StatusCode::NOT_FOUND, "text/plain", "there are /health and /metrics\n");
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut refusal = answer(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "");
            refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refusal;
        }
        let Some(report) = self.report().await else {
            let stuck = "{\"status\":\"stuck\"}\n";
            return answer(StatusCode::SERVICE_UNAVAILABLE, JSON, stuck);
        };
        if path == "/metrics" {
            return answer(StatusCode::OK, METRICS, report.metrics());
        }
        let status = match report.status() {
            ServiceStatus::Ok => StatusCode::OK,
            ServiceStatus::Attention | ServiceStatus::Failing => StatusCode::SERVICE_UNAVAILABLE,
        };
        answer(status, JSON, format!("{:#}\n", report.as_json()))
    }

    /// How the grants are; `None` where the thread that keeps them does not say.
    async fn report(&self) -> Option<Arc<Report>> {
        // Waiting for somebody else's question counts too.
        timeout(self.patience, self.asked()).await.ok()?
    }

    async fn asked(&self) -> Option<Arc<Report>> {
        let mut known = self.known.lock().await;
        if let Some((_, report)) = known.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return Some(Arc::clone(report));
        }
        let (reply, answered) = oneshot::channel();
        self.keeper.send(Message::Asked(reply)).ok()?;
        let report = Arc::new(answered.await.ok()?);
        *known = Some((Instant::now(), Arc::clone(&report)));
        Some(report)
    }
}

/// Whether a request means this address. One that other machines can reach has names of which nothing
/// is known here.
fn is_for<B>(request: &Request<B>, bound: SocketAddr) -> bool {
    let named = || request.headers().get(HOST)?.to_str().ok()?.parse().ok();
    let host: Option<Authority> = request.uri().authority().cloned().or_else(named);
    !bound.ip().is_loopback() || host.is_some_and(|host| is_name_of(&host, bound))
}

/// Whether this is a name of an address of this machine.
fn is_name_of(host: &Authority, bound: SocketAddr) -> bool {
    let names = ["localhost", "127.0.0.1", "[::1]"];
    let own = if bound.is_ipv6() { format!("[{}]", bound.ip()) } else { bound.ip().to_string() };
    host.port_u16().unwrap_or(80) == bound.port()
        && !host.as_str().contains('@')
        && (host.host() == own || names.iter().any(|name| host.host().eq_ignore_ascii_case(name)))
}

fn answer(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn an_address_of_this_machine_is_asked_by_its_names() {
        let is_for = |host: Option<&str>, bound: &str| {
            let request = host
                .into_iter()
                .fold(Request::get("/metrics"), |request, host| request.header(HOST, host));
            let request = request.body(()).expect("it is one");
            is_for(&request, bound.parse().expect("an address"))
        };
        for host in ["127.0.0.1:9464", "localhost:9464", "LocalHost:9464", "[::1]:9464"] {
            assert!(is_for(Some(host), "127.0.0.1:9464"), "{host}");
            assert!(is_for(Some(host), "[::1]:9464"), "{host}");
        }
        assert!(is_for(Some("127.0.0.7:9464"), "127.0.0.7:9464"));
        assert!(is_for(Some("localhost"), "127.0.0.1:80"));
        for host in [
            "evil.example:9464",
            "localhost",
            "localhost:9465",
            "localhost.evil.example:9464",
            "a@localhost:9464",
            "",
        ] {
            assert!(!is_for(Some(host), "127.0.0.1:9464"), "{host}");
        }
        assert!(!is_for(None, "127.0.0.1:9464"));
        assert!(is_for(Some("metrics.example:9464"), "0.0.0.0:9464"));
    }

    #[test]
    fn whoever_asks_of_a_stuck_daemon_waits_no_longer_than_the_first() {
        let (keeper, _silent) = mpsc::channel();
        let patience = Duration::from_secs(2);
        let desk = Desk::new(keeper, patience);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let start = Instant::now();
        let reports = runtime
            .expect("it starts")
            .block_on(async { tokio::join!(desk.report(), desk.report(), desk.report()) });
        assert_eq!(reports, (None, None, None));
        assert!(start.elapsed() < patience * 2, "{:?}", start.elapsed());
    }
}
