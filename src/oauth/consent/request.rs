//! The head of an HTTP request (RFC 9112), as far as the loopback listener has to understand it.

/// The most bytes of a request that are read.
pub(crate) const LONGEST: usize = 8 * 1024;

/// What a browser asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) host: &'a str,
}

/// Whether the head of a request is complete: an empty line ends it.
pub(crate) fn is_complete(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|window| window == b"\r\n\r\n")
}

impl<'a> Request<'a> {
    /// Reads a complete head: a request line in origin form (RFC 9112 section 3.2.1), and one `Host`
    /// field (section 3.2). None: it is malformed.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, _) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        let is_http = matches!(version, "HTTP/1.1" | "HTTP/1.0") && words.next().is_none();
        if !is_http || !target.starts_with('/') || !target.bytes().all(|b| b.is_ascii_graphic()) {
            return None;
        }
        let mut host = None;
        for line in lines {
            let (name, value) = line.split_once(':')?;
            if name.eq_ignore_ascii_case("host") && host.replace(value.trim()).is_some() {
                return None;
            }
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Some(Self { method, path, query, host: host? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_browsers_send() {
        let bytes =
            b"GET /callback?code=1&state=2 HTTP/1.1\r\nAccept: */*\r\nhOST: 127.0.0.1:8080\r\n\r\n";
        assert!(is_complete(bytes));
        let expected = Request {
            method: "GET",
            path: "/callback",
            query: "code=1&state=2",
            host: "127.0.0.1:8080",
        };
        assert_eq!(Request::parse(bytes), Some(expected));
    }

    #[test]
    fn refuses_what_no_browser_sends() {
        for text in [
            "\r\n\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n",
            "GET / HTTP/2\r\nHost: a\r\n\r\n",
            "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://127.0.0.1/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: a\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
            "GET /é HTTP/1.1\r\nHost: a\r\n\r\n",
        ] {
            assert_eq!(Request::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Request::parse(b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"), None);
    }
}
