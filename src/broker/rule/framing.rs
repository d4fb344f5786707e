//! What holds a request together: its method, the hosts that it names, its length, and the headers that
//! are for the next machine alone.

use hyper::http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST,
    HeaderName, ORIGIN, TRANSFER_ENCODING, UPGRADE,
};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::http::{HeaderMap, HeaderValue, Method, Version};

use super::host::split;
use super::way::Way;
use crate::broker::{Refusal, RefusalCode};

/// The port of a tunnel with TLS in it where an authority has none.
const HTTPS: u16 = 443;

/// The same of the broker's own address.
const HTTP: u16 = 80;

/// The header by which a browser says from where a page makes a request.
const FETCH_SITE: &str = "sec-fetch-site";

/// The headers that stand in a request once: servers take the first or the last one of two.
const SINGLE: [HeaderName; 5] =
    [AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, TRANSFER_ENCODING];

/// Makes sure that the head of a request means one thing, whoever reads it; but for its path and query.
pub(super) fn check(head: &Parts, way: Way<'_>) -> Result<(), Refusal> {
    let refuse = |detail: &str| Err(Refusal::new(RefusalCode::Ambiguous, detail));
    if let Some(detail) = target_fault(head, way).or_else(|| header_fault(&head.headers)) {
        return refuse(detail);
    }
    if is_of_a_page(&head.headers) {
        let detail = "the request comes from a page in a browser";
        return Err(Refusal::new(RefusalCode::ForeignPage, detail));
    }
    Ok(())
}

/// Returns whether the head says that a body follows. In HTTP/2 one may follow that it does not tell of.
pub(in crate::broker) fn announces_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    length.is_some_and(|length| length.as_bytes().iter().any(|digit| *digit != b'0'))
        || headers.contains_key(TRANSFER_ENCODING)
}

fn target_fault(head: &Parts, way: Way<'_>) -> Option<&'static str> {
    let (uri, is_multiplexed) = (&head.uri, head.version >= Version::HTTP_2);
    if head.method == Method::CONNECT {
        return Some("the request asks for a tunnel inside of a connection");
    }
    let (scheme, named) = (uri.scheme_str(), uri.authority().map(Authority::as_str));
    match (scheme, named) {
        (None, Some(_)) if !is_multiplexed => return Some("the target of the request is no path"),
        (Some(_), None) if !is_multiplexed => return Some("the target of the request has no host"),
        _ => {}
    }
    let mut hosts = head.headers.get_all(HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Some("the request has two hosts");
    }
    let host = match host.map(|host| host.to_str()) {
        None => None,
        Some(Ok(host)) => Some(host),
        Some(Err(_)) => return Some("the host of the request is none"),
    };
    match way {
        Way::Tunnel { host: expected, port } => {
            if is_multiplexed && scheme != Some("https") {
                return Some("the scheme of the request is not https");
            }
            if !is_multiplexed && named.is_some() {
                return Some("the target of the request is a URL, inside of a tunnel");
            }
            let is_missing = if is_multiplexed { named.is_none() } else { host.is_none() };
            if is_missing {
                return Some("the request has no host");
            }
            let expected = split(expected, port).map(|(host, _)| (host, port));
            let mut all = named.into_iter().chain(host);
            let differs = all.any(|named| expected.is_none() || split(named, HTTPS) != expected);
            differs.then_some("the request names another host than its tunnel leads to")
        }
        Way::BaseUrl { authorities } => {
            let is_known = matches!(scheme, None | Some("http"));
            if !(is_known || is_multiplexed && scheme == Some("https")) {
                return Some("the scheme of the request is not http");
            }
            let all: Vec<_> = named.into_iter().chain(host).map(|it| split(it, HTTP)).collect();
            if all.iter().any(Option::is_none) || all.windows(2).any(|pair| pair[0] != pair[1]) {
                return Some("the request names several hosts, or something that is none");
            }
            if authorities.is_empty() {
                return None;
            }
            let is_missing = if is_multiplexed { named.is_none() } else { host.is_none() };
            if is_missing {
                return Some("the request has no host");
            }
            let own: Vec<_> = authorities.iter().map(|own| split(own, HTTP)).collect();
            let is_own = all.iter().all(|given| own.contains(given));
            (!is_own).then_some("the request names a host that the broker is not called by")
        }
    }
}

fn header_fault(headers: &HeaderMap) -> Option<&'static str> {
    if SINGLE.iter().any(|name| headers.get_all(name).iter().count() > 1) {
        return Some("a header that stands in a request once is there twice");
    }
    let is = |name: &HeaderName, expected: &str| {
        let value = headers.get(name);
        value.is_none_or(|value| value.as_bytes().eq_ignore_ascii_case(expected.as_bytes()))
    };
    if !is(&TRANSFER_ENCODING, "chunked") {
        return Some("the body has another transfer coding than `chunked`");
    }
    if headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH) {
        return Some("the body has a length and a transfer coding");
    }
    let length = headers.get(CONTENT_LENGTH).map(HeaderValue::as_bytes);
    if length.is_some_and(|length| length.is_empty() || !length.iter().all(u8::is_ascii_digit)) {
        return Some("the length of the body is no number");
    }
    if !is(&EXPECT, "100-continue") {
        return Some("the request expects what is not known");
    }
    let asks_for_upgrade = || {
        let values = headers.get_all(CONNECTION).iter();
        let mut named = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
        named.any(|name| name.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
    };
    if headers.contains_key(UPGRADE) || asks_for_upgrade() {
        return Some("the request asks for another protocol");
    }
    if headers.contains_key(CONTENT_ENCODING) {
        return Some("the body is compressed, and so cannot be looked at");
    }
    None
}

/// Returns whether a page in a browser made the request (Fetch Metadata; RFC 6454 section 7).
fn is_of_a_page(headers: &HeaderMap) -> bool {
    let is_of_nobody = |site: &[u8]| matches!(site, b"none" | b"same-origin");
    let mut sites = headers.get_all(FETCH_SITE).iter();
    headers.contains_key(ORIGIN) || sites.any(|site| !is_of_nobody(site.as_bytes()))
}
