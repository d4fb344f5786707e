//! An endpoint on the loopback interface, which gives an agent a token that lives long enough.
//!
//! ```text
//! GET /x?min_ttl=5m                          200 {"access_token": …, "expires_at": …, "scopes": […]}
//! Host: 127.0.0.1:PORT                       410, 503: {"error": …, "message": …}
//! Authorization: Bearer TOKEN-OF-THE-RUN     everything else: a status without a word
//! ```
//!
//! It is for one agent and its children: the bearer token is made for the run, and what does not have
//! it learns nothing. A browser is kept out even where it has the token: a page cannot choose the
//! `Host` that it sends, and cannot hide where it comes from.
//!
//! All connections are served by one thread, which waits for nobody: not for a slow client, and not
//! for a refresh. The bytes of a token are never copied here: an answer is written from the pieces
//! that it consists of, the token from where it lives.

mod answer;
mod connection;
mod request;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use age::secrecy::SecretString;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use tokio::sync::{Semaphore, oneshot};
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::refresh::agent::Tokens;
use crate::refresh::token_requests::Asked;
use connection::Connection;
use request::Gate;

/// How many connections are served at once; others wait. Each takes a file descriptor, of which a
/// process has no more than 1024 on most machines.
const MOST_CONNECTIONS: usize = 512;

/// How long to wait where no connection can be accepted: some will be closed.
const NAP: Duration = Duration::from_millis(10);

/// The stack of the thread.
const STACK: usize = 256 << 10;

/// What gives the tokens.
pub trait Source: Send + Sync + 'static {
    /// Asks for a token of a provider that lives at least so long. Does not wait.
    fn ask(&self, provider: &str, min_ttl: Option<SignedDuration>) -> Asked;
}

impl Source for Tokens {
    fn ask(&self, provider: &str, min_ttl: Option<SignedDuration>) -> Asked {
        Self::ask(self, provider, min_ttl)
    }
}

/// An endpoint that serves until this is dropped.
pub struct Endpoint {
    address: SocketAddr,
    token: SecretString,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Endpoint {
    /// Starts to serve on a free port.
    ///
    /// # Errors
    ///
    /// [`Code::EndpointUnavailable`]: the system gives no port, or no thread.
    pub fn start(source: impl Source) -> Result<Self> {
        Self::listen(source, MOST_CONNECTIONS).map_err(|error| {
            let message = format!("no endpoint can be opened on 127.0.0.1: {error}");
            Error::new(Code::EndpointUnavailable, message)
                .with_hint("leave it out with `--deliver env,file`")
        })
    }

    /// Where it is, without a slash at the end: `XREQ_CREDENTIALS_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it is asked with: `XREQ_CREDENTIALS_TOKEN`.
    pub fn token(&self) -> &SecretString {
        &self.token
    }

    fn listen(source: impl Source, most: usize) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let token = random_token();
        let gate = Gate { host: address.to_string(), token: token.clone() };
        let served = Arc::new(Served { gate, source, room: Arc::new(Semaphore::new(most)) });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let serve = move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = accept(listener, served) => {}
                }
            });
        };
        let thread = thread::Builder::new().name("endpoint".to_owned()).stack_size(STACK);
        let thread = thread.spawn(serve)?;
        Ok(Self { address, token, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened.
            let _ = thread.join();
        }
    }
}

/// What all connections share.
struct Served<S> {
    gate: Gate,
    source: S,
    /// The places that are left.
    room: Arc<Semaphore>,
}

impl<S> Served<S> {
    /// Whether others can connect too: else connections that are kept alive would shut them out.
    fn has_room(&self) -> bool {
        self.room.available_permits() > 0
    }
}

/// Accepts connections; those that are open end with the runtime.
async fn accept(listener: TcpListener, served: Arc<Served<impl Source>>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        let place = Arc::clone(&served.room).acquire_owned().await;
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(NAP).await;
            continue;
        };
        let served = Arc::clone(&served);
        tokio::spawn(async move {
            let _place = place;
            Connection::new(stream).serve(&*served).await;
        });
    }
}

/// 256 bits of chance, as text that can stand in a header.
fn random_token() -> SecretString {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).expect("the system has random numbers once it is up");
    BASE64_URL_SAFE_NO_PAD.encode(*bytes).into()
}
