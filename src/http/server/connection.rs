//! One connection: requests in, answers out, one after the other.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1::{self, Parts};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tokio::time::timeout;

use super::body::Body;
use super::guard::Guard;
use super::refusal::Refusal;
use super::request::Request;
use super::served::{Served, told_to_stop};
use super::site::{Outcome, Site};
use super::stream::Stream;
use super::turn::Turn;
use super::wire::{Fault, Wire};

/// Serves a connection until one side has had enough, or the server is stopped: then what is being
/// answered may still end, if that takes no longer than [`GRACE`]. A client's treatment of its
/// connection is the client's affair.
pub(crate) async fn serve<S: Site>(
    stream: Stream,
    served: Arc<Served<S>>,
    guard: Arc<Guard>,
    mut stopped: watch::Receiver<bool>,
) {
    let turn = Arc::new(Turn::default());
    let wire = Wire::new(stream, Arc::clone(&turn), served.limits);
    let (site, answering) = (Arc::clone(&served), Arc::clone(&turn));
    let service = service_fn(move |request| {
        answering.to_server();
        respond(Arc::clone(&site), Arc::clone(&guard), Arc::clone(&answering), request)
    });
    let limits = &served.limits;
    let mut connection = http1::Builder::new()
        .header_read_timeout(None)
        .title_case_headers(true)
        .keep_alive(limits.idle.is_some())
        .half_close(limits.half_close)
        .max_header_size(limits.head)
        .max_buf_size(limits.head.max(SMALLEST_BUFFER))
        .serve_connection(TokioIo::new(wire), service);
    // What is answered after the word to stop says that the connection ends.
    let ended = tokio::select! {
        biased;
        () = told_to_stop(&mut stopped) => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            timeout(GRACE, &mut connection).await.unwrap_or(Ok(()))
        }
        ended = &mut connection => ended,
    };
    // hyper takes bytes that it was not given for an end like any other.
    let error = ended.err();
    let Parts { io, .. } = connection.into_parts();
    let mut wire = io.into_inner();
    if turn.count() > 0 {
        return;
    }
    let refusal = match (wire.fault(), error) {
        (Some(Fault::Foreign), _) => Refusal::Foreign,
        (None, Some(error)) if error.is_parse_too_large() => Refusal::HeadTooLong,
        (None, Some(error)) if error.is_parse() => Refusal::Malformed,
        _ => return,
    };
    if let Some(response) = served.site.refuse(refusal) {
        wire.end_with(&response.last_bytes()).await;
    }
}

/// Time for which connections are served after the end of their server.
const GRACE: Duration = Duration::from_millis(200);

/// The smallest buffer that hyper works with.
const SMALLEST_BUFFER: usize = 8 << 10;

/// Answers a request. An error ends the connection.
async fn respond<S: Site>(
    served: Arc<Served<S>>,
    guard: Arc<Guard>,
    turn: Arc<Turn>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Body>, Unanswered> {
    let outcome = match guard.check(&request) {
        Ok(()) => served.site.answer(Request::new(request, &served.limits)).await,
        Err(refusal) => {
            served.site.refuse(refusal).map_or(Outcome::Drop, |response| response.closing().into())
        }
    };
    match outcome {
        // Else connections that are kept alive would shut others out.
        Outcome::Answer(response) if !served.has_room() => Ok(response.closing().into_hyper(turn)),
        Outcome::Answer(response) => Ok(response.into_hyper(turn)),
        Outcome::Drop => Err(Unanswered),
    }
}

/// The end of a connection in the place of an answer.
#[derive(Debug)]
struct Unanswered;

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection ends without an answer")
    }
}

impl std::error::Error for Unanswered {}
