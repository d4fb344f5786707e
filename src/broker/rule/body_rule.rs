//! The rule for the body of a request: what of it is looked at, before or while it goes out.

use std::borrow::Cow;

use hyper::http::HeaderMap;
use hyper::http::header::CONTENT_TYPE;

use super::framing::announces_body;
use super::media_type::MediaType;
use crate::broker::{Refusal, RefusalCode};
use crate::catalog::Operation;

/// The rule for the body of a request.
///
/// The names at the top of a form or of JSON are the operation's own, once each, and nothing in it can be
/// read in two ways. Where the catalog does not know the names of an operation, they are not compared,
/// but those of credentials are refused there, too. Into other bodies (`multipart/…`, images) nobody
/// looks: their parts are not compared.
#[derive(Clone, Debug)]
pub struct BodyRule<'a> {
    content: Content,
    own: Cow<'a, [String]>,
    operation: String,
}

/// The content of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// There is none.
    Nothing,
    /// A form.
    Form,
    /// JSON.
    Json,
    /// Something that is not looked at.
    Other,
}

impl<'a> BodyRule<'a> {
    /// The most bytes of a body that are kept, and of a form that are read at all.
    pub const MOST: usize = 1 << 20;

    /// Returns the rule for a request that means an operation.
    pub(super) fn of(operation: &'a Operation, headers: &HeaderMap) -> Result<Self, Refusal> {
        let rule = |content| Self {
            content,
            own: operation.body.as_ref().map_or(&[][..], |body| &body.fields).into(),
            operation: operation.to_string(),
        };
        let ambiguous = |detail: &str| Err(Refusal::new(RefusalCode::Ambiguous, detail));
        let Some(body) = &operation.body else {
            if announces_body(headers) {
                return ambiguous("the request has a body, and the operation has none");
            }
            return Ok(rule(Content::Nothing));
        };
        let Some(value) = headers.get(CONTENT_TYPE) else {
            if announces_body(headers) {
                return ambiguous("the body has no media type");
            }
            return Ok(rule(Content::Nothing));
        };
        let Some(media_type) = MediaType::of(value.as_bytes()) else {
            return ambiguous("the media type of the body is none");
        };
        if !media_type.is_one_of(&body.types) {
            let types: Vec<_> = body.types.iter().map(|known| format!("`{known}`")).collect();
            let detail = format!("the operation takes bodies of {}", types.join(" and "));
            return Err(Refusal::new(RefusalCode::Unknown, detail));
        }
        let is_text = media_type.is_json() || media_type.is_form();
        if is_text && !media_type.is_utf8() {
            return ambiguous("the body is in another encoding than UTF-8");
        }
        Ok(rule(match (media_type.is_json(), media_type.is_form()) {
            (true, _) => Content::Json,
            (_, true) => Content::Form,
            _ => Content::Other,
        }))
    }

    /// Returns whether the body is looked at, or must be empty: what is kept up to [`Self::MOST`] can be
    /// judged before anything goes out.
    pub fn buffers(&self) -> bool {
        self.content != Content::Other
    }

    /// Returns the names that are the operation's own at the top of the body; none are known where it is
    /// empty.
    pub(super) fn own(&self) -> &[String] {
        &self.own
    }

    pub(super) fn content(&self) -> Content {
        self.content
    }

    /// Returns the rule with names of its own.
    pub(super) fn owned(&self) -> BodyRule<'static> {
        let own = Cow::Owned(self.own.to_vec());
        BodyRule { content: self.content, own, operation: self.operation.clone() }
    }

    /// Adds the operation to a refusal.
    pub(super) fn refuse(&self, refusal: Refusal) -> Refusal {
        refusal.of_operation(&self.operation)
    }
}
