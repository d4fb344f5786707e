//! Hosts and ports, as a request line, a header or TLS names them.

use hyper::http::uri::Authority;

use crate::broker::{Refusal, RefusalCode};

/// Returns a host in lower case and without a dot at its end; `None` if it is none: a name, an IPv4
/// address, or an IPv6 address in brackets.
pub fn canonical_host(host: &str) -> Option<String> {
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_address = |text: &str| text.parse::<std::net::Ipv6Addr>().is_ok();
    let is_host = match name.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(is_address) && name == host,
        None => name.split('.').all(|label| {
            let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            (1..=63).contains(&label.len()) && label.bytes().all(inside)
        }),
    };
    (is_host && name.len() <= 253).then(|| name.to_ascii_lowercase())
}

/// Returns the host and the port of an authority; `usual` is the port where it has none.
pub(super) fn split(authority: &str, usual: u16) -> Option<(String, u16)> {
    let start = authority.rfind(']').unwrap_or(0);
    let (host, port) = match authority[start..].find(':') {
        Some(colon) => {
            let (host, port) = authority.split_at(start + colon);
            (host, Some(&port[1..]))
        }
        None => (authority, None),
    };
    let port = match port {
        None => usual,
        Some(digits) => {
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            let is_plain = is_number && !digits.starts_with('0');
            digits.parse().ok().filter(|_| is_plain)?
        }
    };
    Some((canonical_host(host)?, port))
}

/// Returns the host, in lower case, and the port that a tunnel is asked for to: the target of `CONNECT`.
/// The name in TLS has to be the same host.
///
/// # Errors
///
/// `request/ambiguous`: it is no host with a port.
pub fn tunnel_host(target: &Authority) -> Result<(String, u16), Refusal> {
    let has_port = target.port().is_some();
    split(target.as_str(), 0).filter(|_| has_port).ok_or_else(|| {
        let detail = "the target of `CONNECT` is not a host and a port";
        Refusal::new(RefusalCode::Ambiguous, detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_spelling() {
        for (host, expected) in [
            ("api.x.com", Some("api.x.com")),
            ("API.X.com", Some("api.x.com")),
            ("api.x.com.", Some("api.x.com")),
            ("api.x.com..", None),
            (".api.x.com", None),
            ("", None),
            (".", None),
            ("127.0.0.1", Some("127.0.0.1")),
            ("[::1]", Some("[::1]")),
            ("[::1].", None),
            ("[::1", None),
            ("::1", None),
            ("api.x.com:443", None),
            ("a@api.x.com", None),
            ("api.x.com,", None),
            ("api x.com", None),
            ("api%2ex.com", None),
            ("b\u{fc}cher.example", None),
        ] {
            assert_eq!(canonical_host(host).as_deref(), expected, "{host}");
        }
    }

    #[test]
    fn an_authority_has_a_host_and_at_most_one_port() {
        let split = |text| split(text, 443);
        assert_eq!(split("A.b:8443"), Some(("a.b".to_owned(), 8443)));
        assert_eq!(split("a.b"), Some(("a.b".to_owned(), 443)));
        assert_eq!(split("[::1]:80"), Some(("[::1]".to_owned(), 80)));
        for none in
            ["a.b:", "a.b:0443", "a.b:+443", "a.b:65536", "a.b:1:2", "u@a.b", "a.b, a.b", " a.b"]
        {
            assert_eq!(split(none), None, "{none}");
        }
    }

    #[test]
    fn a_tunnel_is_asked_for_with_a_port() {
        let host = |text: &str| tunnel_host(&text.parse().expect("an authority")).ok();
        assert_eq!(host("api.x.com.:443"), Some(("api.x.com".to_owned(), 443)));
        for none in ["api.x.com", "user@api.x.com:443", "api.x.com:0"] {
            assert_eq!(host(none), None, "{none}");
        }
    }
}
