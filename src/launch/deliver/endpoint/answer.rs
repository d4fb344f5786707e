//! What the endpoint answers, as the pieces that it is written from.

use std::io::IoSlice;
use std::sync::Arc;

use age::secrecy::ExposeSecret;
use jiff::Timestamp;
use serde_json::json;

use super::request::Refusal;
use crate::error::{Code, Error};
use crate::refresh::live_token::Live;
use crate::refresh::token_requests::Unavailable;
use crate::text::time::rfc3339;

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    head: String,
    /// The token that is part of the body, where one is; and what comes after it.
    token: Option<(Arc<Live>, String)>,
    /// Whether the connection is kept for another request.
    pub(super) keeps_alive: bool,
}

impl Answer {
    /// A token.
    pub(super) fn token(live: Arc<Live>, keeps_alive: bool, now: Timestamp) -> Self {
        let before = r#"{"access_token":""#;
        let expires_at = live.expires_at.map(rfc3339);
        let scopes: Vec<_> = live.scopes.iter().collect();
        let after = format!(r#"","expires_at":{},"scopes":{}}}"#, json!(expires_at), json!(scopes));
        let after = format!("{after}\n");
        let length = before.len() + after.len() + pieces(&live).map(str::len).sum::<usize>();
        let mut head = Self::head("200 OK", length, keeps_alive, now);
        head.push_str("Content-Type: application/json\r\n\r\n");
        head.push_str(before);
        Self { head, token: Some((live, after)), keeps_alive }
    }

    /// Why there is no token.
    pub(super) fn unavailable(why: &Unavailable, keeps_alive: bool, now: Timestamp) -> Self {
        match why {
            Unavailable::Dead(error) => Self::error("410 Gone", "", error, keeps_alive, now),
            Unavailable::For { error, retry_at } => {
                let wait = retry_at.duration_since(now).as_millis().max(1);
                let field = format!("Retry-After: {}\r\n", (wait + 999) / 1_000);
                Self::error("503 Service Unavailable", &field, error, keeps_alive, now)
            }
        }
    }

    /// A refusal, without a word where words would tell something. The connection ends with it.
    pub(super) fn refusal(refusal: Refusal, now: Timestamp) -> Self {
        let status = match refusal {
            Refusal::NoHttp => "400 Bad Request",
            Refusal::OtherHost => "421 Misdirected Request",
            Refusal::Browser => "403 Forbidden",
            Refusal::Unauthorized => "401 Unauthorized\r\nWWW-Authenticate: Bearer",
            Refusal::Body => "413 Content Too Large",
            Refusal::Method => "405 Method Not Allowed\r\nAllow: GET",
            Refusal::Unknown => "404 Not Found",
            Refusal::TooLong => "431 Request Header Fields Too Large",
            Refusal::Query => {
                let message = "the query can have `min_ttl`, once: seconds, or such as 90s or 5m";
                let error = Error::new(Code::BadArgument, message);
                return Self::error("400 Bad Request", "", &error, false, now);
            }
        };
        let mut head = Self::head(status, 0, false, now);
        head.push_str("\r\n");
        Self { head, token: None, keeps_alive: false }
    }

    fn error(status: &str, fields: &str, error: &Error, keeps_alive: bool, now: Timestamp) -> Self {
        let hint = error.hint().map_or_else(String::new, |hint| format!(": {hint}"));
        let body = json!({"error": error.code().name(), "message": format!("{error}{hint}")});
        let body = format!("{body}\n");
        let mut head = Self::head(status, body.len(), keeps_alive, now);
        head.push_str("Content-Type: application/json\r\n");
        head.push_str(fields);
        head.push_str("\r\n");
        head.push_str(&body);
        Self { head, token: None, keeps_alive }
    }

    /// The status line, and the header fields of every answer.
    fn head(status: &str, length: usize, keeps_alive: bool, now: Timestamp) -> String {
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT");
        let close = if keeps_alive { "" } else { "Connection: close\r\n" };
        format!(
            "HTTP/1.1 {status}\r\nDate: {date}\r\nCache-Control: no-store\r\n\
             Content-Length: {length}\r\n{close}"
        )
    }

    /// The pieces that are left once so many bytes were written; none, once all were.
    pub(super) fn left(&self, mut written: usize) -> Vec<IoSlice<'_>> {
        let token = self.token.iter().flat_map(|(live, _)| pieces(live));
        let after = self.token.iter().map(|(_, after)| after.as_str());
        let mut left = Vec::with_capacity(3);
        for piece in [self.head.as_str()].into_iter().chain(token).chain(after) {
            let bytes = &piece.as_bytes()[written.min(piece.len())..];
            written -= piece.len() - bytes.len();
            if !bytes.is_empty() {
                left.push(IoSlice::new(bytes));
            }
        }
        left
    }
}

