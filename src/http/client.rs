//! The way to a provider: HTTPS (or HTTP on this machine), without redirects, with limits.
//!
//! The rules are those of a client that carries secrets. Nothing is followed that an answer points
//! to (RFC 9700 section 4.12), nothing is sent twice without being asked to, no request lasts for
//! ever, and no answer fills the memory. It is asynchronous, and runs in the runtime of its caller. TLS
//! is set up with the first request.

pub(crate) mod authorities;
mod clock_lead;
pub(crate) mod limit;
mod outgoing;
pub(crate) mod proxy;
pub(crate) mod resolver;
pub(crate) mod retry_after;
pub(crate) mod sent;
pub(crate) mod unanswered;

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use age::secrecy::{ExposeSecret, SecretString};
use jiff::SignedDuration;
use reqwest::header::HeaderMap;
use reqwest::{Client, ClientBuilder, Response, redirect, retry};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::catalog::url::url_fault;
pub use crate::http::client::outgoing::Outgoing;
use crate::http::client::proxy::Proxy;
use crate::http::client::resolver::Resolver;
use crate::http::client::unanswered::{Limits, Way};
pub use crate::http::client::unanswered::{Setting, Unanswered};
use crate::text::encoding;

/// Limit for a request, from its first byte to the last one of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// The parts in which the time of a request is counted. A process that was stopped meanwhile (Ctrl-Z, a
/// laptop that sleeps) loses one of them, and no answer that has arrived.
const SLICES: u32 = 60;

/// Limit for making a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const LIMITS: Limits = Limits { connection: CONNECT_TIMEOUT.as_secs(), answer: TIMEOUT.as_secs() };

/// Servers close idle connections; one that is about to be closed may lose a request.
const LONGEST_IDLE: Duration = Duration::from_secs(2);

/// The most bytes of an answer: a token response has some hundred.
pub(crate) const LONGEST_ANSWER: usize = 1 << 20;

/// A client for the HTTP of providers, to be shared by all who ask in one runtime.
pub struct Http {
    timeout: Duration,
    remote: OnceLock<Client>,
    local: OnceLock<Client>,
}

/// A server's answer.
#[derive(Default)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Time for which the server wants not to be asked again.
    pub retry_after: Option<Duration>,
    /// Time by which this machine's clock is ahead of the server's (behind, if negative), if the server
    /// says what time it is.
    pub clock_lead: Option<SignedDuration>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, which may hold tokens.
    pub body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// Returns an answer with these headers, by their names in lower case, which came at this time. The
    /// body is UTF-8 from here on.
    pub fn new<'a>(
        status: u16,
        header: impl Fn(&str) -> Option<&'a str>,
        now: SystemTime,
        mut body: Zeroizing<Vec<u8>>,
    ) -> Self {
        encoding::make_utf8(&mut body);
        let clock_lead = clock_lead::of(&header, now);
        let retry_after = retry_after::asked(status, header, now);
        Self { status, retry_after, clock_lead, headers: HeaderMap::new(), body }
    }

    /// Returns a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Default for Http {
    fn default() -> Self {
        Self::new()
    }
}

impl Http {
    /// Returns a client that has not connected to anything yet.
    pub fn new() -> Self {
        Self::with_timeout(TIMEOUT)
    }

    fn with_timeout(timeout: Duration) -> Self {
        Self { timeout, remote: OnceLock::new(), local: OnceLock::new() }
    }

    /// Sends a request, and returns the answer.
    pub async fn send(&self, outgoing: &Outgoing<'_>) -> Result<Answer, Unanswered> {
        if let Some(fault) = url_fault(outgoing.url) {
            return Err(Unanswered::unsent(format!("the URL {fault}")));
        }
        let way = way(outgoing.url)?;
        let request = outgoing.built(self.client(&way)?)?;
        let answer = within(self.timeout, async { read(request.send().await?).await }).await;
        match answer {
            Some(answer) => answer.map_err(|error| Unanswered::of(&error, &way, &LIMITS)),
            None => Err(Unanswered::late(&LIMITS)),
        }
    }

