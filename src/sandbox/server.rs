//! The thread that listens, and HTTP/1.1 on its connections.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::oneshot;

use super::Options;
use super::http::{Delivery, Reply, Request};
use super::state::Shared;
use crate::error::{Code, Error, Result};

/// The longest body that is read.
const MAX_BODY: usize = 256 * 1024;

/// A thread that serves until this is dropped.
pub(super) struct Server {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(options: Options) -> Result<Self> {
        let port = options.port;
        let taken = |error: io::Error| {
            let message = format!("the sandbox cannot listen on 127.0.0.1:{port}: {error}");
            Error::new(Code::SandboxFailed, message)
                .with_hint("`xreq sandbox --port 0` takes a free port")
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(taken)?;
        listener.set_nonblocking(true).map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(taken)?;
        let shared = Arc::new(Shared::new(format!("http://{address}"), options));
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("sandbox".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = listen(listener, serving) => {}
                }
            });
        });
        Ok(Self { shared, stop: Some(stop), thread: Some(thread.map_err(taken)?) })
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened.
            let _ = thread.join();
        }
    }
}

/// Accepts connections; those that are open end with the runtime.
async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, most likely: some will be closed.
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            continue;
        };
        // Without it, answers on a connection that is kept alive would wait for one another.
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| {
            let shared = Arc::clone(&shared);
            async move { respond(&shared, request).await }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        // What a client does to its connection is the client's affair.
        tokio::spawn(async { drop(connection.await) });
    }
}

/// Answers a request. An error closes the connection without an answer.
async fn respond(
    shared: &Shared,
    request: hyper::Request<Incoming>,
) -> io::Result<hyper::Response<Answer>> {
    let Some(request) = received(request).await else {
        return Ok(response(Reply::problem(413), false));
    };
    match shared.answer(&request) {
        Delivery::Whole(reply) => Ok(response(reply, false)),
        Delivery::Late(reply, delay) => {
            tokio::time::sleep(delay).await;
            Ok(response(reply, false))
        }
        Delivery::Cut(reply) => Ok(response(reply, true)),
        Delivery::Lost => Err(io::ErrorKind::ConnectionAborted.into()),
        Delivery::Never => pending().await,
    }
}

/// The request in whole; none where its body is too long or breaks off.
async fn received(request: hyper::Request<Incoming>) -> Option<Request> {
    let (head, body) = request.into_parts();
    let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    let authority = head.uri.authority().map(hyper::http::uri::Authority::as_str);
    let host = authority.or_else(|| header(HOST)).unwrap_or_default();
    Some(Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        host: without_port(host).to_owned(),
        origin: header(ORIGIN).map(str::to_owned),
        authorization: header(AUTHORIZATION).map(str::to_owned),
        content_type: header(CONTENT_TYPE).unwrap_or_default().to_owned(),
        body: Limited::new(body, MAX_BODY).collect().await.ok()?.to_bytes().to_vec(),
    })
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

fn response(reply: Reply, cut: bool) -> hyper::Response<Answer> {
    let length = reply.body.len() as u64;
    let mut body = Bytes::from(reply.body);
    if cut {
        body.truncate(body.len() / 2);
    }
    let mut response = hyper::Response::new(Answer { body: Some(body), length, cut, told: false });
    *response.status_mut() = hyper::StatusCode::from_u16(reply.status).unwrap_or_default();
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    response
}

/// The body of an answer, which may break off.
struct Answer {
    body: Option<Bytes>,
    length: u64,
    cut: bool,
    told: bool,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(body) = self.body.take() {
            return Poll::Ready(Some(Ok(Frame::data(body))));
        }
        if !self.cut {
            return Poll::Ready(None);
        }
        if !self.told {
            // What was given is sent before the connection breaks.
            self.told = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }

    fn is_end_stream(&self) -> bool {
        !self.cut && self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(if self.body.is_some() { self.length } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_a_port_or_not() {
        for (host, name) in [
            ("127.0.0.1:80", "127.0.0.1"),
            ("localhost", "localhost"),
            ("[::1]:8080", "[::1]"),
            ("evil.example:1", "evil.example"),
            ("", ""),
        ] {
            assert_eq!(without_port(host), name);
        }
    }
}
