//! The endpoint's answers.

use std::sync::Arc;

use age::secrecy::ExposeSecret;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use jiff::Timestamp;
use serde_json::json;

use super::request::Refusal;
use crate::error::{Code, Error};
use crate::http::server::{Body, Response};
use crate::refresh::agent::live_token::Live;
use crate::refresh::agent::token_requests::Unavailable;
use crate::text::time::rfc3339;

const JSON: &str = "application/json";

/// Returns the answer that holds a token. The bytes of the token are sent from where they live.
pub(super) fn token(live: &Arc<Live>) -> Response {
    let expires_at = live.expires_at.map(rfc3339);
    let scopes: Vec<_> = live.scopes.iter().collect();
    let after = format!("\",\"expires_at\":{},\"scopes\":{}}}\n", json!(expires_at), json!(scopes));
    let mut body = Vec::with_capacity(3);
    body.push(Bytes::from_static(br#"{"access_token":""#));
    escape(&Bytes::from_owner(Secret(Arc::clone(live))), &mut body);
    body.push(Bytes::from(after));
    Response::of(StatusCode::OK, JSON, Body::pieces(body))
}

/// Returns why there is no token.
pub(super) fn unavailable(why: &Unavailable, now: Timestamp) -> Response {
    match why {
        Unavailable::Dead(error) => error_response(StatusCode::GONE, error),
        Unavailable::For { error, retry_at } => {
            let wait = retry_at.duration_since(now).as_millis().max(1);
            let wait = u64::try_from(wait).unwrap_or_default().div_ceil(1_000);
            error_response(StatusCode::SERVICE_UNAVAILABLE, error)
                .with(RETRY_AFTER, HeaderValue::from(wait))
        }
    }
}

/// Returns a refusal, without a word if words would tell something. The connection ends with it.
pub(super) fn refusal(refusal: Refusal) -> Response {
    let response = match refusal {
        Refusal::Unauthorized => Response::new(StatusCode::UNAUTHORIZED)
            .with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
        Refusal::Body => Response::new(StatusCode::PAYLOAD_TOO_LARGE),
        Refusal::Method => Response::new(StatusCode::METHOD_NOT_ALLOWED)
            .with(ALLOW, HeaderValue::from_static("GET")),
        Refusal::Unknown => Response::new(StatusCode::NOT_FOUND),
        Refusal::Query => {
            let message = "the query can have `min_ttl`, once: seconds, or such as 90s or 5m";
            error_response(StatusCode::BAD_REQUEST, &Error::new(Code::BadArgument, message))
        }
    };
    response.closing()
}

fn error_response(status: StatusCode, error: &Error) -> Response {
    let hint = error.hint().map_or_else(String::new, |hint| format!(": {hint}"));
    let body = json!({"error": error.code().name(), "message": format!("{error}{hint}")});
    Response::of(status, JSON, format!("{body}\n"))
}

/// A token as bytes that are not copied.
struct Secret(Arc<Live>);

impl AsRef<[u8]> for Secret {
    fn as_ref(&self) -> &[u8] {
        self.0.access_token.expose_secret().as_bytes()
    }
}

/// Adds a token as it stands in a JSON text: as it is, but for the two visible characters that have to
/// be escaped there.
fn escape(token: &Bytes, body: &mut Vec<Bytes>) {
    let mut start = 0;
    for (at, byte) in token.iter().enumerate() {
        if matches!(byte, b'"' | b'\\') {
            body.push(token.slice(start..at));
            body.push(Bytes::from_static(b"\\"));
            start = at;
        }
    }
    body.push(token.slice(start..));
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
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

    /// Returns the head and the body, after checking that the body has the stated length.
    fn parts(response: Response) -> (hyper::http::response::Parts, String) {
        let (head, body) = response.into_parts();
        let length = hyper::body::Body::size_hint(&body).exact();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let body = runtime.block_on(body.collect()).expect("it is whole").to_bytes();
        assert_eq!(length, Some(body.len() as u64));
        (head, String::from_utf8(body.to_vec()).expect("it is text"))
    }

    #[test]
    fn a_token_is_part_of_a_json_text() {
        for text in ["VHdpdHRlcg:1:at", "", "\"", "\\", "a\"b\\\\c\"", "~!#$%&'()*"] {
            let (head, body) = parts(token(&live(text)));
            let value: Value = serde_json::from_str(&body).expect("it is JSON");
            assert_eq!(
                value,
                json!({
                    "access_token": text,
                    "expires_at": "2026-12-01T10:00:00Z",
                    "scopes": ["tweet.read", "users.read"],
                })
            );
            assert_eq!(head.status, 200);
            assert_eq!(head.headers["cache-control"], "no-store");
            assert!(!head.headers.contains_key("connection"));
        }
    }

    #[test]
    fn a_token_is_sent_from_where_it_lives() {
        let live = live("VHdp\"dHRlcg");
        let there = live.access_token.expose_secret().as_bytes().as_ptr_range();
        let mut body = Vec::new();
        escape(&Bytes::from_owner(Secret(Arc::clone(&live))), &mut body);
        assert_eq!(body.concat(), b"VHdp\\\"dHRlcg");
        assert!(there.contains(&body[0].as_ptr()) && there.contains(&body[2].as_ptr()));
    }

    #[test]
    fn failures_say_why_and_when_to_come_back() {
        let error =
            Arc::new(Error::new(Code::ReconnectRequired, "it is \"dead\"").with_hint("run"));
        let (head, body) = parts(unavailable(&Unavailable::Dead(Arc::clone(&error)), now()));
        assert_eq!(head.status, 410);
        let value: Value = serde_json::from_str(&body).expect("it is JSON");
        let expected = json!({"error": "reconnect_required", "message": "it is \"dead\": run"});
        assert_eq!(value, expected);
        for (retry_at, seconds) in [
            ("2026-12-01T08:00:02Z", "2"),
            ("2026-12-01T08:00:01.5Z", "1"),
            ("2026-12-01T07:00:00Z", "1"),
        ] {
            let retry_at = retry_at.parse().expect("a time");
            let (head, _) = parts(unavailable(
                &Unavailable::For { error: Arc::clone(&error), retry_at },
                now(),
            ));
            assert_eq!(head.status, 503);
            assert_eq!(head.headers["retry-after"], seconds);
        }
    }

    #[test]
    fn refusals_are_silent_and_final() {
        for (refused, status) in [
            (Refusal::Unauthorized, 401),
            (Refusal::Body, 413),
            (Refusal::Method, 405),
            (Refusal::Unknown, 404),
            (Refusal::Query, 400),
        ] {
            let (head, body) = parts(refusal(refused));
            assert_eq!(head.status, status);
            assert_eq!(head.headers["connection"], "close");
            assert_eq!(body.is_empty(), refused != Refusal::Query, "{body}");
        }
    }
}