    /// Returns the client for a way. `http` is allowed on this machine alone: there, neither a proxy nor
    /// TLS is in the way.
    fn client(&self, way: &Way) -> Result<&Client, Unanswered> {
        let cell = if way.is_https { &self.remote } else { &self.local };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let builder = if way.is_https {
            authorities::named_file()
                .map_err(|what| Unanswered::unsent_for(Setting::Certificates, what))?;
            Client::builder().https_only(true)
        } else {
            Client::builder().no_proxy().tls_certs_only([])
        };
        install_cryptography();
        let client =
            with_rules(builder).build().map_err(|error| Unanswered::of(&error, way, &LIMITS))?;
        Ok(cell.get_or_init(|| client))
    }
}

/// Returns the way that a request to a URL takes.
fn way(url: &str) -> Result<Way, Unanswered> {
    let is_https = url.starts_with("https://");
    let proxy = if is_https {
        Proxy::of(url).map_err(|what| Unanswered::unsent_for(Setting::Proxy, what))?
    } else {
        None
    };
    let host = url.split("//").nth(1).and_then(|rest| rest.split(['/', '?']).next());
    Ok(Way { host: host.unwrap_or_default().to_owned(), is_https, proxy })
}

/// Returns the `Authorization` header of a bearer token (RFC 6750 section 2.1).
pub fn bearer(token: &SecretString) -> SecretString {
    format!("Bearer {}", token.expose_secret()).into()
}

/// Waits for a future as long as this, counted while the process runs; `None` if that is too short.
async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    for _ in 0..SLICES {
        if let Ok(output) = timeout(limit / SLICES, &mut future).await {
            return Some(output);
        }
    }
    None
}

/// Makes ring the provider of cryptography for all TLS of this process.
fn install_cryptography() {
    // It fails where there is one already, which is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn with_rules(builder: ClientBuilder) -> ClientBuilder {
    builder
        .user_agent(concat!("xreq/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(Resolver))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(LONGEST_IDLE)
}

async fn read(mut response: Response) -> Result<Answer, reqwest::Error> {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let mut body = Zeroizing::new(Vec::with_capacity(4096));
    while let Some(chunk) = response.chunk().await? {
        let room = LONGEST_ANSWER.saturating_sub(body.len());
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == LONGEST_ANSWER {
            break;
        }
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let answer = Answer::new(status, header, SystemTime::now(), body);
    Ok(Answer { headers, ..answer })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use tokio::runtime::{Builder, Runtime};
    use tokio::time::sleep;

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_all().build().expect("the system has room")
    }

    #[test]
    fn nothing_is_sent_in_the_clear_but_to_the_loopback_names() {
        let http = Http::new();
        let token = SecretString::from("a token");
        let token = bearer(&token);
        for url in ["http://127.0.0.2:1/2/users/me", "http://a@127.0.0.1:1/", "ftp://127.0.0.1/"] {
            let request = Outgoing::get(url).authorized(Some(&token));
            let answer = runtime().block_on(http.send(&request));
            let unanswered = answer.err().expect("it is refused");
            assert!(!unanswered.may_have_arrived, "{url}");
            assert!(unanswered.what.starts_with("the URL must"), "{}", unanswered.what);
        }
    }

    /// Answers one request.
    fn server() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let _ = stream.read(&mut [0; 4096]).expect("a request");
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").expect("it reads");
        });
        url
    }

    #[test]
    fn an_answer_that_came_while_the_process_was_stopped_is_read() {
        let (http, url) = (Http::with_timeout(Duration::from_millis(600)), server());
        let request = Outgoing::get(&url);
        let answer = runtime().block_on(async {
            let stop = async {
                sleep(Duration::from_millis(5)).await;
                // Nothing of this runtime goes on meanwhile.
                thread::sleep(Duration::from_millis(900));
            };
            tokio::join!(http.send(&request), stop).0
        });
        assert_eq!(answer.expect("it is read").status, 200);
    }

    #[test]
    fn a_server_that_says_nothing_is_left() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
        let http = Http::with_timeout(Duration::from_millis(120));
        let answer = runtime().block_on(http.send(&Outgoing::get(&url)));
        let unanswered = answer.err().expect("there is none");
        assert!(unanswered.may_have_arrived, "{unanswered:?}");
    }
}
