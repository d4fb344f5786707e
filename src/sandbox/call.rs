//! A call of an operation, as the face answers it that simulates the operation.

use serde_json::Value;

use super::http::{Parameters, Reply};
use super::world::World;
use crate::model::scope::ScopeSet;

/// A call that is allowed.
pub(super) struct Call<'a> {
    pub(super) world: &'a mut World,
    /// The id of the account that the token stands for.
    pub(super) me: String,
    /// The scopes of the token.
    pub(super) scopes: ScopeSet,
    /// The values of the path's parameters.
    pub(super) arguments: Vec<String>,
    pub(super) query: Parameters,
    /// The body, where it is a form.
    pub(super) form: Parameters,
    /// The body, where it is JSON, else `null`.
    pub(super) body: Value,
    pub(super) now: jiff::Timestamp,
}

/// The answer to a call; the error is the answer to one that is refused.
pub(super) type Answer = Result<Reply, Reply>;

impl Call<'_> {
    pub(super) fn argument(&self, at: usize) -> &str {
        self.arguments.get(at).map_or("", String::as_str)
    }

    /// Returns a text at a place of the body (RFC 6901); an empty one where there is none.
    pub(super) fn text_at(&self, place: &str) -> &str {
        self.body.pointer(place).and_then(Value::as_str).unwrap_or_default()
    }
}