/// A token as it stands in a JSON text: as it is, but for the two visible characters that have to be
/// escaped there.
fn pieces(live: &Live) -> impl Iterator<Item = &str> {
    let token = live.access_token.expose_secret();
    token.split_inclusive(['"', '\\']).flat_map(|piece| match piece.as_bytes().last() {
        Some(b'"') => [&piece[..piece.len() - 1], "\\\""],
        Some(b'\\') => [&piece[..piece.len() - 1], "\\\\"],
        _ => [piece, ""],
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn now() -> Timestamp {
        "2026-12-01T08:00:00.5Z".parse().expect("a time")
    }

    fn live(token: &str) -> Arc<Live> {
        Arc::new(Live {
            access_token: token.to_owned().into(),
            expires_at: Some("2026-12-01T10:00:00Z".parse().expect("a time")),
            scopes: ["tweet.read", "users.read"].into_iter().collect(),
        })
    }

    fn written(answer: &Answer) -> String {
        let bytes: Vec<u8> = answer.left(0).iter().flat_map(|piece| piece.to_vec()).collect();
        String::from_utf8(bytes).expect("it is text")
    }

    /// The head and the body, whose length is as the head says.
    fn parts(answer: &Answer) -> (String, String) {
        let text = written(answer);
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert!(
            head.contains(&format!("\r\nContent-Length: {}\r\n", body.len()))
                || head.ends_with(&format!("\r\nContent-Length: {}", body.len())),
            "{text}"
        );
        (head.to_owned(), body.to_owned())
    }

    #[test]
    fn a_token_is_part_of_a_json_text() {
        for token in ["VHdpdHRlcg:1:at", "", "\"", "\\", "a\"b\\\\c\"", "~!#$%&'()*"] {
            let (head, body) = parts(&Answer::token(live(token), true, now()));
            let value: Value = serde_json::from_str(&body).expect("it is JSON");
            assert_eq!(
                value,
                json!({
                    "access_token": token,
                    "expires_at": "2026-12-01T10:00:00Z",
                    "scopes": ["tweet.read", "users.read"],
                })
            );
            assert!(head.starts_with("HTTP/1.1 200 OK\r\nDate: Tue, 01 Dec 2026 08:00:00 GMT\r\n"));
            assert!(head.contains("Cache-Control: no-store") && !head.contains("Connection"));
        }
    }

    #[test]
    fn what_was_written_is_left_out() {
        let answer = Answer::token(live("a\"b"), false, now());
        let all = written(&answer);
        for at in 0..=all.len() {
            let left: Vec<u8> = answer.left(at).iter().flat_map(|piece| piece.to_vec()).collect();
            assert_eq!(left, &all.as_bytes()[at..], "{at}");
        }
        assert!(answer.left(all.len()).is_empty());
    }

    #[test]
    fn failures_say_why_and_when_to_come_back() {
        let error =
            Arc::new(Error::new(Code::ReconnectRequired, "it is \"dead\"").with_hint("run"));
        let dead = Unavailable::Dead(Arc::clone(&error));
        let (head, body) = parts(&Answer::unavailable(&dead, true, now()));
        assert!(head.starts_with("HTTP/1.1 410 Gone\r\n"), "{head}");
        let value: Value = serde_json::from_str(&body).expect("it is JSON");
        let expected = json!({"error": "reconnect_required", "message": "it is \"dead\": run"});
        assert_eq!(value, expected);
        for (retry_at, seconds) in [
            ("2026-12-01T08:00:02Z", 2),
            ("2026-12-01T08:00:01.5Z", 1),
            ("2026-12-01T07:00:00Z", 1),
        ] {
            let retry_at = retry_at.parse().expect("a time");
            let busy = Unavailable::For { error: Arc::clone(&error), retry_at };
            let (head, _) = parts(&Answer::unavailable(&busy, true, now()));
            assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{head}");
            assert!(head.contains(&format!("\r\nRetry-After: {seconds}")), "{head}");
        }
    }

    #[test]
    fn refusals_are_silent_and_final() {
        for (refusal, status) in [
            (Refusal::NoHttp, 400),
            (Refusal::OtherHost, 421),
            (Refusal::Browser, 403),
            (Refusal::Unauthorized, 401),
            (Refusal::Body, 413),
            (Refusal::Method, 405),
            (Refusal::Unknown, 404),
            (Refusal::TooLong, 431),
            (Refusal::Query, 400),
        ] {
            let (head, body) = parts(&Answer::refusal(refusal, now()));
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
            assert!(head.contains("\r\nConnection: close"), "{head}");
            assert_eq!(body.is_empty(), refusal != Refusal::Query, "{body}");
        }
    }
}
