//! The operations that an agent may call: those that satisfied requirements give. Every front end
//! that calls an API asks here.

use super::operation::Operation;
use super::provider::Provider;
use crate::model::credential_id::Kind;
use crate::model::scope::ScopeSet;

/// A requirement of a provider that a credential satisfies.
#[derive(Clone, Copy, Debug)]
pub struct Satisfied<'a> {
    /// The integration key; the provider's name where it stands with raw scopes.
    pub key: &'a str,
    /// The scopes that the requirement declares, whatever else was granted.
    pub scopes: &'a ScopeSet,
    /// The kind of the credential.
    pub kind: Kind,
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
    /// by the scopes that requirements declare together; where it has none, nothing declares it.
    pub fn allowed(
        &self,
        operation: &Operation,
        satisfied: &[Satisfied<'_>],
    ) -> Option<Permission> {
        let gives = |requirement: &Satisfied<'_>| {
            operation.accepts(requirement.kind)
                && if operation.keys.is_empty() {
                    requirement.kind == Kind::Oauth2 && self.is_declared(operation, satisfied)
                } else {
                    operation.keys.iter().any(|key| key == requirement.key)
                }
        };
        let by = satisfied.iter().position(gives).map(Permission::By);
        by.or_else(|| operation.public.then_some(Permission::Free))
    }

    /// Returns whether requirements declare the scopes that an operation demands of user tokens, the
    /// one kind of credential that has scopes.
    fn is_declared(&self, operation: &Operation, satisfied: &[Satisfied<'_>]) -> bool {
        let Some(needed) = operation.user.as_ref().filter(|needed| !needed.is_empty()) else {
            return false;
        };
        let mut declared = ScopeSet::default();
        for requirement in satisfied.iter().filter(|requirement| requirement.kind == Kind::Oauth2) {
            declared.add_all(requirement.scopes);
        }
        self.covers(&declared, needed)
    }
}

impl Operation {
    /// Returns whether a credential of a kind can call it.
    fn accepts(&self, kind: Kind) -> bool {
        match kind {
            Kind::Oauth2 => self.user.is_some(),
            Kind::Oauth1 => self.oauth1,
            Kind::AppOnly => self.app_only,
            Kind::Static | Kind::ServiceAccount => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn allowed(request: (&str, &str), satisfied: &[(&str, &str, Kind)]) -> Option<Permission> {
        let catalog = Catalog::builtin();
        let provider = catalog.provider("x").expect("it is built in");
        let operation = provider.operation(request.0, request.1).expect("there is one");
        let scopes: Vec<_> = satisfied.iter().map(|(_, text, _)| ScopeSet::parse(text)).collect();
        let satisfied: Vec<_> = satisfied
            .iter()
            .zip(&scopes)
            .map(|((key, _, kind), scopes)| Satisfied { key, scopes, kind: *kind })
            .collect();
        provider.allowed(operation, &satisfied)
    }

    const POST: (&str, &str) = ("POST", "/2/tweets");
    const READ: (&str, &str, Kind) = ("x.tweet.read", "tweet.read users.read", Kind::Oauth2);
    const WRITE: (&str, &str, Kind) =
        ("x.tweet.write", "tweet.read tweet.write users.read", Kind::Oauth2);

    #[test]
    fn a_key_gives_the_operations_that_list_it() {
        assert_eq!(allowed(POST, &[READ]), None);
        assert_eq!(allowed(POST, &[READ, WRITE]), Some(Permission::By(1)));
        let raw = ("x", WRITE.1, Kind::Oauth2);
        assert_eq!(allowed(POST, &[raw]), None, "keys list it, and raw scopes are none");
    }

    #[test]
    fn the_kind_of_the_credential_has_to_be_accepted() {
        let by_static = (WRITE.0, WRITE.1, Kind::Static);
        assert_eq!(allowed(POST, &[by_static]), None);
    }
    #[test]
    fn declared_scopes_give_what_no_key_lists() {
        let chat = ("GET", "/2/broadcasts/1/chat");
        let raw = ("x", "broadcast.read", Kind::Oauth2);
        assert_eq!(allowed(chat, &[READ]), None);
        assert_eq!(allowed(chat, &[READ, raw]), Some(Permission::By(0)));
    }

    #[test]
    fn nothing_declares_an_operation_without_scopes() {
        let by_app = ("x", "", Kind::AppOnly);
        assert_eq!(allowed(("POST", "/2/webhooks"), &[by_app]), None);
        assert_eq!(allowed(("POST", "/2/activity/subscriptions"), &[WRITE, by_app]), None);
        assert_eq!(allowed(("GET", "/2/openapi.json"), &[]), Some(Permission::Free));
    }
}
