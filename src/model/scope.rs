//! Sets of OAuth scopes.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// An unordered set of OAuth scopes (RFC 6749 section 3.3: the order does not matter).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "BTreeSet<String>")]
pub struct ScopeSet(BTreeSet<String>);

/// Returns whether a text is a scope token (RFC 6749 section 3.3): visible ASCII without `"` and
/// `\`.
pub fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}

impl TryFrom<BTreeSet<String>> for ScopeSet {
    type Error = &'static str;

    fn try_from(scopes: BTreeSet<String>) -> Result<Self, Self::Error> {
        let all = scopes.iter().all(|scope| is_scope(scope));
        if all { Ok(Self(scopes)) } else { Err("a scope has characters that no scope has") }
    }
}

impl ScopeSet {
    /// The most scopes that are kept of a grant, and how many bytes they may have together. No provider
    /// has so many; a record of the store with all of them is still far from its limit.
    pub const MOST: usize = 1_000;
    /// See [`ScopeSet::MOST`].
    pub const MOST_BYTES: usize = 32 << 10;

    /// Returns whether a grant can keep all of the scopes.
    pub fn fits(&self) -> bool {
        self.len() <= Self::MOST && self.iter().map(str::len).sum::<usize>() <= Self::MOST_BYTES
    }

    /// Reads a `scope` value: scope tokens between spaces (RFC 6749 section 3.3) or commas, which
    /// some servers send instead.
    pub fn parse(text: &str) -> Self {
        text.split([' ', ',', '\t', '\r', '\n']).filter(|scope| !scope.is_empty()).collect()
    }

    /// Returns whether there is no scope in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of scopes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the set has this scope.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    /// Returns whether `granted` has every scope of this set.
    pub fn is_covered_by(&self, granted: &Self) -> bool {
        self.0.is_subset(&granted.0)
    }

    /// Returns whether no scope is in both sets.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.0.is_disjoint(&other.0)
    }

    /// Returns the scopes of this set that `other` does not have.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// Adds a scope.
    pub fn add(&mut self, scope: &str) {
        self.0.insert(scope.to_owned());
    }

    /// Adds every scope of `other`.
    pub fn add_all(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// Returns the scopes in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<S: Into<String>> FromIterator<S> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = S>>(scopes: I) -> Self {
        Self(scopes.into_iter().map(Into::into).collect())
    }
}

impl fmt::Display for ScopeSet {
    /// Writes the scopes in alphabetical order, a space between two (RFC 6749 section 3.3).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_servers_send() {
        let expected: ScopeSet = ["tweet.read", "users.read"].into_iter().collect();
        for text in ["users.read tweet.read", "tweet.read,users.read", " tweet.read,  users.read\n"]
        {
            assert_eq!(ScopeSet::parse(text), expected, "{text:?}");
        }
        assert_eq!(expected.to_string(), "tweet.read users.read");
        assert!(ScopeSet::parse(" ,").is_empty());
    }

    #[test]
    fn a_grant_keeps_so_many_scopes_and_so_many_bytes() {
        let set = |count: usize, length: usize| -> ScopeSet {
            (0..count).map(|number| format!("{number:0>length$}")).collect()
        };
        assert!(set(ScopeSet::MOST, 4).fits());
        assert!(!set(ScopeSet::MOST + 1, 4).fits());
        assert!(set(8, ScopeSet::MOST_BYTES / 8).fits());
        assert!(!set(9, ScopeSet::MOST_BYTES / 8).fits());
    }
}
