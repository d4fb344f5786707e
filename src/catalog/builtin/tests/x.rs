use std::collections::{BTreeMap, HashSet};

use crate::catalog::tests::ways;
use crate::catalog::{Catalog, Demand, Provider, TokenKind};
use crate::model::credential_id::Kind;
use crate::model::scope::ScopeSet;

const PLATFORM_KEYS: [(&str, &str, &str); 9] = [
    ("x.tweet.read", "tweet.read users.read", "tweet.read users.read"),
    ("x.tweet.write", "tweet.read tweet.write users.read", "tweet.read tweet.write users.read"),
    ("x.user.read", "users.read", "tweet.read users.read"),
    ("x.follow.read", "follows.read users.read", "follows.read tweet.read users.read"),
    ("x.follow.write", "follows.write users.read", "follows.write tweet.read users.read"),
    ("x.dm.read", "dm.read users.read", "dm.read tweet.read users.read"),
    ("x.dm.write", "dm.write users.read", "dm.write tweet.read users.read"),
    ("x.like.read", "like.read users.read", "like.read tweet.read users.read"),
    ("x.like.write", "like.write users.read", "like.write tweet.read users.read"),
];

pub(super) fn with_x(test: impl FnOnce(&Provider)) {
    test(Catalog::builtin().provider("x").expect("x is built in"));
}

#[test]
fn the_nine_published_keys_keep_their_two_scope_sets() {
    with_x(|x| {
        for (key, published, api) in PLATFORM_KEYS {
            let capability = x.capability(key).expect(key);
            assert_eq!(capability.published.to_string(), published, "{key}");
            assert_eq!(capability.api().to_string(), api, "{key}");
        }
        assert_eq!(x.capabilities.len(), 24);
        for (key, capability) in x.capabilities.iter().skip(PLATFORM_KEYS.len()) {
            assert_eq!(capability.published, capability.api(), "{key} has no published table");
        }
    });
}

/// The scopes that an operation demands, of which there is one set.
fn only(demand: &Demand) -> &ScopeSet {
    assert!(demand.alternatives().others().is_empty());
    demand.alternatives().first()
}

/// So that what its verdicts are decided on is set inclusion.
#[test]
fn no_scope_of_x_stands_in_the_place_of_another() {
    with_x(|x| {
        assert!(x.scope_aliases.is_empty());
        assert!(x.scopes.values().all(|scope| scope.implies.is_empty() && scope.narrow.is_none()));
        assert!(x.capabilities.values().all(|found| found.others().is_empty()));
        let demands = x.operations().iter().filter_map(|operation| operation.user.as_ref());
        assert!(demands.map(only).count() > 0);
    });
}

#[test]
fn there_are_24_scopes_and_each_says_what_it_allows() {
    with_x(|x| {
        assert_eq!(x.scopes.len(), 24);
        let descriptions: HashSet<_> = x.scopes.values().map(|scope| &scope.text).collect();
        assert_eq!(descriptions.len(), 24, "two scopes share a description");
        assert!(x.scopes.keys().is_sorted());
    });
}

