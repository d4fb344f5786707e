//! The reason why a file has no tokens that can be used.

use crate::error::Remedy;
use crate::oauth::token::response::Invalid;

/// The reason why a file has no tokens that can be used. It quotes nothing of the file, which holds
/// secrets.
#[derive(Debug, PartialEq, Eq)]
pub struct Unusable {
    /// The fault, in words.
    pub why: String,
    /// The way out.
    pub way_out: Option<Remedy>,
}

impl Unusable {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), way_out: None }
    }

    pub(super) fn with_way_out(self, way_out: impl Into<Remedy>) -> Self {
        Self { way_out: Some(way_out.into()), ..self }
    }
}

impl From<Invalid> for Unusable {
    fn from(invalid: Invalid) -> Self {
        Self::new(invalid.to_string())
    }
}
