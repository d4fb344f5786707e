//! The operations that an agent may call: those that satisfied requirements give. Every front end
//! that calls an API asks here.

use super::demand::Demand;
use super::operation::Operation;
use super::provider::Provider;
use crate::model::credential_id::{Kind, Part};
use crate::model::scope::ScopeSet;

/// A requirement of a provider that a credential satisfies.
#[derive(Clone, Copy, Debug)]
pub struct Satisfaction<'a> {
    /// The integration key; the provider's name where it stands with raw scopes.
    pub key: &'a str,
    /// The scopes that the requirement declares, whatever else was granted: of its alternatives the
    /// one that is satisfied.
    pub scopes: &'a ScopeSet,
    /// The kind of the credential.
    pub kind: Kind,
    /// The part of its consent.
    pub part: &'a Part,
}

/// The ground on which an operation is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// By the credential of this requirement, counted from the first.
    By(usize),
    /// It needs no credential.
    Free,
}

impl Provider {
    /// Returns how satisfied requirements, in the manifest's order, allow an operation; `None` where
    /// they do not. A key gives the operations that list it. An operation that no key lists is given
    /// by the scopes that requirements declare together; where it has none, nothing declares it, and a
    /// standing one is not given so.
    pub fn allowed(
        &self,
        operation: &Operation,
        satisfied: &[Satisfaction<'_>],
    ) -> Option<Permission> {
        let gives = |requirement: &Satisfaction<'_>| {
            let demand = operation.demand(requirement.part);
            operation.takes(requirement.kind, requirement.part)
                && if operation.keys.is_empty() {
                    requirement.kind == Kind::Oauth2
                        && !operation.standing
                        && demand
                            .is_some_and(|it| self.is_declared(it, requirement.part, satisfied))
                } else {
                    operation.keys.iter().any(|key| key == requirement.key)
                }
        };
        let by = satisfied.iter().position(gives).map(Permission::By);
        by.or_else(|| operation.public.then_some(Permission::Free))
    }

    /// Returns whether a key could give an operation, alone or together with others, by whatever entry of a
    /// manifest a run has its scopes: what is held against the key holds the operation.
    pub fn could_give(&self, key: &str, operation: &Operation) -> bool {
        if !operation.keys.is_empty() {
            return operation.keys.iter().any(|it| it == key);
        }
        let Some(capability) = self.capability(key).filter(|_| !operation.standing) else {
            return false;
        };
        let mut scopes = capability.api();
        capability.others().iter().for_each(|others| scopes.add_all(others));
        let has = |scope: &str| {
            let scope: ScopeSet = [scope].into_iter().collect();
            self.covers(&scopes, &scope)
        };
        operation
            .demands()
            .filter(|(_, demand)| !demand.is_empty())
            .any(|(_, demand)| demand.alternatives().iter().any(|set| set.iter().any(has)))
    }

