//! The URLs that a provider may have.

use std::net::Ipv6Addr;

/// Returns the reason why a URL must not be used, if there is one: tokens and secrets go there.
pub(crate) fn url_fault(url: &str) -> Option<&'static str> {
    const MALFORMED: &str = "must be a URL such as `https://example.com/path`";
    let Some((scheme, rest)) = url.split_once("://") else { return Some(MALFORMED) };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Some("must not have a user name in it");
    }
    if path.contains('#') {
        return Some("must not have a fragment");
    }
    let (host, port) = match authority.rfind(']') {
        Some(end) => authority.split_at(end + 1),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        }
    };
    let is_port =
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    if !is_host || !is_port || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(MALFORMED);
    }
    match (scheme, host) {
        ("https", _) | ("http", "127.0.0.1" | "[::1]" | "localhost") => None,
        _ => Some("must begin with `https://` (`http://` is for this machine alone)"),
    }
}

/// Returns the host of a URL, without its port.
pub(crate) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match authority.rfind(']') {
        Some(end) => &authority[..=end],
        None => authority.split(':').next().unwrap_or(authority),
    }
}

/// Returns why a URL is no issuer identifier, if it is none: it has no query and no fragment (RFC 8414
/// section 2).
pub(crate) fn issuer_fault(url: &str) -> Option<&'static str> {
    url_fault(url).or_else(|| query_fault(url))
}

/// Returns why a URL with a query is no issuer identifier.
pub(crate) fn query_fault(url: &str) -> Option<&'static str> {
    url.contains('?').then_some("must not have a query")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_urls_pass() {
        for url in [
            "https://example.com",
            "https://example.com:8443/a/b?c=d",
            "https://[2001:db8::1]/token",
            "http://127.0.0.1:8080/callback",
            "http://[::1]:8080",
            "http://localhost/",
            "https://localhost?a",
        ] {
            assert_eq!(url_fault(url), None, "{url}");
        }
        for (url, fault) in [
            ("", "be a URL"),
            ("example.com", "be a URL"),
            ("https://", "be a URL"),
            ("https:///path", "be a URL"),
            ("https://exa mple.com", "be a URL"),
            ("https://exämple.com", "be a URL"),
            ("https://example.com/a b", "be a URL"),
            ("https://example.com:http/", "be a URL"),
            ("https://example.com:/", "be a URL"),
            ("https://[::1", "be a URL"),
            ("https://[::1]x/", "be a URL"),
            ("https://[example]/", "be a URL"),
            ("http://example.com", "begin with `https://`"),
            ("http://127.0.0.1.example.com", "begin with `https://`"),
            ("http://localhost.example.com/", "begin with `https://`"),
            ("HTTPS://example.com", "begin with `https://`"),
            ("file:///etc/passwd", "be a URL"),
            ("http://localhost@example.com", "not have a user name"),
            ("https://user:word@example.com", "not have a user name"),
            ("https://example.com/#fragment", "not have a fragment"),
            ("https://example.com#@localhost", "not have a fragment"),
        ] {
            assert!(
                url_fault(url).is_some_and(|found| found.contains(fault)),
                "{url}: {:?}",
                url_fault(url)
            );
        }
    }
}
