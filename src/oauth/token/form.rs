//! The body of a request to the token or the revocation endpoint.

use form_urlencoded::Serializer;
use zeroize::Zeroizing;

/// More than such a body usually has, in bytes: where it does not grow, it leaves no copies of
/// tokens behind.
const ROOM: usize = 8 * 1024;

/// A form (RFC 6749 appendix B) that may hold tokens and secrets.
pub(crate) struct Form(Zeroizing<String>);

impl Form {
    /// Creates the form of a request to the token endpoint (RFC 6749 section 4).
    pub(crate) fn new(grant_type: &str) -> Self {
        Self::empty().with("grant_type", grant_type)
    }

    /// Creates a form without fields.
    pub(crate) fn empty() -> Self {
        Self(Zeroizing::new(String::with_capacity(ROOM)))
    }

    /// Adds a field.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        let text = std::mem::take(&mut *self.0);
        *self.0 = Serializer::new(text).append_pair(name, value).finish();
        self
    }

    /// Returns the form as it is sent.
    pub(crate) fn encoded(self) -> Zeroizing<String> {
        self.0
    }
}