/// The specification's own figures: a table that lost or misread an entry cannot have all of them.
#[test]
fn all_178_operations_are_there_with_their_credentials() {
    with_x(|x| {
        assert_eq!(x.operations().len(), 178);
        let mut mixes = BTreeMap::new();
        let mut scopes = BTreeMap::new();
        for operation in x.operations() {
            let mix = (operation.user.is_some(), operation.oauth1, operation.app_only);
            *mixes.entry(mix).or_insert(0) += 1;
            for scope in operation.user.iter().map(only).flat_map(ScopeSet::iter) {
                *scopes.entry(scope).or_insert(0) += 1;
            }
        }
        let expected = [
            ((false, false, false), 1),
            ((false, false, true), 39),
            ((false, true, true), 3),
            ((true, false, false), 5),
            ((true, false, true), 7),
            ((true, true, false), 94),
            ((true, true, true), 29),
        ];
        assert!(mixes.into_iter().eq(expected));
        let expected = [
            ("block.read", 1),
            ("bookmark.read", 3),
            ("bookmark.write", 3),
            ("broadcast.read", 13),
            ("broadcast.write", 8),
            ("dm.read", 13),
            ("dm.write", 17),
            ("follows.read", 2),
            ("follows.write", 2),
            ("like.read", 3),
            ("like.write", 2),
            ("list.read", 10),
            ("list.write", 9),
            ("media.write", 12),
            ("mute.read", 1),
            ("mute.write", 2),
            ("space.read", 6),
            ("timeline.read", 1),
            ("tweet.moderate.write", 1),
            ("tweet.read", 96),
            ("tweet.write", 9),
            ("users.read", 92),
        ];
        assert_eq!(scopes.into_iter().collect::<Vec<_>>(), expected);
        let without_scope: Vec<_> = x
            .operations()
            .iter()
            .filter(|operation| operation.user.as_ref().is_some_and(Demand::is_empty))
            .map(|operation| operation.path.as_str())
            .collect();
        let any_user =
            ["/2/activity/subscriptions", "/2/trends/by/woeid/{woeid}", "/2/tweets/counts/recent"];
        assert_eq!(without_scope, any_user);
    });
}

/// A key promises exactly what its operations take: neither a scope too few nor one for nothing.
#[test]
fn the_api_scopes_of_a_key_are_those_of_its_operations() {
    with_x(|x| {
        for (key, capability) in &x.capabilities {
            let mut scopes = capability.published.clone();
            let own = x.operations().iter().filter(|operation| operation.keys.contains(key));
            let counted = own.filter_map(|operation| operation.user.as_ref().map(only));
            let counted = counted.inspect(|needed| scopes.add_all(needed)).count();
            assert_eq!(capability.api(), scopes, "{key}");
            let without = ["x.block.write", "x.compliance.write", "x.webhook.write"];
            assert_eq!(counted == 0, without.contains(&&**key), "{key}: {counted} operations");
        }
    });
}

#[test]
fn an_operation_within_one_keys_scopes_has_a_key() {
    with_x(|x| {
        for operation in x.operations() {
            let needed = operation.user.as_ref().map(only);
            let Some(needed) = needed.filter(|needed| !needed.is_empty()) else {
                let stands = |key: &String| x.capabilities[key].standing;
                assert!(operation.user.is_some() || operation.keys.iter().all(stands));
                continue;
            };
            if operation.standing {
                continue;
            }
            let within = x.keys_of_scopes().any(|(_, found)| needed.is_covered_by(&found.api()));
            let ways = x.keys_for(operation);
            assert_eq!(within, ways.iter().any(|keys| keys.len() == 1), "{operation:?}");
            for keys in ways {
                let mut scopes = ScopeSet::default();
                for key in keys {
                    scopes.add_all(&x.capability(key).expect(key).api());
                }
                assert!(needed.is_covered_by(&scopes), "{operation:?}");
            }
        }
    });
}

#[test]
fn the_keys_for_an_operation_are_its_own_or_the_cheapest_that_cover_it() {
    with_x(|x| {
        for (method, path, expected) in [
            ("POST", "/2/tweets", "x.tweet.write"),
            ("GET", "/2/users/me", "x.user.read | x.tweet.read"),
            ("POST", "/2/lists", "x.list.write"),
            ("GET", "/2/communities/12", "x.list.read"),
            ("GET", "/2/chat/media/1/2", "x.media.write"),
            ("DELETE", "/2/dm_events/12", "x.dm.read x.dm.write"),
            ("GET", "/2/account_activity/webhooks/1/subscriptions/all", "x.dm.read x.dm.write"),
            ("POST", "/2/account_activity/webhooks/1/subscriptions/all", "x.activity.write"),
            ("GET", "/2/broadcasts", ""),
            ("GET", "/2/tweets/search/all", ""),
            ("POST", "/2/activity/subscriptions", "x.activity.write"),
            ("POST", "/2/users/12/public_keys", "x.dm.keys"),
            ("POST", "/2/tweets/search/stream/rules", ""),
            ("GET", "/2/openapi.json", ""),
        ] {
            assert_eq!(ways(x, method, path), expected, "{method} {path}");
        }
    });
}

