//! The way to the providers: pooled connections, through the proxy that the environment names.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

use super::flow::Flow;
use super::pressure::Pressure;
use super::provider_stream::Dialer;
use super::unanswered::Unanswered;

/// Time for making a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for which a connection without a call is kept.
const LONGEST_IDLE: Duration = Duration::from_secs(30);

/// Bytes that a connection buffers: many of them are open at once.
const BUFFER: usize = 16 << 10;

/// Connections through a proxy, to which the way may be encrypted too.
type Proxied = HttpsConnector<Tunnel<HttpsConnector<Dialer>>>;

/// Connections to providers, shared by all calls of a run. What they need is loaded once somebody asks for it.
pub(crate) struct Upstream {
    clients: OnceLock<io::Result<Clients>>,
    pressure: Pressure,
}

struct Clients {
    direct: Client<HttpsConnector<Dialer>, Flow>,
    /// The proxy, and the connections through it.
    proxied: Option<(Matcher, Client<Proxied, Flow>)>,
}

impl Upstream {
    pub(crate) fn new(pressure: Pressure) -> Self {
        Self { clients: OnceLock::new(), pressure }
    }

    /// Loads what connections need: the certificate authorities of the system, and its proxy.
    pub(crate) fn prepare(&self) {
        let _ = self.clients();
    }

    /// Sends a request, and returns the head of the answer; its body follows as it is read.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub(crate) async fn send(
        &self,
        request: Request<Flow>,
    ) -> Result<Response<Incoming>, Unanswered> {
        let clients = self.clients().as_ref().map_err(|error| {
            Unanswered::Unsent(format!("this system has no certificate authorities: {error}"))
        })?;
        let answer = match &clients.proxied {
            Some((matcher, client)) if matcher.intercept(request.uri()).is_some() => {
                client.request(request).await
            }
            _ => clients.direct.request(request).await,
        };
        answer.map_err(Unanswered::from)
    }

    fn clients(&self) -> &io::Result<Clients> {
        self.clients.get_or_init(|| Clients::new(&self.pressure))
    }
}

impl Clients {
    fn new(pressure: &Pressure) -> io::Result<Self> {
        let tls = tls()?;
        let dialer = || Dialer::new(connector(), pressure.clone());
        let direct = pooled(secured(tls.clone(), dialer()));
        let matcher = Matcher::from_env();
        let any: Uri = "https://provider.invalid".parse().expect("it is a URL");
        let proxied = matcher.intercept(&any).map(|proxy| {
            let mut tunnel = Tunnel::new(proxy.uri().clone(), secured(tls.clone(), dialer()));
            if let Some(auth) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(auth.clone());
            }
            pooled(secured(tls, tunnel))
        });
        Ok(Self { direct, proxied: proxied.map(|client| (matcher, client)) })
    }
}

/// Returns the TLS of a client that trusts what the system trusts.
pub(super) fn tls() -> io::Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has all of them");
    let verified = builder.with_platform_verifier().map_err(io::Error::other)?;
    Ok(verified.with_no_client_auth())
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    connector
}

/// Calls use HTTP/1.1, a connection each: on one of HTTP/2, streams that are not read hold up all others.
fn secured<C>(tls: ClientConfig, connector: C) -> HttpsConnector<C> {
    HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector)
}

fn pooled<C>(connector: C) -> Client<C, Flow>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(LONGEST_IDLE)
        .http1_max_buf_size(BUFFER)
        .build(connector)
}
