//! The reach of a key: the calls that a limit or a question on it holds.

use serde::{Deserialize, Serialize};

use super::Admission;
use crate::model::name::Slug;

/// The reach of a key: every call to an operation that it could give, by whatever entry of the manifest the
/// run has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reach {
    /// The provider that has the key.
    pub(crate) provider: Slug,
    /// The integration key.
    pub(crate) key: String,
}

impl Reach {
    /// Returns whether a call is one that the key could give.
    pub(crate) fn holds(&self, call: &Admission<'_>) -> bool {
        self.provider == call.provider.slug && call.provider.could_give(&self.key, call.operation)
    }
}
