//! The place of a finding, as machines name it.

use std::fmt::Write;

/// Returns a path as a URI reference (RFC 3986): what has a meaning in one, or is no ASCII, is
/// written with percent signs. An absolute path becomes a `file` URI (RFC 8089).
pub(super) fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.strip_prefix("./").unwrap_or(path).bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        for (path, expected) in [
            ("agents/a/xreq.yaml", "agents/a/xreq.yaml"),
            ("./xreq.yaml", "xreq.yaml"),
            ("/a b/xreq.yaml", "file:///a%20b/xreq.yaml"),
            ("a:b/é#?%.yaml", "a%3Ab/%C3%A9%23%3F%25.yaml"),
            ("<stdin>", "%3Cstdin%3E"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }
}
