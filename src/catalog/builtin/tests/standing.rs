//! The operations that make what outlives the call: no published key gives one.

use super::x::with_x;
use crate::catalog::{Catalog, Operation, Satisfaction};
use crate::model::credential_id::{Kind, Part};
use crate::model::scope::ScopeSet;

/// A published key was granted for what its documentation says, and no webhook is among that: each of these is
/// given by a key of its own, or by none.
#[test]
fn threat_07_no_published_key_gives_what_outlives_the_call() {
    with_x(|x| {
        let standing = x.operations().iter().filter(|operation| operation.standing);
        let given: Vec<_> = standing.map(|it| (it.to_string(), it.keys.join(" "))).collect();
        let given: Vec<_> =
            given.iter().map(|(operation, keys)| (operation.as_str(), keys.as_str())).collect();
        let expected = [
            (
                "POST /2/account_activity/webhooks/{webhook_id}/subscriptions/all",
                "x.activity.write",
            ),
            ("POST /2/activity/subscriptions", "x.activity.write"),
            ("PUT /2/activity/subscriptions/{subscription_id}", "x.activity.write"),
            ("POST /2/chat/conversations/group", "x.dm.keys"),
            ("POST /2/chat/conversations/{id}/keys", "x.dm.keys"),
            ("POST /2/chat/conversations/{id}/members", "x.dm.keys"),
            ("POST /2/compliance/jobs", "x.compliance.write"),
            ("POST /2/tweets/search/stream/rules", ""),
            ("POST /2/tweets/search/webhooks/{webhook_id}", "x.webhook.write"),
            ("POST /2/users/{id}/public_keys", "x.dm.keys"),
            ("POST /2/webhooks", "x.webhook.write"),
            ("POST /2/webhooks/replay", "x.webhook.write"),
            ("PUT /2/webhooks/{webhook_id}", "x.webhook.write"),
        ];
        assert_eq!(given, expected);
        for (key, capability) in &x.capabilities {
            let stands = x.operations().iter().any(|it| it.standing && it.keys.contains(key));
            assert_eq!(capability.standing, stands, "{key}");
            let is_proposed = |note: &String| note.contains("proposed here");
            assert!(!stands || capability.note.as_ref().is_some_and(is_proposed), "{key}");
        }
    });
}

/// Neither the key for messages, nor its scopes, nor all scopes that X has, whatever the kind.
#[test]
fn threat_07_scopes_alone_give_no_standing_operation() {
    with_x(|x| {
        let all: ScopeSet = x.scopes.keys().map(String::as_str).collect();
        for operation in x.operations().iter().filter(|operation| operation.standing) {
            for kind in [Kind::Oauth2, Kind::Oauth1, Kind::AppOnly] {
                let published =
                    x.capabilities.iter().filter(|(_, it)| !it.standing).map(|(key, _)| &**key);
                for key in published.chain(["x"]) {
                    let satisfied = [Satisfaction { key, scopes: &all, kind, part: Part::main() }];
                    assert_eq!(x.allowed(operation, &satisfied), None, "{operation} {key}");
                }
                for key in &operation.keys {
                    let satisfied = [Satisfaction { key, scopes: &all, kind, part: Part::main() }];
                    let is_given = x.allowed(operation, &satisfied).is_some();
                    assert_eq!(is_given, operation.accepts(kind), "{operation} {key}");
                }
            }
        }
    });
}

/// Of every provider: where no key lists it, neither a key nor all scopes that there are give it.
#[test]
fn threat_07_a_standing_operation_that_no_key_lists_is_given_by_nothing() {
    let catalog = Catalog::builtin();
    let mut held = 0;
    for provider in catalog.providers() {
        let all: ScopeSet = provider.scopes.keys().map(String::as_str).collect();
        let keys: Vec<_> = provider.capabilities.keys().map(String::as_str).collect();
        for operation in provider.operations().iter().filter(|operation| operation.standing) {
            let unlisted = Operation { keys: Vec::new(), ..operation.clone() };
            for (kind, part) in provider.kinds_and_parts() {
                let keys = keys.iter().copied().chain([provider.slug.as_str()]);
                let satisfied: Vec<_> =
                    keys.map(|key| Satisfaction { key, scopes: &all, kind, part: &part }).collect();
                assert_eq!(provider.allowed(&unlisted, &satisfied), None, "{operation} {kind:?}");
                // It is its standing alone that keeps it.
                let ordinary = Operation { standing: false, ..unlisted.clone() };
                held += usize::from(provider.allowed(&ordinary, &satisfied).is_some());
            }
        }
    }
    assert!(held > 100, "{held}");
}
