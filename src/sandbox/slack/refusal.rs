//! Refusals, as methods answer them.

use serde_json::Value;

/// The refusal of a request: an error, and what is said beside it.
pub(super) struct Refusal {
    pub(super) error: &'static str,
    pub(super) more: Vec<(&'static str, Value)>,
}

impl From<&'static str> for Refusal {
    fn from(error: &'static str) -> Self {
        Self { error, more: Vec::new() }
    }
}

/// The answer of a method, or its refusal.
pub(super) type Answered = Result<Value, Refusal>;
