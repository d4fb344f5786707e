//! `GET /health` and `GET /metrics`, on a Unix socket and, if configured, on an address.
//!
//! The figures come from the thread that keeps the grants, which is asked at most a few times a second,
//! and whose silence is an answer too. Connections are few, short, and cut if they are slow: nothing
//! that a client does costs a grant its refresh.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use hyper::header::{ALLOW, HeaderValue};
use hyper::{Method, StatusCode};
use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout;

use super::message::Message;
use crate::http::server::{
    Body, Crowd, Guard, Host, Limits, Listener, Outcome, Pages, Refusal, Request, Response, Server,
    Site,
};
use crate::refresh::fleet::report::{FleetReport, ServiceStatus};

/// Maximum number of connections to the socket, and to the address, and maximum duration of each.
const LIMITS: Limits = Limits {
    connections: 32,
    crowd: Crowd::Waits,
    head: 8 << 10,
    body: 0,
    first: Duration::from_secs(2),
    patience: Duration::from_secs(2),
    idle: None,
    half_close: true,
};

/// Time for which an answer serves others who ask.
const FRESH: Duration = Duration::from_millis(100);

/// Limit for the thread that keeps the grants to answer.
const PATIENCE: Duration = Duration::from_secs(3);

const JSON: &str = "application/json";
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The listeners of a daemon.
pub(super) struct Listeners {
    /// The socket, which others than the owner cannot reach.
    pub(super) socket: std::os::unix::net::UnixListener,
    /// The address.
    pub(super) address: Option<Listener>,
}

/// Answers questions for as long as it is polled.
pub(super) async fn serve(Listeners { socket, address }: Listeners, keeper: Sender<Message>) {
    let server = Server::new(Desk::new(keeper, PATIENCE), LIMITS);
    let on_address = async {
        let Some(address) = address else { return };
        let host = address.local_addr().map_or(Host::Any, Host::of);
        // Nothing is said where the system has no room for it: the daemon keeps the grants.
        let _ = server.serve(address, Guard { host, pages: Pages::Own }).await;
    };
    let on_socket = Guard { host: Host::Any, pages: Pages::Own };
    // Whoever takes all the places of one keeps nobody from the other.
    let (_, ()) = tokio::join!(server.serve(Listener::Unix(socket), on_socket), on_address);
}

/// The site that answers questions.
struct Desk {
    keeper: Sender<Message>,
    patience: Duration,
    known: Mutex<Option<(Instant, Arc<FleetReport>)>>,
}

impl Desk {
    fn new(keeper: Sender<Message>, patience: Duration) -> Self {
        Self { keeper, patience, known: Mutex::default() }
    }

    /// Returns the report on the grants; `None` if the thread that keeps them gives none.
    async fn report(&self) -> Option<Arc<FleetReport>> {
        // Waiting for somebody else's question counts too.
        timeout(self.patience, self.asked()).await.ok()?
    }

    async fn asked(&self) -> Option<Arc<FleetReport>> {
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

impl Site for Desk {
    async fn answer(&self, request: Request) -> Outcome {
        let path = request.path();
        if !matches!(path, "/health" | "/metrics") {
            return text(StatusCode::NOT_FOUND, "there are /health and /metrics\n").into();
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let refusal = Response::new(StatusCode::METHOD_NOT_ALLOWED);
            return refusal.with(ALLOW, HeaderValue::from_static("GET, HEAD")).into();
        }
        let Some(report) = self.report().await else {
            let stuck = "{\"status\":\"stuck\"}\n";
            return Response::of(StatusCode::SERVICE_UNAVAILABLE, JSON, stuck).into();
        };
        if path == "/metrics" {
            return Response::of(StatusCode::OK, METRICS, report.metrics()).into();
        }
        let status = match report.status() {
            ServiceStatus::Ok => StatusCode::OK,
            ServiceStatus::Attention | ServiceStatus::Failing => StatusCode::SERVICE_UNAVAILABLE,
        };
        Response::of(status, JSON, format!("{:#}\n", report.as_json())).into()
    }

    fn refuse(&self, refusal: Refusal) -> Option<Response> {
        let status = refusal.status();
        Some(match refusal {
            Refusal::NoHost | Refusal::OtherHost => {
                text(status, "this is asked for by its address\n")
            }
            _ => Response::new(status),
        })
    }
}

fn text(status: StatusCode, text: impl Into<Body>) -> Response {
    Response::of(status, "text/plain", text)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

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
