//! Granted scopes beyond those that are needed: such as nothing needs, and such as a smaller one would do
//! for.

use super::provider::Provider;
use crate::model::scope::ScopeSet;

/// The granted scopes beyond those that are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeSurplus {
    /// Those that nothing needs.
    pub unneeded: ScopeSet,
    /// Those that are used for what smaller ones would do, in the order of their names.
    pub broad: Vec<BroadScope>,
}

/// A granted scope that is used only for what smaller ones would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroadScope {
    /// The scope, as it was granted.
    pub scope: String,
    /// The scopes that would do.
    pub enough: ScopeSet,
}

impl Provider {
    /// Returns the granted scopes that neither are among the needed ones nor are included by one of
    /// them.
    pub fn surplus(&self, granted: &ScopeSet, needed: &ScopeSet) -> ScopeSurplus {
        let needed = self.by_wire_names(needed);
        let all = self.closed(&needed);
        let mut surplus = ScopeSurplus::default();
        for scope in granted.iter().filter(|scope| !all.contains(self.wire_name(scope))) {
            let only: ScopeSet = [scope].into_iter().collect();
            let included = self.closed(&only);
            let used: ScopeSet = needed.iter().filter(|needed| included.contains(needed)).collect();
            if used.is_empty() {
                surplus.unneeded.add(scope);
            } else {
                let enough = self.reduced(&used);
                surplus.broad.push(BroadScope { scope: scope.to_owned(), enough });
            }
        }
        surplus
    }

    /// Returns the scope of a set that is another one or includes it; of several that which stands first
    /// in the set.
    pub fn including<'s>(&self, scopes: &'s ScopeSet, scope: &str) -> Option<&'s str> {
        let wire = self.wire_name(scope);
        let includes = |candidate: &&str| {
            let only: ScopeSet = [*candidate].into_iter().collect();
            self.closed(&only).contains(wire)
        };
        scopes.iter().find(|candidate| *candidate == wire).or_else(|| scopes.iter().find(includes))
    }

    /// Returns scopes by their wire names, without those that others of them include.
    pub fn reduced(&self, scopes: &ScopeSet) -> ScopeSet {
        let scopes = self.by_wire_names(scopes);
        let mut included = ScopeSet::default();
        for scope in scopes.iter() {
            let direct: ScopeSet = self.included_by(scope).collect();
            included.add_all(&self.closed(&direct));
        }
        scopes.minus(&included)
    }
}