#[test]
fn requests_find_their_operation() {
    with_x(|x| {
        for (method, path, template) in [
            ("GET", "/2/users/me", "/2/users/me"),
            ("GET", "/2/users/12", "/2/users/{id}"),
            ("GET", "/2/users/{id}", "/2/users/{id}"),
            ("GET", "/2/users/search", "/2/users/search"),
            ("GET", "/2/users/by/username/me", "/2/users/by/username/{username}"),
            ("GET", "/2/users/12/liked_tweets", "/2/users/{id}/liked_tweets"),
            ("GET", "/2/users/by", "/2/users/by"),
            ("POST", "/2/tweets", "/2/tweets"),
            ("GET", "/2/tweets/analytics", "/2/tweets/analytics"),
            ("GET", "/2/tweets/20", "/2/tweets/{id}"),
            ("GET", "/2/tweets/search/stream/rules", "/2/tweets/search/stream/rules"),
            ("GET", "/2/tweets/search/recent", "/2/tweets/search/recent"),
            ("GET", "/2/media/upload", "/2/media/upload"),
            ("GET", "/2/media/3_1", "/2/media/{media_key}"),
            ("DELETE", "/2/connections/all", "/2/connections/all"),
            ("DELETE", "/2/connections/filtered_stream", "/2/connections/{endpoint_id}"),
            ("POST", "/2/dm_conversations/with/7/messages", WITH),
            ("POST", "/2/dm_conversations/7-8/messages", CONVERSATION),
        ] {
            let found = x.operation(method, path).map(|operation| operation.path.as_str());
            assert_eq!(found, Some(template), "{method} {path}");
        }
        for (method, path) in [
            ("PUT", "/2/tweets"),
            ("GET", "/2/tweets/20?expansions=author_id"),
            ("GET", "/1.1/statuses/update.json"),
            ("GET", "/2/users/me/"),
            ("GET", "2/users/me"),
        ] {
            assert_eq!(x.operation(method, path), None, "{method} {path}");
        }
    });
}

const WITH: &str = "/2/dm_conversations/with/{participant_id}/messages";
const CONVERSATION: &str = "/2/dm_conversations/{dm_conversation_id}/messages";

/// A token of X is the unpadded base64url of `<text>:<ms>:1:<n>:<kind>:1`.
fn token_of_x(text_length: usize, n: u8, kind: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let text = format!("{}:1700000000000:1:{n}:{kind}:1", "q".repeat(text_length));
    let mut token = String::new();
    for bytes in text.as_bytes().chunks(3) {
        let bits = bytes.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        let bits = bits << (8 * (3 - bytes.len()));
        token.extend((0..=bytes.len()).map(|at| char::from(ALPHABET[bits >> (18 - 6 * at) & 63])));
    }
    token
}

#[test]
fn tokens_are_recognised_by_their_shape() {
    with_x(|x| {
        let kind = |text: &str| x.recognise_token(text).map(|shape| shape.kind);
        for text_length in 43..49 {
            for n in 0..10 {
                let is = |code: &str| kind(&token_of_x(text_length, n, code));
                assert_eq!(is("at"), Some(TokenKind::AccessToken), "{text_length} {n}");
                assert_eq!(is("rt"), Some(TokenKind::RefreshToken), "{text_length} {n}");
                assert_eq!(is("ac"), Some(TokenKind::AuthorizationCode), "{text_length} {n}");
                assert_eq!(is("ci"), None, "{text_length} {n}");
            }
        }
        let app_only = format!("{}{}", "A".repeat(22), "b%3D".repeat(22));
        assert_eq!(kind(&app_only), Some(TokenKind::AppOnly));
        let oauth1 = format!("{}-{}", 6_253_282, "aB3".repeat(14));
        assert_eq!(kind(&oauth1), Some(TokenKind::Oauth1));
        for text in ["", "-", "a token", &oauth1.replace('-', "_"), &"q".repeat(91)] {
            assert_eq!(kind(text), None, "{text}");
        }
        for shape in &x.token_shapes {
            assert_eq!(shape.message.is_none(), shape.kind == TokenKind::AccessToken);
        }
    });
}

