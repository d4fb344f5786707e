//! `GET /health` and `GET /metrics`, on a Unix socket and, where it is asked for, on an address.
//!
//! A thread of its own answers; the figures come from the thread that keeps the grants, which is
//! asked at most a few times a second, and whose silence is an answer too. Connections are few,
//! short, and cut where they are slow: nothing that a client does costs a grant its refresh.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::{Mutex, Semaphore, oneshot};
use tokio::time::{sleep, timeout};

use super::answers::{Health, Report};
use super::keeping::Message;

/// How long a request, and all of a connection, may take, and how many connections there may be.
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
    let answering = move || runtime.block_on(listen(listeners, Arc::new(Desk::new(keeper))));
    std::thread::Builder::new().name("answers".to_owned()).spawn(answering).map(drop)
}

async fn listen(Listeners { socket, address }: Listeners, desk: Arc<Desk>) {
    let Ok(socket) = UnixListener::from_std(socket) else { return };
    let address = address.and_then(|address| TcpListener::from_std(address).ok());
    loop {
        tokio::select! {
            accepted = socket.accept() => welcome(accepted, &desk).await,
            accepted = accept(address.as_ref()) => welcome(accepted, &desk).await,
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// Answers on a connection. Where there are too many, the next one waits.
async fn welcome<S, A>(accepted: io::Result<(S, A)>, desk: &Arc<Desk>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Ok((stream, _)) = accepted else {
        // Too many open files, most likely: some will be closed.
        return sleep(Duration::from_millis(10)).await;
    };
    let seat = Arc::clone(&desk.seats).acquire_owned().await.expect("it is never closed");
    let desk = Arc::clone(desk);
    tokio::spawn(async move {
        let service = service_fn(move |request| {
            let desk = Arc::clone(&desk);
            async move { Ok::<_, Infallible>(desk.answer(&request).await) }
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
    seats: Arc<Semaphore>,
    known: Mutex<Option<(Instant, Arc<Report>)>>,
}

type Answer = Response<Full<Bytes>>;

impl Desk {
    fn new(keeper: Sender<Message>) -> Self {
        Self { keeper, seats: Arc::new(Semaphore::new(MOST)), known: Mutex::default() }
    }

    async fn answer(&self, request: &Request<Incoming>) -> Answer {
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
        let status = match report.health() {
            Health::Ok => StatusCode::OK,
            Health::Attention | Health::Failing => StatusCode::SERVICE_UNAVAILABLE,
        };
        answer(status, JSON, format!("{:#}\n", report.as_json()))
    }

    /// How the grants are; `None` where the thread that keeps them does not say.
    async fn report(&self) -> Option<Arc<Report>> {
        let mut known = self.known.lock().await;
        if let Some((_, report)) = known.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return Some(Arc::clone(report));
        }
        let (reply, answered) = oneshot::channel();
        self.keeper.send(Message::Asked(reply)).ok()?;
        let report = Arc::new(timeout(PATIENCE, answered).await.ok()?.ok()?);
        *known = Some((Instant::now(), Arc::clone(&report)));
        Some(report)
    }
}

fn answer(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
