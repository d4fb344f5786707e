//! Alternatives of scopes: sets of which any one is enough.

use crate::model::scope::ScopeSet;

/// Scope sets of which any one is enough. The first is the one that is meant, the others stand in its
/// place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alternatives<'a> {
    first: &'a ScopeSet,
    others: &'a [ScopeSet],
}

impl<'a> Alternatives<'a> {
    /// Creates the alternatives of a set and those that stand in its place.
    pub fn new(first: &'a ScopeSet, others: &'a [ScopeSet]) -> Self {
        Self { first, others }
    }

    /// Returns the alternative that is meant.
    pub fn first(self) -> &'a ScopeSet {
        self.first
    }

    /// Returns those that stand in its place.
    pub fn others(self) -> &'a [ScopeSet] {
        self.others
    }

    /// Returns all of them, in their order.
    pub fn iter(self) -> impl Iterator<Item = &'a ScopeSet> {
        std::iter::once(self.first).chain(self.others)
    }

    /// Returns whether one of them has this scope.
    pub fn mention(self, scope: &str) -> bool {
        self.iter().any(|scopes| scopes.contains(scope))
    }
}

impl<'a> From<&'a ScopeSet> for Alternatives<'a> {
    fn from(only: &'a ScopeSet) -> Self {
        Self { first: only, others: &[] }
    }
}