    /// Returns whether requirements declare the scopes that are demanded of a part of a consent; no other
    /// kind of credential has scopes.
    fn is_declared(&self, needed: &Demand, part: &Part, satisfied: &[Satisfaction<'_>]) -> bool {
        if needed.is_empty() {
            return false;
        }
        let mut declared = ScopeSet::default();
        let is_of_part = |it: &&Satisfaction<'_>| it.kind == Kind::Oauth2 && it.part == part;
        for requirement in satisfied.iter().filter(is_of_part) {
            declared.add_all(requirement.scopes);
        }
        self.covers_any(&declared, needed.alternatives())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Method;

    const NONE: Option<&str> = None;

    /// Makes an operation that only its arguments tell from others.
    fn operation(keys: &[&str], user: Option<&str>) -> Operation {
        Operation {
            method: Method::Post,
            service: None,
            path: "/".to_owned(),
            parameters: crate::catalog::PathParameters::new(),
            query: Vec::new(),
            repeated: Vec::new(),
            body: None,
            summary: String::new(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            user: user.map(|scopes| ScopeSet::parse(scopes).into()),
            parts: indexmap::IndexMap::new(),
            app_only: false,
            oauth1: false,
            static_token: false,
            service_account: false,
            public: false,
            standing: false,
            reads: None,
        }
    }

    fn allowed(operation: &Operation, satisfied: &[(&str, &str, Kind)]) -> Option<Permission> {
        let catalog = crate::catalog::Catalog::builtin();
        let provider = catalog.provider("x").expect("it is built in");
        let scopes: Vec<_> = satisfied.iter().map(|(_, text, _)| ScopeSet::parse(text)).collect();
        let satisfied: Vec<_> = satisfied
            .iter()
            .zip(&scopes)
            .map(|((key, _, kind), scopes)| Satisfaction {
                key,
                scopes,
                kind: *kind,
                part: Part::main(),
            })
            .collect();
        provider.allowed(operation, &satisfied)
    }

    const READ: (&str, &str, Kind) = ("x.tweet.read", "tweet.read users.read", Kind::Oauth2);
    const WRITE: (&str, &str, Kind) =
        ("x.tweet.write", "tweet.read tweet.write users.read", Kind::Oauth2);
    const RAW: (&str, &str, Kind) = ("x", WRITE.1, Kind::Oauth2);

    #[test]
    fn a_key_gives_the_operations_that_list_it() {
        let post = operation(&["x.tweet.write"], Some("tweet.write"));
        assert_eq!(allowed(&post, &[READ]), None);
        assert_eq!(allowed(&post, &[READ, WRITE]), Some(Permission::By(1)));
        assert_eq!(allowed(&post, &[RAW]), None, "a key lists it, and raw scopes are none");
    }

    #[test]
    fn the_kind_of_the_credential_has_to_be_accepted() {
        let post = operation(&["x.tweet.write"], Some("tweet.write"));
        for kind in [Kind::Oauth1, Kind::AppOnly, Kind::Static, Kind::ServiceAccount] {
            assert_eq!(allowed(&post, &[(WRITE.0, WRITE.1, kind)]), None, "{kind:?}");
        }
        let signed = Operation { oauth1: true, ..operation(&["x.tweet.write"], NONE) };
        let by_signature = (WRITE.0, "", Kind::Oauth1);
        assert_eq!(allowed(&signed, &[WRITE, by_signature]), Some(Permission::By(1)));
    }

    #[test]
    fn declared_scopes_together_give_what_no_key_lists() {
        let chat = operation(&[], Some("tweet.write dm.read"));
        let dm = ("x", "dm.read", Kind::Oauth2);
        assert_eq!(allowed(&chat, &[READ, dm]), None);
        assert_eq!(allowed(&chat, &[WRITE, dm]), Some(Permission::By(0)));
        let of_another_kind = ("x", "dm.read", Kind::AppOnly);
        assert_eq!(allowed(&chat, &[WRITE, of_another_kind]), None);
    }

    #[test]
    fn nothing_declares_an_operation_without_scopes() {
        let any_token = Operation { app_only: true, ..operation(&[], Some("")) };
        assert_eq!(allowed(&any_token, &[WRITE, ("x", "", Kind::AppOnly)]), None);
    }

    #[test]
    fn an_operation_that_needs_no_credential_is_free() {
        let public = Operation { public: true, ..operation(&[], NONE) };
        assert_eq!(allowed(&public, &[]), Some(Permission::Free));
        assert_eq!(allowed(&public, &[WRITE]), Some(Permission::Free));
    }

    #[test]
    fn a_standing_operation_is_given_by_a_key_that_lists_it_alone() {
        let webhook = |keys| Operation { standing: true, ..operation(keys, Some("tweet.write")) };
        assert_eq!(allowed(&webhook(&[]), &[WRITE]), None, "a published key");
        assert_eq!(allowed(&webhook(&[]), &[RAW]), None, "raw scopes");
        let any_token = Operation { standing: true, ..operation(&[], Some("")) };
        assert_eq!(allowed(&any_token, &[WRITE, RAW]), None, "an empty scope set");
        let split = Operation { standing: true, ..operation(&[], Some("tweet.write dm.read")) };
        let dm = ("x.dm.read", "dm.read users.read", Kind::Oauth2);
        assert_eq!(allowed(&split, &[WRITE, dm]), None, "a derived pair");
        let made_for_it = ("x.webhook.write", "", Kind::Oauth2);
        let listed = webhook(&["x.webhook.write"]);
        assert_eq!(allowed(&listed, &[WRITE, made_for_it]), Some(Permission::By(1)));
    }

    #[test]
    fn the_first_of_several_credentials_is_used() {
        let post = operation(&["x.tweet.write", "x.tweet.read"], Some("tweet.read"));
        assert_eq!(allowed(&post, &[WRITE, READ]), Some(Permission::By(0)));
        assert_eq!(allowed(&post, &[READ, WRITE]), Some(Permission::By(0)));
    }

    /// A limit on a key would be got around by an operation that the key gives and this does not know.
    #[test]
    fn threat_09_whatever_a_key_gives_it_could_give() {
        let catalog = crate::catalog::Catalog::builtin();
        for provider in catalog.providers() {
            for (key, capability) in &provider.capabilities {
                let scopes = capability.api();
                for (kind, operation) in provider
                    .kinds()
                    .into_iter()
                    .flat_map(|kind| provider.operations().iter().map(move |it| (kind, it)))
                {
                    let satisfied = Satisfaction { key, scopes: &scopes, kind, part: Part::main() };
                    let gives = provider.allowed(operation, &[satisfied]);
                    let could = provider.could_give(key, operation);
                    assert!(
                        could || !matches!(gives, Some(Permission::By(_))),
                        "{key}: {operation}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_key_could_give_what_its_scopes_give_together_with_others() {
        let catalog = crate::catalog::Catalog::builtin();
        let x = catalog.provider("x").expect("it is built in");
        let listed = operation(&["x.tweet.write"], Some("tweet.read"));
        assert!(x.could_give("x.tweet.write", &listed) && !x.could_give("x.tweet.read", &listed));
        let split = operation(&[], Some("tweet.write dm.read"));
        assert!(x.could_give("x.tweet.write", &split) && x.could_give("x.dm.read", &split));
        assert!(!x.could_give("x.like.write", &operation(&[], Some("dm.read"))));
        assert!(!x.could_give("x.tweet.write", &operation(&[], Some(""))), "nothing gives it");
        let standing = Operation { standing: true, ..split };
        assert!(!x.could_give("x.tweet.write", &standing));
    }
}
