//! An answer, and the way it is written if hyper does not do it.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    X_CONTENT_TYPE_OPTIONS,
};

use super::body::Body;
use super::turn::Turn;

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Response {
    /// Returns an answer without a body, which nobody keeps.
    pub(crate) fn new(status: StatusCode) -> Self {
        Self::bare(status).with(CACHE_CONTROL, HeaderValue::from_static("no-store"))
    }

    /// Returns an answer with a body of this type, which nobody keeps and nobody takes for another
    /// type.
    pub(crate) fn of(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Self {
        Self { body: body.into(), ..Self::new(status) }
            .with(CONTENT_TYPE, HeaderValue::from_static(kind))
            .with(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
    }

    /// Returns an answer without any header.
    pub(crate) fn bare(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::with_capacity(8), body: Body::default() }
    }

    /// Adds a header.
    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Puts this body in the place of the answer's own.
    #[must_use]
    pub(crate) fn with_body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Ends the connection with this answer.
    #[must_use]
    pub(crate) fn closing(mut self) -> Self {
        self.headers.insert(CONNECTION, HeaderValue::from_static("close"));
        self
    }

    /// Returns the head and the body.
    #[cfg(test)]
    pub(crate) fn into_parts(self) -> (hyper::http::response::Parts, Body) {
        self.into_hyper(Arc::default()).into_parts()
    }

    pub(crate) fn into_hyper(self, turn: Arc<Turn>) -> hyper::Response<Body> {
        let mut response = hyper::Response::new(self.body.ending(turn));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    /// Returns an answer whose body is whole as the last bytes of a connection.
    pub(crate) fn last_bytes(self) -> Vec<u8> {
        let response = self.closing();
        let (status, body) = (response.status, response.body.bytes());
        let reason = status.canonical_reason().unwrap_or_default();
        let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).into_bytes();
        for (name, value) in &response.headers {
            bytes.extend(title_case(name.as_str()).bytes());
            bytes.extend(b": ");
            bytes.extend(value.as_bytes());
            bytes.extend(b"\r\n");
        }
        bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
        bytes.extend(body);
        bytes
    }
}

/// Writes the name of a header as people do, and hyper is told to.
fn title_case(name: &str) -> String {
    let mut begins = true;
    let letter = |c: char| {
        let shown = if begins { c.to_ascii_uppercase() } else { c };
        begins = c == '-';
        shown
    };
    name.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_bytes_are_an_answer_of_http() {
        let response = Response::of(StatusCode::NOT_FOUND, "text/plain", "there is nothing");
        assert_eq!(
            String::from_utf8(response.last_bytes()).expect("it is text"),
            "HTTP/1.1 404 Not Found\r\nCache-Control: no-store\r\nContent-Type: text/plain\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\nContent-Length: 16\r\n\r\n\
             there is nothing"
        );
    }
}
