//! Requests and answers, as the endpoints see them.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::catalog::BodyFormat;

/// A request that arrived in whole. It may hold tokens, and so it cannot be printed.
pub(super) struct Request {
    /// `GET`, `POST`, …
    pub(super) method: String,
    /// The path, as it was sent.
    pub(super) path: String,
    /// The part behind the `?`, as it was sent; empty without one.
    pub(super) query: String,
    /// The host and port that it was sent to.
    pub(super) host: String,
    pub(super) authorization: Option<String>,
    /// The names of its headers, in lower case.
    pub(super) headers: Vec<String>,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    pub(super) fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|header| header.eq_ignore_ascii_case(name))
    }

    /// Returns the parameters behind the `?`.
    pub(super) fn query(&self) -> Parameters {
        Parameters::parse(self.query.as_bytes())
    }

    /// Returns the parameters of a form; there are none where the body is something else.
    pub(super) fn form(&self) -> Parameters {
        if self.is_form() { Parameters::parse(&self.body) } else { Parameters::default() }
    }

    /// Returns the texts at the top of an object of JSON; there are none where the body is something
    /// else.
    pub(super) fn json(&self) -> Parameters {
        if self.is("application/json") {
            let fields: Map<String, Value> = serde_json::from_slice(&self.body).unwrap_or_default();
            let texts = fields.into_iter().filter_map(|(name, value)| match value {
                Value::String(text) => Some((name, text)),
                _ => None,
            });
            Parameters(texts.collect())
        } else {
            Parameters::default()
        }
    }

    /// Returns the parameters of a body, in the form that a provider takes.
    pub(super) fn body(&self, format: BodyFormat) -> Parameters {
        match format {
            BodyFormat::Form => self.form(),
            BodyFormat::Json => self.json(),
        }
    }

    pub(super) fn is_form(&self) -> bool {
        self.is("application/x-www-form-urlencoded")
    }

    fn is(&self, media_type: &str) -> bool {
        let kind = self.content_type.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case(media_type)
    }
}

/// The usual content type of JSON.
pub(super) const JSON: &str = "application/json; charset=utf-8";

/// Names and values of a query or a form.
#[derive(Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// Returns the value of a parameter; without one, or with an empty one, it counts as omitted
    /// (RFC 6749 section 3.1).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).find(|value| !value.is_empty())
    }

    /// Returns all values of a parameter.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Returns a parameter of these that is there more than once (RFC 6749 section 3.1: none may
    /// be).
    pub(super) fn repeated<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        names.iter().copied().find(|name| self.all(name).count() > 1)
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self::new(status, JSON, value.to_string())
    }

    pub(super) fn html(status: u16, page: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", page)
    }

    #[must_use]
    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Gives JSON another content type.
    #[must_use]
    pub(super) fn with_json_type(mut self, media_type: &str) -> Self {
        for (name, value) in &mut self.headers {
            if *name == "content-type" && value == JSON {
                media_type.clone_into(value);
            }
        }
        self
    }

    #[must_use]
    pub(super) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| *found != name);
        self
    }

    /// Returns an error as X's API words it (RFC 9457): the status and its usual name, nothing
    /// about why.
    pub(super) fn problem(status: u16) -> Self {
        let title = reason(status);
        let body =
            json!({"title": title, "type": "about:blank", "status": status, "detail": title});
        Self::json(status, &body)
    }
}

/// Returns the name of a status.
pub(super) fn reason(status: u16) -> Cow<'static, str> {
    let known = hyper::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    known.map_or_else(|| status.to_string().into(), Cow::Borrowed)
}

/// The fate of an answer on its way.
pub(super) enum Delivery {
    /// It is sent.
    Whole(Reply),
    /// It is sent after a while.
    Late(Reply, std::time::Duration),
    /// Half of it is sent, under a `Content-Length` for all of it; then the connection closes.
    Cut(Reply),
    /// The connection closes without a word.
    Lost,
    /// The connection stays open without a word.
    Never,
}
