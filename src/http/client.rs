//! The way to a provider: HTTPS (or HTTP on this machine), without redirects, with limits.
//!
//! The rules are those of a client that carries secrets. Nothing is followed that an answer points
//! to (RFC 9700 section 4.12), nothing is sent twice without being asked to, no request lasts for
//! ever, and no answer fills the memory. What is here blocks: an asynchronous runtime is inside, and
//! is started with the first request of a process, as is all of TLS.

pub(crate) mod authorities;
mod limit;
pub(crate) mod proxy;
pub(crate) mod resolver;
pub(crate) mod retry_after;
pub(crate) mod sent;
pub(crate) mod unanswered;
use std::cell::OnceCell;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use age::secrecy::{ExposeSecret, SecretString};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, redirect, retry};
use tokio::runtime::{Builder, Runtime};
use zeroize::Zeroizing;

use crate::catalog::url::url_fault;
use crate::error::{Code, Error, Result};
use crate::http::client::proxy::Proxy;
use crate::http::client::resolver::Resolver;
pub use crate::http::client::unanswered::Unanswered;
use crate::http::client::unanswered::{Limits, Way};
use crate::store::Blame;
use crate::text::encoding;

/// How long a request may take, from its first byte to the last one of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const LIMITS: Limits = Limits { connection: CONNECT_TIMEOUT.as_secs(), answer: TIMEOUT.as_secs() };

/// Servers close idle connections; one that is about to be closed may lose a request.
const LONGEST_IDLE: Duration = Duration::from_secs(2);

/// The most bytes of an answer: a token response has some hundred.
pub(crate) const LONGEST_ANSWER: usize = 1 << 20;

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
    /// How long the server wants not to be asked again.
    pub retry_after: Option<Duration>,
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
        Self { status, retry_after: retry_after::asked(status, header, now), body }
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
            let what = limit::of(&error).map_or_else(|| error.to_string(), str::to_owned);
            Error::new(Code::ProviderUnavailable, format!("cannot start the network: {what}"))
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
        let ask = |client: &Client| {
            client.post(url).header(CONTENT_TYPE, media_type).body(body.as_bytes().to_vec())
        };
        self.send(url, ask, authorization)
    }

    /// Gets a resource with a bearer token (RFC 6750 section 2.1).
    pub fn get(&self, url: &str, token: &SecretString) -> Result<Answer, Unanswered> {
        self.send(url, |client| client.get(url), Some(&bearer(token)))
    }

    fn send(
        &self,
        url: &str,
        ask: impl FnOnce(&Client) -> RequestBuilder,
        authorization: Option<&SecretString>,
    ) -> Result<Answer, Unanswered> {
        if let Some(fault) = url_fault(url) {
            return Err(Unanswered::unsent(format!("the URL {fault}")));
        }
        let way = way(url)?;
        let mut request = ask(self.client(&way)?).header(ACCEPT, "application/json");
        if let Some(authorization) = authorization {
            let mut value = HeaderValue::from_str(authorization.expose_secret())
                .map_err(|_| Unanswered::unsent("the token or secret cannot stand in a header"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let runtime = self.runtime.as_ref().expect("the runtime lives as long as this");
        runtime
            .block_on(async { read(request.send().await?).await })
            .map_err(|error| Unanswered::of(&error, &way, &LIMITS))
    }

    /// `http` is allowed on this machine alone: there, neither a proxy nor TLS is in the way.
    fn client(&self, way: &Way) -> Result<&Client, Unanswered> {
        let cell = if way.is_https { &self.remote } else { &self.local };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let builder = if way.is_https {
            authorities::named_file()
                .map_err(|what| Unanswered::unsent_for(Blame::Certificates, what))?;
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

/// The way that a request to a URL takes.
fn way(url: &str) -> Result<Way, Unanswered> {
    let is_https = url.starts_with("https://");
    let proxy = if is_https {
        Proxy::of(url).map_err(|what| Unanswered::unsent_for(Blame::Proxy, what))?
    } else {
        None
    };
    let host = url.split("//").nth(1).and_then(|rest| rest.split(['/', '?']).next());
    Ok(Way { host: host.unwrap_or_default().to_owned(), is_https, proxy })
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
        .timeout(TIMEOUT)
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
    Ok(Answer::new(status, header, SystemTime::now(), body))
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
