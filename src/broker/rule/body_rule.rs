//! The rule for the body of a request: what of it is looked at, before or while it goes out.

use hyper::http::HeaderMap;
use hyper::http::header::CONTENT_TYPE;

use super::body_check::{BodyCheck, MOST_OF_A_FORM};
use super::body_content::BodyContent;
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
    content: BodyContent,
    own: &'a [String],
    operation: String,
}

impl<'a> BodyRule<'a> {
    /// The most bytes of a body that are kept, and of a form that are read at all.
    pub const MOST: usize = MOST_OF_A_FORM;

    /// Returns the rule for a request that means an operation.
    pub(super) fn of(operation: &'a Operation, headers: &HeaderMap) -> Result<Self, Refusal> {
        let rule = |content| Self {
            content,
            own: operation.body.as_ref().map_or(&[][..], |body| &body.fields),
            operation: operation.to_string(),
        };
        let ambiguous = |detail: &str| Err(Refusal::new(RefusalCode::Ambiguous, detail));
        let Some(body) = &operation.body else {
            if announces_body(headers) {
                return ambiguous("the request has a body, and the operation has none");
            }
            return Ok(rule(BodyContent::Nothing));
        };
        let Some(value) = headers.get(CONTENT_TYPE) else {
            if announces_body(headers) {
                return ambiguous("the body has no media type");
            }
            return Ok(rule(BodyContent::Nothing));
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
            (true, _) => BodyContent::Json,
            (_, true) => BodyContent::Form,
            _ => BodyContent::Other,
        }))
    }

    /// Returns whether the body is looked at, or must be empty: what is kept up to [`Self::MOST`] can be
    /// judged before anything goes out.
    pub fn buffers(&self) -> bool {
        self.content != BodyContent::Other
    }

    /// Returns whether the body is a form, which a signature covers.
    pub fn is_form(&self) -> bool {
        self.content == BodyContent::Form
    }

    /// Judges a whole body.
    pub fn check(&self, body: &[u8]) -> Result<(), Refusal> {
        let mut check = self.begin();
        check.take(body)?;
        check.end()
    }

    /// Begins to judge a body that comes in pieces: one that is too large to be kept.
    pub fn begin(&self) -> BodyCheck<'a> {
        BodyCheck::new(self.content, self.own, self.operation.clone())
    }
}
