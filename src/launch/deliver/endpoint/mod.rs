//! An endpoint on the loopback interface, which gives an agent a token that lives long enough.
//!
//! ```text
//! GET /x?min_ttl=5m                          200 {"access_token": …, "expires_at": …, "scopes": […]}
//! Host: 127.0.0.1:PORT                       410, 503: {"error": …, "message": …}
//! Authorization: Bearer TOKEN-OF-THE-RUN     everything else: a status without a word
//! ```
//!
//! It is for one agent and its children: the bearer token is made for the run, and a client without it
//! learns nothing. A browser is kept out even if it has the token: a page cannot choose the `Host` that
//! it sends, and cannot hide where it comes from.
//!
//! Nobody waits for a slow client, or for somebody else's refresh. The bytes of a token are never copied
//! here: an answer is written from the pieces that it consists of, the token from where it lives.

mod answer;
mod request;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use age::secrecy::SecretString;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::error::{Code, Error, Parameter, Result, advice};
use crate::http::server::{
    Guard, Host, Limits, Listener, Outcome, Pages, Request, Response, Server, Site, Stop,
};
use crate::refresh::agent::Tokens;
use crate::refresh::agent::token_requests::{Asked, Unavailable};
use request::{Question, Refusal};

/// A client that has not shown the token yet has a second for it: places are few, and anybody on the
/// machine can connect. Each takes a file descriptor, of which a process has no more than 1024 on most
/// machines.
const LIMITS: Limits =
    Limits { head: 8 << 10, body: 0, first: Duration::from_secs(1), ..Limits::USUAL };

/// Longest wait of a client for a refresh. It goes on nevertheless, and the client may ask again.
const LONGEST_REFRESH: Duration = Duration::from_secs(30);

/// A source of tokens.
pub trait Source: Send + Sync + 'static {
    /// Asks for a token of a credential, by its name in the launch, that lives at least so long. Does not wait.
    fn ask(&self, name: &str, min_ttl: Option<SignedDuration>) -> Asked;
}

impl Source for Tokens {
    fn ask(&self, name: &str, min_ttl: Option<SignedDuration>) -> Asked {
        Self::ask(self, name, min_ttl)
    }
}

/// An endpoint that serves until this is dropped.
pub struct Endpoint {
    address: SocketAddr,
    token: SecretString,
    stop: Stop,
    ended: Receiver<Infallible>,
}

impl Endpoint {
    /// Starts to serve on a free port, by a runtime that another thread drives.
    ///
    /// # Errors
    ///
    /// [`Code::EndpointUnavailable`]: the system gives no port.
    pub fn start(runtime: &Handle, source: impl Source) -> Result<Self> {
        Self::listen(runtime, source, LIMITS).map_err(|error| unavailable(&error))
    }

    /// Returns the base URL, without a slash at the end: `XREQ_CREDENTIALS_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the token that clients authenticate with: `XREQ_CREDENTIALS_TOKEN`.
    pub fn token(&self) -> &SecretString {
        &self.token
    }

    fn listen(runtime: &Handle, source: impl Source, limits: Limits) -> io::Result<Self> {
        let listener = Listener::loopback(0)?;
        let address = listener.local_addr()?;
        let token = random_token();
        let server = Server::new(Desk { source, token: token.clone() }, limits);
        let host = Host::exactly("127.0.0.1", address.port());
        let guard = Guard { host, pages: Pages::None };
        let stop = server.stop();
        let (ending, ended) = channel();
        runtime.spawn(async move {
            // Whoever waits for the end sees that this is gone.
            let _ending: std::sync::mpsc::Sender<Infallible> = ending;
            let _ = server.serve(listener, guard).await;
        });
        Ok(Self { address, token, stop, ended })
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.stop.stop();
        let _ = self.ended.recv();
    }
}

/// Returns the failure to open an endpoint.
pub fn unavailable(error: &io::Error) -> Error {
    let message = "no endpoint can be opened on 127.0.0.1";
    Error::of_system(Code::EndpointUnavailable, message, error)
        .with_hint(advice!["leave it out with ", Parameter::Deliver.value("env,file")])
}

/// The site that hands out tokens.
struct Desk<S> {
    source: S,
    token: SecretString,
}

impl<S: Source> Site for Desk<S> {
    async fn answer(&self, request: Request) -> Outcome {
        let response = match Question::read(&request, &self.token) {
            Ok(question) => self.token(&question).await,
            Err(refusal) => answer::refusal(refusal),
        };
        response.into()
    }
}

impl<S: Source> Desk<S> {
    /// Answers somebody who may ask.
    async fn token(&self, question: &Question) -> Response {
        let token = match self.source.ask(&question.credential, question.min_ttl) {
            Asked::Now(live) => Ok(live),
            Asked::Later(answer) => match timeout(LONGEST_REFRESH, answer).await {
                Ok(Ok(token)) => token,
                Ok(Err(_)) => Err(later("xreq is about to end")),
                Err(_) => Err(later("the refresh takes longer than usual, and goes on")),
            },
            Asked::Unknown => return answer::refusal(Refusal::Unknown),
        };
        match token {
            Ok(live) => answer::token(&live),
            Err(why) => answer::unavailable(&why, Timestamp::now()),
        }
    }
}

fn later(why: &str) -> Unavailable {
    let error = Error::new(Code::ProviderUnavailable, why).into();
    Unavailable::For { error, retry_at: Timestamp::now() }
}

/// Returns 256 random bits, as text that can stand in a header.
fn random_token() -> SecretString {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).expect("the system has random numbers once it is up");
    BASE64_URL_SAFE_NO_PAD.encode(*bytes).into()
}