/// The kinds of each key are in the provider's file, so that a launch parses no operations; they are those
/// of its operations.
#[test]
fn the_kinds_of_keys_are_those_of_their_operations() {
    with_x(|x| {
        let kinds = [Kind::Oauth2, Kind::Oauth1, Kind::AppOnly];
        assert_eq!(x.kinds(), kinds);
        let mut counts = BTreeMap::new();
        for (key, capability) in &x.capabilities {
            let of_key = x.operations().iter().filter(|it| it.keys.contains(key));
            let of_key: Vec<_> = of_key.collect();
            let accepting = |kind| of_key.iter().filter(|it| it.accepts(kind)).count();
            if of_key.is_empty() {
                assert_eq!(capability.kinds(), [Kind::Oauth2], "{key}");
                continue;
            }
            let accepted = kinds.into_iter().filter(|kind| accepting(*kind) > 0);
            // Webhooks are the app's.
            let is_meant = |kind: &Kind| key != "x.webhook.write" || *kind == Kind::AppOnly;
            let accepted: Vec<_> = accepted.filter(is_meant).collect();
            assert_eq!(capability.kinds(), accepted, "{key}");
            let partial: Vec<_> =
                accepted.into_iter().filter(|kind| accepting(*kind) < of_key.len()).collect();
            assert_eq!(capability.partial_kinds, partial, "{key}");
            counts.insert(key.as_str(), kinds.map(accepting));
        }
        assert_eq!(counts["x.tweet.read"], [28, 26, 19]);
        assert_eq!(counts["x.dm.read"], [10, 9, 0]);
        assert_eq!(counts["x.dm.write"], [10, 10, 0]);
        assert_eq!(counts["x.space.read"], [6, 0, 5]);
        assert_eq!(counts["x.bookmark.write"], [3, 0, 0]);
    });
}

#[test]
fn each_kind_has_variables_of_its_own() {
    with_x(|x| {
        let names = |kind| {
            let variables = x.variables_of(kind).into_iter();
            variables
                .map(|(name, content)| format!("{name}={}", content.name()))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(Kind::AppOnly), ["X_BEARER_TOKEN=access_token"]);
        assert_eq!(
            names(Kind::Oauth1),
            [
                "X_API_KEY=consumer_key",
                "X_API_SECRET=consumer_secret",
                "X_ACCESS_TOKEN=access_token",
                "X_ACCESS_TOKEN_SECRET=token_secret"
            ]
        );
        assert_eq!(names(Kind::Static), [""; 0]);
        for name in ["X_API_KEY", "X_BEARER_TOKEN"] {
            assert!(!x.owns_variable(name), "{name}: an app may ask for it as a secret");
        }
    });
}

#[test]
fn an_agents_variables_are_named_after_the_provider() {
    with_x(|x| {
        let names: Vec<_> =
            x.variables_of(Kind::Oauth2).into_iter().map(|(name, _)| name).collect();
        let usual = ["X_ACCESS_TOKEN", "X_ACCESS_TOKEN_EXPIRES_AT", "X_ACCESS_TOKEN_FILE"];
        assert_eq!(names, usual);
        for name in
            ["X_ACCESS_TOKEN", "X_ACCESS_TOKEN_EXPIRES_AT", "X_REFRESH_TOKEN", "X_CLIENT_SECRET"]
        {
            assert!(x.owns_variable(name), "{name}");
        }
        assert!(!x.owns_variable("X_CLIENT_ID"));
    });
}
