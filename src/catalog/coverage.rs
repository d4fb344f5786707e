//! Scope coverage: what granted scopes lack of wanted ones. Every comparison of scopes goes through
//! it.
//!
//! Granted scopes count with all that they include: they are taken by their wire names, and closed under
//! the implications of the provider's file. They cover alternatives where they have all of one. A
//! *narrow* scope admits calls and sees less; what is covered through such scopes alone is told from the
//! rest, unless the alternative that is meant asks for them by name.

use std::borrow::Cow;

use super::provider::Provider;
use crate::model::alternatives::Alternatives;
use crate::model::scope::ScopeSet;

/// The outcome of holding alternatives against granted scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage<'a> {
    /// The alternative that counts: one that is covered, else the one that lacks the fewest scopes.
    pub alternative: &'a ScopeSet,
    /// The scopes that the alternative lacks: none where it is covered.
    pub missing: ScopeSet,
    /// The narrow scopes of the grant through which alone it is covered.
    pub narrow: ScopeSet,
    /// The scopes that are lacking to have all of what is meant: the missing ones, and those that would
    /// cover it otherwise than through narrow scopes.
    pub missing_of_whole: ScopeSet,
}

impl Coverage<'_> {
    /// Returns whether the granted scopes are enough.
    pub fn is_covered(&self) -> bool {
        self.missing.is_empty()
    }
}

impl Provider {
    /// Returns what `granted` scopes lack of the `wanted` ones, by wire names.
    pub fn missing(&self, wanted: &ScopeSet, granted: &ScopeSet) -> ScopeSet {
        self.by_wire_names(wanted).minus(&self.closed(granted))
    }

    /// Returns whether `granted` scopes cover all of the `wanted` ones.
    pub fn covers(&self, granted: &ScopeSet, wanted: &ScopeSet) -> bool {
        self.by_wire_names(wanted).is_covered_by(&self.closed(granted))
    }

    /// Returns whether scopes cover each other.
    pub fn are_equal(&self, one: &ScopeSet, other: &ScopeSet) -> bool {
        self.closed(one) == self.closed(other)
    }

    /// Returns whether `granted` scopes cover one of the alternatives, be it through narrow scopes.
    pub fn covers_any(&self, granted: &ScopeSet, wanted: Alternatives<'_>) -> bool {
        self.have_any(&self.closed(granted), wanted)
    }

    /// Returns whether `granted` scopes cover one of the alternatives otherwise than through narrow scopes
    /// alone: whether [`Coverage::missing_of_whole`] is empty.
    pub fn covers_wholly(&self, granted: &ScopeSet, wanted: Alternatives<'_>) -> bool {
        let all = self.closed(granted);
        self.have_any(&self.whole(wanted.first(), granted, &all), wanted)
    }

    /// Returns whether scopes, of which all that they include is among them, have one of the
    /// alternatives.
    pub(super) fn have_any(&self, closed: &ScopeSet, wanted: Alternatives<'_>) -> bool {
        wanted.iter().any(|scopes| self.by_wire_names(scopes).is_covered_by(closed))
    }

