//! The headers that go out of those that came in.

use std::collections::HashSet;

use hyper::http::HeaderMap;
use hyper::http::header::CONNECTION;

use super::names::is_credential_header;
use crate::catalog::{Provider, StaticToken};

/// Headers that are for the next machine alone (RFC 9110 section 7.6.1), that are written anew, or by which
/// servers do something else than the request line says.
const DROPPED: [&str; 33] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-cluster-client-ip",
    "x-custom-ip-authorization",
    "x-host",
    "x-http-host-override",
    "x-http-method",
    "x-http-method-override",
    "x-method",
    "x-method-override",
    "x-override-url",
    "x-proxy-url",
    "x-real-ip",
    "x-request-uri",
    "x-requested-method",
    "x-url-scheme",
];

/// The beginnings of names of such headers.
const DROPPED_BEGINNINGS: [&str; 6] =
    ["proxy-", "x-envoy-", "x-forwarded", "x-original", "x-rewrite", "x-proxyuser-"];

/// Returns the headers of a request that go out to a provider, before the credential is added: all but its
/// length, the hosts that it names, credentials and cookies, those that are for the next machine alone or
/// that `Connection` names, and those by which servers do something else than the request line says.
pub fn outgoing_headers(headers: &HeaderMap, provider: &Provider) -> HeaderMap {
    let named = named_by_connection(headers);
    let of_token = provider.kinds.static_token.iter().flat_map(|token| &token.headers);
    let of_token: Vec<_> = of_token
        .filter(|(_, value)| value.contains(StaticToken::PLACE))
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    let goes_out = |name: &str| {
        // Some servers read `_` as `-`.
        !name.contains('_')
            && !named.contains(name)
            && DROPPED.binary_search(&name).is_err()
            && !DROPPED_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
            && !is_credential_header(name)
            && !of_token.iter().any(|own| own == name)
    };
    let kept = headers.iter().filter(|(name, _)| goes_out(name.as_str()));
    let mut outgoing = HeaderMap::with_capacity(headers.len());
    for (name, value) in kept {
        outgoing.append(name.clone(), value.clone());
    }
    outgoing
}

/// Returns the names of the headers that `Connection` says are for the next machine alone, in lower case.
pub(in crate::broker) fn named_by_connection(headers: &HeaderMap) -> HashSet<String> {
    let connection = headers.get_all(CONNECTION).iter();
    connection
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|name| String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use hyper::http::{HeaderName, HeaderValue};

    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn what_would_change_the_request_stays_behind() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Hop ,authorization"),
            ("x-hop", "1"),
            ("authorization", "Bearer placeholder"),
            ("cookie", "a=b"),
            ("host", "api.x.com"),
            ("content-length", "03"),
            ("x-http-method-override", "DELETE"),
            ("x_http_method_override", "DELETE"),
            ("x-original-url", "/2/dm"),
            ("x-rewrite-url", "/2/dm"),
            ("x-forwarded-host", "evil.example"),
            ("forwarded", "host=evil.example"),
            ("proxy-authorization", "Basic x"),
            ("te", "trailers"),
            ("trailer", "authorization"),
            ("expect", "100-continue"),
            ("accept", "*/*"),
            ("accept", "text/html"),
            ("accept-encoding", "gzip"),
            ("content-type", "application/json"),
            ("user-agent", "agent"),
        ] {
            let name = HeaderName::from_static(name);
            headers.append(name, HeaderValue::from_static(value));
        }
        let catalog = Catalog::builtin();
        let outgoing = outgoing_headers(&headers, catalog.provider("x").expect("it is built in"));
        let left: Vec<_> = outgoing.iter().map(|(name, _)| name.as_str()).collect();
        let expected = ["accept", "accept", "accept-encoding", "content-type", "user-agent"];
        assert_eq!(left, expected);
    }

    #[test]
    fn lists_are_in_order() {
        assert!(DROPPED.is_sorted());
    }
}
