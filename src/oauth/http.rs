//! The way to a provider: HTTPS (or HTTP on this machine), without redirects, with limits.
//!
//! The rules are those of a client that carries secrets. Nothing is followed that an answer points
//! to (RFC 9700 section 4.12), nothing is sent twice without being asked to, no request lasts for
//! ever, and no answer fills the memory. What is here blocks: an asynchronous runtime is inside, and
//! is started with the first request of a process, as is all of TLS.

use std::cell::OnceCell;
use std::error::Error as _;
use std::time::Duration;

use age::secrecy::{ExposeSecret, SecretString};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, redirect, retry};
use tokio::runtime::{Builder, Runtime};
use zeroize::Zeroizing;

use crate::catalog::url::url_fault;
use crate::error::{Code, Error, Result};

/// How long a request may take, from its first byte to the last one of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Servers close idle connections; one that is about to be closed may lose a request.
const LONGEST_IDLE: Duration = Duration::from_secs(2);

/// The most bytes of an answer: a token response has some hundred.
const LONGEST_ANSWER: usize = 1 << 20;

/// The longest wait that a provider is believed to want.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// A client for the HTTP of providers.
pub struct Http {
    runtime: Option<Runtime>,
    remote: OnceCell<Client>,
    local: OnceCell<Client>,
}

/// What a server answered.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// How long the server wants not to be asked again (RFC 9110 section 10.2.3, in seconds).
    pub retry_after: Option<Duration>,
    /// The body, which may hold tokens.
    pub body: Zeroizing<Vec<u8>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub struct Unanswered {
    /// Whether the server may have got the request, and acted on it.
    pub may_have_arrived: bool,
    /// What happened, in words.
    pub what: String,
}

impl Answer {
    /// An answer with this `Retry-After` header, as it was sent. A wait that is stated as a date, or
    /// as nonsense, is not taken for one.
    pub fn new(status: u16, retry_after: Option<&str>, body: Zeroizing<Vec<u8>>) -> Self {
        let seconds = retry_after.and_then(|header| header.trim().parse().ok());
        let wait = seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
        Self { status, retry_after: wait, body }
    }
}

impl Http {
    /// A client that has not connected to anything yet.
    ///
    /// # Errors
    ///
    /// [`Code::ProviderUnavailable`]: the system has no room for a runtime.
    pub fn new() -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| {
            Error::new(Code::ProviderUnavailable, format!("cannot start the network: {error}"))
        })?;
        Ok(Self { runtime: Some(runtime), remote: OnceCell::new(), local: OnceCell::new() })
    }

    /// Posts a body of this media type, with an `Authorization` header where there is one.
    pub fn post(
        &self,
        url: &str,
        authorization: Option<&SecretString>,
        media_type: &'static str,
        body: &str,
    ) -> Result<Answer, Unanswered> {
        let request = self.client(url)?.post(url);
        let request = request.header(CONTENT_TYPE, media_type).body(body.as_bytes().to_vec());
        self.send(request, authorization)
    }

    /// Gets a resource with a bearer token (RFC 6750 section 2.1).
    pub fn get(&self, url: &str, token: &SecretString) -> Result<Answer, Unanswered> {
        self.send(self.client(url)?.get(url), Some(&bearer(token)))
    }

    fn send(
        &self,
        request: RequestBuilder,
        authorization: Option<&SecretString>,
    ) -> Result<Answer, Unanswered> {
        let mut request = request.header(ACCEPT, "application/json");
        if let Some(authorization) = authorization {
            let mut value = HeaderValue::from_str(authorization.expose_secret())
                .map_err(|_| Unanswered::unsent("the token or secret cannot stand in a header"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let runtime = self.runtime.as_ref().expect("the runtime lives as long as this");
        runtime.block_on(async { read(request.send().await?).await }).map_err(Unanswered::from)
    }

    /// `http` is allowed on this machine alone: there, neither a proxy nor TLS is in the way.
    fn client(&self, url: &str) -> Result<&Client, Unanswered> {
        if let Some(fault) = url_fault(url) {
            return Err(Unanswered::unsent(&format!("the URL {fault}")));
        }
        let (cell, builder) = if url.starts_with("https://") {
            (&self.remote, Client::builder().https_only(true))
        } else {
            (&self.local, Client::builder().no_proxy().tls_certs_only([]))
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = with_rules(builder).build().map_err(Unanswered::from)?;
        Ok(cell.get_or_init(|| client))
    }
}

/// The `Authorization` header of a bearer token (RFC 6750 section 2.1).
pub fn bearer(token: &SecretString) -> SecretString {
    format!("Bearer {}", token.expose_secret()).into()
}

impl Drop for Http {
    /// A name server that does not answer keeps nobody here.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn with_rules(builder: ClientBuilder) -> ClientBuilder {
    builder
        .user_agent(concat!("xreq/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .pool_idle_timeout(LONGEST_IDLE)
}

async fn read(mut response: Response) -> Result<Answer, reqwest::Error> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).cloned();
    let mut body = Zeroizing::new(Vec::with_capacity(4096));
    while let Some(chunk) = response.chunk().await? {
        let room = LONGEST_ANSWER.saturating_sub(body.len());
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == LONGEST_ANSWER {
            break;
        }
    }
    let retry_after = retry_after.as_ref().and_then(|header| header.to_str().ok());
    Ok(Answer::new(status, retry_after, body))
}

impl Unanswered {
    fn unsent(what: &str) -> Self {
        Self { may_have_arrived: false, what: what.to_owned() }
    }
}

impl From<reqwest::Error> for Unanswered {
    fn from(error: reqwest::Error) -> Self {
        let may_have_arrived = !(error.is_connect() || error.is_builder());
        let what = if error.is_timeout() && may_have_arrived {
            format!("no answer within {} seconds", TIMEOUT.as_secs())
        } else if error.is_timeout() {
            format!("no connection within {} seconds", CONNECT_TIMEOUT.as_secs())
        } else {
            root_cause(&error)
        };
        Self { may_have_arrived, what }
    }
}

/// What is at the bottom of a failure. The layers above quote the URL, or say less.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(|error| error.source()) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| "the request could not be made".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_in_the_clear_but_to_the_loopback_names() {
        let http = Http::new().expect("the system has room");
        let token = SecretString::from("a token");
        for url in ["http://127.0.0.2:1/2/users/me", "http://a@127.0.0.1:1/", "ftp://127.0.0.1/"] {
            let unanswered = http.get(url, &token).err().expect("it is refused");
            assert!(!unanswered.may_have_arrived, "{url}");
            assert!(unanswered.what.starts_with("the URL must"), "{}", unanswered.what);
        }
    }
}
