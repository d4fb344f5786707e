//! Paths that can be read in one way only.
//!
//! Servers merge slashes, resolve dots, decode escapes, cut off `;` parameters and take `\` for `/`, each in
//! its own way. None of them has anything to do to a path that passes here.

use super::percent::{escaped, is_unreserved};

/// Returns why a path could be read in another way, if it could.
pub(super) fn fault(path: &str) -> Option<&'static str> {
    let Some(below) = path.strip_prefix('/') else {
        return Some("the target of the request is no path");
    };
    if !path.is_ascii() || path.bytes().any(|byte| byte.is_ascii_control()) {
        return Some("the path has a control character, or one that is not ASCII");
    }
    if path.contains('\\') {
        return Some("the path has a backslash");
    }
    if path.contains(';') {
        return Some("the path has a `;`");
    }
    if !path.bytes().all(|byte| is_unreserved(byte) || b"%!$&'()*+,=:@/".contains(&byte)) {
        return Some("the path has a character that has to be escaped there");
    }
    for segment in below.split('/') {
        if segment.is_empty() {
            return Some("the path has an empty segment, or a slash at its end");
        }
        if matches!(segment, "." | "..") {
            return Some("the path has a segment of dots");
        }
    }
    let Some(escaped) = escaped(path) else { return Some("the path has a broken escape") };
    if escaped.iter().any(|byte| is_unreserved(*byte)) {
        return Some("the path has an escape for a character that needs none");
    }
    if escaped.iter().any(|byte| byte.is_ascii_control() || b"/\\?#%;".contains(byte)) {
        return Some("the path has an escape for a character that has a meaning in paths");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_one_reading_passes() {
        for path in [
            "/2/tweets",
            "/2/users/by/username/a_b",
            "/v4/spreadsheets/1-a/values/Sheet1!A1:B2",
            "/v4/spreadsheets/1-a/values/Sheet1%21A1%3AB2",
            "/v4/spreadsheets/1-a/values/My%20%C3%9Cbersicht",
            "/users/@me",
            "/chat.postMessage",
            "/a/...",
            "/a/.b",
            "/calendars/a%40b.example/events",
        ] {
            assert_eq!(fault(path), None, "{path}");
        }
    }

    #[test]
    fn every_other_byte_is_refused() {
        for byte in 0..=u8::MAX {
            let path = format!("/a{}b", char::from(byte));
            let is_known = is_unreserved(byte) || b"!$&'()*+,=:@/".contains(&byte);
            assert_eq!(fault(&path).is_none(), is_known, "{path:?}");
            let path = format!("/a%{byte:02x}b");
            let may_be =
                !is_unreserved(byte) && !byte.is_ascii_control() && !b"/\\?#%;".contains(&byte);
            assert_eq!(fault(&path).is_none(), may_be, "{path:?}");
        }
    }
}
