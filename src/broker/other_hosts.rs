//! The way to other hosts: direct, or through the proxy that the environment names.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Method, Request, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::egress::{Egress, Judged, Undialled};
use super::flow;
use super::upstream::tls;

/// Time for a proxy to be reached, and to make a tunnel.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The hosts that are no API hosts, and the way there.
pub(crate) struct OtherHosts {
    rule: Egress,
    /// The proxy that the environment names, once somebody asks for it.
    proxy: OnceLock<Matcher>,
}

/// A connection, of whichever kind.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection on which a request in absolute form can go to its host.
pub(super) struct Reached {
    pub(super) connection: Box<dyn Duplex>,
    /// The proxy at its end, which is told the whole URL.
    pub(super) proxy: Option<Intercept>,
}

impl OtherHosts {
    pub(crate) fn new(rule: Egress) -> Self {
        Self { rule, proxy: OnceLock::new() }
    }

    /// Makes a tunnel to a host that the rule lets through.
    ///
    /// # Errors
    ///
    /// The rule refuses it, or an address that its name has; it cannot be reached.
    pub(super) async fn tunnel(&self, host: &str, port: u16) -> Result<Box<dyn Duplex>, Undialled> {
        let judged = self.rule.judge(host, port)?;
        let Some(proxy) = self.proxy("https", &judged) else {
            return Ok(Box::new(judged.dial().await?));
        };
        judged.may_be_unseen()?;
        let made =
            timeout(TIMEOUT, async { tunnel(connect(&proxy).await?, &proxy, &judged).await });
        made.await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(|error| by_proxy(&error))
    }

    /// Connects for a request in absolute form to a host that the rule lets through.
    ///
    /// # Errors
    ///
    /// Those of [`tunnel`](Self::tunnel).
    pub(super) async fn reach(&self, host: &str, port: u16) -> Result<Reached, Undialled> {
        let judged = self.rule.judge(host, port)?;
        let Some(proxy) = self.proxy("http", &judged) else {
            return Ok(Reached { connection: Box::new(judged.dial().await?), proxy: None });
        };
        judged.may_be_unseen()?;
        let connected = timeout(TIMEOUT, connect(&proxy)).await;
        let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let connection = connected.map_err(|error| by_proxy(&error))?;
        Ok(Reached { connection, proxy: Some(proxy) })
    }

    /// Returns the proxy for a host, unless the environment makes an exception of it.
    fn proxy(&self, scheme: &str, judged: &Judged) -> Option<Intercept> {
        let url: Uri = format!("{scheme}://{}", authority(judged)).parse().ok()?;
        self.proxy.get_or_init(Matcher::from_env).intercept(&url)
    }
}

impl Reached {
    /// Returns the credentials that the proxy is shown.
    pub(super) fn credentials(&self) -> Option<HeaderValue> {
        self.proxy.as_ref()?.basic_auth().cloned()
    }
}

/// Connects to a proxy, by TLS where its URL says so.
async fn connect(proxy: &Intercept) -> io::Result<Box<dyn Duplex>> {
    let url = proxy.uri();
    let usual = match url.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return Err(io::Error::other("it is none of HTTP")),
    };
    let host = url.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, url.port_u16().unwrap_or(usual))).await?;
    let _ = stream.set_nodelay(true);
    if usual == 80 {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let connector = TlsConnector::from(Arc::new(tls()?));
    Ok(Box::new(connector.connect(name, stream).await?))
}

/// Asks a proxy for a tunnel.
async fn tunnel(
    connection: Box<dyn Duplex>,
    proxy: &Intercept,
    judged: &Judged,
) -> io::Result<Box<dyn Duplex>> {
    let (mut sender, serving) =
        http1::handshake(TokioIo::new(connection)).await.map_err(io::Error::other)?;
    tokio::spawn(serving.with_upgrades());
    let authority = authority(judged);
    let mut request = Request::new(flow::empty());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = authority.parse().map_err(io::Error::other)?;
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::try_from(authority).map_err(io::Error::other)?);
    if let Some(credentials) = proxy.basic_auth() {
        headers.insert(PROXY_AUTHORIZATION, credentials.clone());
    }
    let answer = sender.send_request(request).await.map_err(io::Error::other)?;
    if !answer.status().is_success() {
        return Err(io::Error::other(format!("it answers {}", answer.status())));
    }
    let upgraded = hyper::upgrade::on(answer).await.map_err(io::Error::other)?;
    Ok(Box::new(TokioIo::new(upgraded)))
}

fn authority(Judged { host, port, .. }: &Judged) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Returns a failure of the proxy as one of the way.
fn by_proxy(error: &io::Error) -> Undialled {
    Undialled::Failed(io::Error::other(format!("by the proxy of this machine: {error}")))
}
