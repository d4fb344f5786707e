//! The thread that serves, and what becomes of answers on their way.

use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::StatusCode;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};

use super::dispatch;
use super::http::{Delivery, Reply, Request};
use super::options::Options;
use super::state::Shared;
use crate::error::{Code, Error, Parameter, Result, advice};
use crate::http::server;
use crate::http::server::{
    Background, Guard, Host, Limits, Listener, Outcome, Pages, Refusal, Response, Site,
};

/// A client that went away waits no longer for an answer that never comes.
const LIMITS: Limits = Limits { half_close: false, ..Limits::USUAL };

/// A thread that serves until this is dropped.
pub(super) struct Server {
    _background: Background,
}

/// The faces that are served at one address. One that is alone has all of it; of several each is below a
/// path of its provider's name.
struct Faces(Vec<Arc<Shared>>);

impl Server {
    /// Starts to serve the faces of these options, at the port of the first, and gives the memory of each.
    pub(super) fn start(options: Vec<Options>) -> Result<(Self, Vec<Arc<Shared>>)> {
        let Options { port, face, .. } = options.first().cloned().unwrap_or_default();
        let taken = |error: io::Error| {
            let message = format!("the sandbox cannot listen on 127.0.0.1:{port}");
            Error::of_system(Code::SandboxFailed, message, &error).with_hint(advice![
                face.start(None).with(Parameter::Port.value("0")),
                " takes a free port"
            ])
        };
        let listener = Listener::loopback(port).map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let origin = format!("http://{address}");
        let is_alone = options.len() == 1;
        let faces: Vec<_> = options
            .into_iter()
            .map(|options| {
                let below = format!("/{}", options.face.provider);
                let base_path = if is_alone { String::new() } else { below };
                Arc::new(Shared::new(&origin, base_path, options))
            })
            .collect();
        let background = Background::start("sandbox").map_err(taken)?;
        let server = server::Server::new(Faces(faces.clone()), LIMITS);
        // Ports may be mapped on the way here.
        let host = Host::Loopback { own: None, port: None };
        let guard = Guard { host, pages: Pages::Own };
        background.handle().spawn(async move { server.serve(listener, guard).await });
        Ok((Self { _background: background }, faces))
    }
}

impl Faces {
    /// Returns the face that a path lies below, and the rest of the path.
    fn of<'a>(&self, path: &'a str) -> Option<(&Shared, &'a str)> {
        self.0.iter().find_map(|face| {
            let rest = path.strip_prefix(face.state().base_path.as_str())?;
            rest.starts_with('/').then_some((face.as_ref(), rest))
        })
    }
}

impl Site for Faces {
    async fn answer(&self, request: server::Request) -> Outcome {
        let request = match received(request).await {
            Ok(request) => request,
            Err(refusal) => return response(problem(refusal)).closing().into(),
        };
        let Some((face, path)) = self.of(&request.path) else {
            return response(Reply::problem(404)).into();
        };
        let request = Request { path: path.to_owned(), ..request };
        match dispatch::answer(face, &request) {
            Delivery::Whole(reply) => response(reply).into(),
            Delivery::Late(reply, delay) => {
                tokio::time::sleep(delay).await;
                response(reply).into()
            }
            Delivery::Cut(reply) => {
                let half = Half::of(Bytes::copy_from_slice(&reply.body));
                response(reply).with_body(server::Body::stream(half)).into()
            }
            Delivery::Lost => Outcome::Drop,
            Delivery::Never => pending().await,
        }
    }

    fn refuse(&self, refusal: Refusal) -> Option<Response> {
        Some(response(problem(refusal)))
    }
}

fn problem(refusal: Refusal) -> Reply {
    Reply::problem(refusal.status().as_u16())
}

/// Takes in a whole request.
async fn received(request: server::Request) -> Result<Request, Refusal> {
    let header = |name| request.header(name).map(str::to_owned);
    let headers = request.header_names().map(str::to_owned).collect();
    Ok(Request {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        query: request.query().to_owned(),
        host: header(&HOST).unwrap_or_default(),
        authorization: header(&AUTHORIZATION),
        headers,
        content_type: header(&CONTENT_TYPE).unwrap_or_default(),
        body: request.body().await?.to_vec(),
    })
}

fn response(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or_default();
    let response = Response::bare(status).with_body(reply.body.into());
    reply.headers.into_iter().fold(response, |response, (name, value)| match HeaderValue::from_str(
        &value,
    ) {
        Ok(value) => response.with(HeaderName::from_static(name), value),
        Err(_) => response,
    })
}

/// The first half of a body that says it is whole, and then the end of the connection.
struct Half {
    body: Option<Bytes>,
    length: u64,
    is_sent: bool,
}

impl Half {
    fn of(mut body: Bytes) -> Self {
        let length = body.len() as u64;
        body.truncate(body.len() / 2);
        Self { body: Some(body), length, is_sent: false }
    }
}

impl Body for Half {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(body) = self.body.take() {
            return Poll::Ready(Some(Ok(Frame::data(body))));
        }
        if !self.is_sent {
            // What was given is sent before the connection breaks.
            self.is_sent = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(if self.body.is_some() { self.length } else { 0 })
    }
}
