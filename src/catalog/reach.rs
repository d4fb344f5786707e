//! The reach of a requirement: the operations that it gives, and those that its credential could call besides.

use super::allowed::{Permission, Satisfaction};
use super::operation::Operation;
use super::provider::Provider;
use crate::model::credential_id::{Kind, Part};

/// The operations of a provider, as one requirement sees them.
#[derive(Debug, Default)]
pub struct Reach<'a> {
    /// Those that it gives, alone or together with the others of its credential.
    pub given: Vec<&'a Operation>,
    /// Those that the credential could call by what the requirement declares, and that nobody declared.
    pub left_out: Vec<&'a Operation>,
}

impl Provider {
    /// Returns whether any operation accepts a credential of a kind, and of a part of a consent.
    pub fn accepts(&self, kind: Kind, part: &Part) -> bool {
        self.operations().iter().any(|operation| operation.takes(kind, part))
    }

    /// Returns the reach of one of the requirements that a credential satisfies.
    pub fn reach(&self, satisfied: &[Satisfaction<'_>], nth: usize) -> Reach<'_> {
        let mut reach = Reach::default();
        let Some(own) = satisfied.get(nth) else { return reach };
        let mut own_first = satisfied.to_vec();
        own_first[..=nth].rotate_right(1);
        for operation in self.operations() {
            match self.allowed(operation, &own_first) {
                Some(Permission::By(0)) => reach.given.push(operation),
                None if self.could_call(operation, own) => reach.left_out.push(operation),
                Some(_) | None => {}
            }
        }
        reach
    }

    /// Returns whether a credential with what a requirement declares could call an operation.
    fn could_call(&self, operation: &Operation, requirement: &Satisfaction<'_>) -> bool {
        if requirement.kind != Kind::Oauth2 {
            return operation.accepts(requirement.kind);
        }
        let demand = operation.demand(requirement.part);
        demand.is_some_and(|it| self.covers_any(requirement.scopes, it.alternatives()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::model::scope::ScopeSet;

    /// What a broker lets through is what some requirement of a credential gives, and nothing that it
    /// leaves out.
    #[test]
    fn requirements_together_reach_what_is_allowed() {
        let catalog = Catalog::builtin();
        for provider in catalog.providers() {
            let wanted: Vec<(&str, ScopeSet)> = provider
                .capabilities
                .iter()
                .filter(|(_, capability)| !capability.standing)
                .step_by(2)
                .map(|(key, capability)| (key.as_str(), capability.api()))
                .collect();
            for (kind, part) in provider.kinds_and_parts() {
                let satisfied: Vec<_> = wanted
                    .iter()
                    .map(|(key, scopes)| Satisfaction { key, scopes, kind, part: &part })
                    .collect();
                let reaches: Vec<_> =
                    (0..satisfied.len()).map(|nth| provider.reach(&satisfied, nth)).collect();
                for operation in provider.operations() {
                    let is_in = |list: fn(&Reach<'_>) -> Vec<*const Operation>| {
                        reaches
                            .iter()
                            .any(|reach| list(reach).contains(&std::ptr::from_ref(operation)))
                    };
                    let given =
                        is_in(|reach| reach.given.iter().map(|it| &raw const **it).collect());
                    let left =
                        is_in(|reach| reach.left_out.iter().map(|it| &raw const **it).collect());
                    let allowed = provider.allowed(operation, &satisfied);
                    assert_eq!(given, matches!(allowed, Some(Permission::By(_))), "{operation}");
                    assert!(!(left && allowed.is_some()), "{operation}");
                    assert!(!given || provider.accepts(kind, &part), "{operation}");
                }
            }
        }
    }

    #[test]
    fn what_stands_and_what_another_key_lists_is_left_out() {
        let catalog = Catalog::builtin();
        let x = catalog.provider("x").expect("it is built in");
        let scopes = x.capability("x.dm.write").expect("a key").api();
        let own = Satisfaction {
            key: "x.dm.write",
            scopes: &scopes,
            kind: Kind::Oauth2,
            part: Part::main(),
        };
        let reach = x.reach(&[own], 0);
        assert!(reach.given.iter().all(|it| !it.standing) && !reach.given.is_empty());
        assert!(reach.left_out.iter().any(|it| it.standing), "keys of encrypted chats");
        assert!(reach.left_out.iter().any(|it| !it.standing), "reading posts");
    }
}