    /// Holds alternatives against granted scopes.
    pub fn coverage<'a>(&self, wanted: Alternatives<'a>, granted: &ScopeSet) -> Coverage<'a> {
        let all = self.closed(granted);
        let whole = self.whole(wanted.first(), granted, &all);
        let within = |scopes: &&ScopeSet, granted: &ScopeSet| {
            self.by_wire_names(scopes).is_covered_by(granted)
        };
        let covered = || wanted.iter().filter(|scopes| within(scopes, &whole));
        let as_granted = self.by_wire_names(granted);
        let directly = covered().find(|scopes| within(scopes, &as_granted));
        let none = ScopeSet::default;
        if let Some(alternative) = directly.or_else(|| covered().next()) {
            let (missing, narrow, missing_of_whole) = (none(), none(), none());
            return Coverage { alternative, missing, narrow, missing_of_whole };
        }
        let cheapest = |granted: &ScopeSet| {
            let intended = wanted.iter().filter(|scopes| !self.is_narrower(scopes, wanted));
            let lacking = intended.map(|it| (it, self.by_wire_names(it).minus(granted)));
            // The alternative that is meant is never narrower than itself.
            lacking.min_by_key(|(_, lacking)| lacking.len()).unwrap_or((wanted.first(), none()))
        };
        let missing_of_whole = cheapest(&whole).1;
        let Some(alternative) = wanted.iter().find(|scopes| within(scopes, &all)) else {
            let (alternative, missing) = cheapest(&all);
            return Coverage { alternative, missing, narrow: none(), missing_of_whole };
        };
        let in_part = self.by_wire_names(alternative).minus(&whole);
        let narrow = as_granted.iter().filter(|scope| {
            let only: ScopeSet = [*scope].into_iter().collect();
            self.is_narrow(scope) && !self.closed(&only).is_disjoint(&in_part)
        });
        Coverage { alternative, missing: none(), narrow: narrow.collect(), missing_of_whole }
    }

    /// Returns whether an alternative has narrow scopes which the one that is meant does not ask for.
    pub(super) fn is_narrower(&self, scopes: &ScopeSet, wanted: Alternatives<'_>) -> bool {
        let meant = self.by_wire_names(wanted.first());
        let scopes = self.by_wire_names(scopes);
        scopes.iter().any(|scope| self.is_narrow(scope) && !meant.contains(scope))
    }

    /// Returns the granted scopes that are had as a whole, closed: without the narrow ones, unless these
    /// are `meant`.
    fn whole<'a>(
        &self,
        meant: &ScopeSet,
        granted: &ScopeSet,
        closed: &'a ScopeSet,
    ) -> Cow<'a, ScopeSet> {
        let granted = self.by_wire_names(granted);
        if !granted.iter().any(|scope| self.is_narrow(scope)) {
            return Cow::Borrowed(closed);
        }
        let meant = self.by_wire_names(meant);
        let wide = granted.iter().filter(|scope| !self.is_narrow(scope));
        let meant = meant.iter().filter(|scope| self.is_narrow(scope) && closed.contains(scope));
        Cow::Owned(self.closed(&wide.chain(meant).collect()).into_owned())
    }

    /// Returns whether a scope admits calls and sees less than the others that they take.
    pub(super) fn is_narrow(&self, scope: &str) -> bool {
        self.scopes.get(scope).is_some_and(|found| found.narrow.is_some())
    }

    /// Returns the name of a scope in requests and answers.
    pub fn wire_name<'a>(&'a self, scope: &'a str) -> &'a str {
        self.scope_aliases.get(scope).map_or(scope, String::as_str)
    }

    /// Returns scopes by their wire names.
    pub fn by_wire_names<'a>(&self, scopes: &'a ScopeSet) -> Cow<'a, ScopeSet> {
        if scopes.iter().any(|scope| self.scope_aliases.contains_key(scope)) {
            Cow::Owned(scopes.iter().map(|scope| self.wire_name(scope)).collect())
        } else {
            Cow::Borrowed(scopes)
        }
    }

    /// Returns scopes by their wire names, with all that they include.
    pub fn closed<'a>(&self, scopes: &'a ScopeSet) -> Cow<'a, ScopeSet> {
        let mut closed = self.by_wire_names(scopes);
        let mut open: Vec<&str> = Vec::new();
        for scope in scopes.iter() {
            open.extend(self.included_by(scope));
        }
        while let Some(scope) = open.pop() {
            if !closed.contains(scope) {
                closed.to_mut().add(scope);
                open.extend(self.included_by(scope));
            }
        }
        closed
    }

    /// Returns the scopes that a scope includes by itself, by their wire names.
    pub(super) fn included_by(&self, scope: &str) -> impl Iterator<Item = &str> {
        let found = self.scopes.get(self.wire_name(scope));
        let implied = found.into_iter().flat_map(|found| &found.implies);
        implied.map(|implied| self.wire_name(implied))
    }
}

#[cfg(test)]
mod tests;
