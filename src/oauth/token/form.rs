//! The body of a request to the token or the revocation endpoint.

use form_urlencoded::Serializer;
use indexmap::IndexMap;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::catalog::BodyFormat;

/// More than such a body usually has, in bytes: where it does not grow, it leaves no copies of
/// tokens behind.
const ROOM: usize = 8 * 1024;

/// A body (RFC 6749 appendix B, or an object of JSON) that may hold tokens and secrets.
pub(crate) struct Form {
    format: BodyFormat,
    text: Zeroizing<String>,
}

impl Form {
    /// Creates the body of a request to the token endpoint (RFC 6749 section 4).
    pub(crate) fn new(format: BodyFormat, grant_type: &str) -> Self {
        Self::empty(format).with("grant_type", grant_type)
    }

    /// Creates a body without fields.
    pub(crate) fn empty(format: BodyFormat) -> Self {
        Self { format, text: Zeroizing::new(String::with_capacity(ROOM)) }
    }

    /// Adds a field.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        match self.format {
            BodyFormat::Form => {
                let text = std::mem::take(&mut *self.text);
                *self.text = Serializer::new(text).append_pair(name, value).finish();
            }
            BodyFormat::Json => {
                let quoted = |text: &str| Zeroizing::new(Value::from(text).to_string());
                let begins = self.text.is_empty();
                self.text.push(if begins { '{' } else { ',' });
                self.text.push_str(&quoted(name));
                self.text.push(':');
                self.text.push_str(&quoted(value));
            }
        }
        self
    }

    /// Adds the parameters that a provider's file names.
    pub(crate) fn with_all(self, parameters: &IndexMap<String, String>) -> Self {
        parameters.iter().fold(self, |form, (name, value)| form.with(name, value))
    }

    /// Returns the media type.
    pub(crate) fn media_type(&self) -> &'static str {
        match self.format {
            BodyFormat::Form => "application/x-www-form-urlencoded",
            BodyFormat::Json => "application/json",
        }
    }

    /// Returns the body as it is sent.
    pub(crate) fn encoded(mut self) -> Zeroizing<String> {
        if self.format == BodyFormat::Json {
            let is_empty = self.text.is_empty();
            self.text.push_str(if is_empty { "{}" } else { "}" });
        }
        self.text
    }
}
