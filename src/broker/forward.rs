//! Requests in absolute form to other hosts, which are passed on as they are.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderMap, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;

use super::broker::Broker;
use super::canonical_host;
use super::egress::Undialled;
use super::flow::{Flow, passing};
use super::paced::{Ends, LONGEST_STILL, Paced};
use super::rule::named_by_connection;
use super::valve::Valve;
use super::{Refusal, RefusalCode};

/// Headers that are for the next machine alone (RFC 9110 section 7.6.1).
const OF_CONNECTION: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The answer of a proxy that is for its own client, and not for the agent.
const PROXY_WANTS_CREDENTIALS: StatusCode = StatusCode::PROXY_AUTHENTICATION_REQUIRED;

impl Broker {
    /// Passes a request in absolute form on to another host.
    pub(crate) async fn forward(
        &self,
        request: Request<Incoming>,
        agent: &Arc<Valve>,
    ) -> Response<Flow> {
        let (mut head, body) = request.into_parts();
        let is_http = head.uri.scheme_str() == Some("http");
        let host = head.uri.host().and_then(canonical_host).filter(|host| !self.is_api_host(host));
        let Some(host) = host.filter(|_| is_http) else {
            let why = "a request in absolute form is for another host and `http`, or for the broker itself";
            let refusal = Refusal::new(RefusalCode::Ambiguous, why);
            return self.refused(&refusal);
        };
        let port = head.uri.port_u16().unwrap_or(80);
        let reached = match self.other_hosts.reach(&host, port).await {
            Ok(reached) => reached,
            Err(undialled) => return self.undialled(&host, &undialled),
        };
        let (is_direct, credentials) = (reached.proxy.is_none(), reached.credentials());
        let failed =
            |error: hyper::Error| Undialled::Failed(std::io::Error::other(error.to_string()));
        let io = TokioIo::new(reached.connection);
        let (mut sender, connection) = match http1::handshake(io).await {
            Ok(made) => made,
            Err(error) => return self.undialled(&host, &failed(error)),
        };
        tokio::spawn(connection);
        // What was judged is what is written, and nothing else of what the agent wrote there.
        let authority = if port == 80 { host.clone() } else { format!("{host}:{port}") };
        head.headers = passed_headers(&head.headers);
        if let Ok(value) = HeaderValue::from_str(&authority) {
            head.headers.insert(HOST, value);
        }
        if let Some(credentials) = credentials {
            head.headers.insert(PROXY_AUTHORIZATION, credentials);
        }
        let path = head.uri.path_and_query().map_or("/", |it| it.as_str());
        let target = if is_direct { path.to_owned() } else { format!("http://{authority}{path}") };
        head.uri = target.parse().unwrap_or_else(|_| Uri::from_static("/"));
        match sender.send_request(Request::from_parts(head, passing(body))).await {
            Ok(answer) if !is_direct && answer.status() == PROXY_WANTS_CREDENTIALS => {
                let why = "the proxy of this machine wants credentials";
                self.undialled(&host, &Undialled::Failed(std::io::Error::other(why)))
            }
            Ok(answer) => {
                let (mut head, body) = answer.into_parts();
                head.headers = passed_headers(&head.headers);
                let ends = Ends { agent: Arc::clone(agent), ..Ends::default() };
                let body = Paced::new(body, ends, self.pressure.clone(), LONGEST_STILL);
                Response::from_parts(head, passing(body))
            }
            Err(error) => self.undialled(&host, &failed(error)),
        }
    }
}

/// Returns the headers of a request to another host, or of an answer: all but those of the connection.
pub(super) fn passed_headers(headers: &HeaderMap) -> HeaderMap {
    let named = named_by_connection(headers);
    let is_passed = |name: &str| !OF_CONNECTION.contains(&name) && !named.contains(name);
    let kept = headers.iter().filter(|(name, _)| is_passed(name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}
