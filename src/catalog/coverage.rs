//! Scope coverage: what granted scopes lack of wanted ones. Every comparison of scopes goes through
//! it.

use std::borrow::Cow;

use super::provider::Provider;
use crate::model::scope::ScopeSet;

impl Provider {
    /// Returns what `granted` scopes lack of the `wanted` ones.
    pub fn missing(&self, wanted: &ScopeSet, granted: &ScopeSet) -> ScopeSet {
        wanted.minus(&self.closed(granted))
    }

    /// Returns whether `granted` scopes cover all of the `wanted` ones.
    pub fn covers(&self, granted: &ScopeSet, wanted: &ScopeSet) -> bool {
        wanted.is_covered_by(&self.closed(granted))
    }

    /// Returns granted scopes with all that they imply. No provider's file states implications yet.
    #[allow(clippy::unused_self, reason = "what a scope implies is the provider's to say")]
    fn closed<'a>(&self, granted: &'a ScopeSet) -> Cow<'a, ScopeSet> {
        Cow::Borrowed(granted)
    }
}
