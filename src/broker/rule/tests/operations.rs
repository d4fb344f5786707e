//! Every operation of X, held against the catalog's own judgement.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use hyper::http::Request;
use proptest::prelude::*;

use super::request::{CATALOG, X, X_CONSUMER, admit, credential};
use crate::broker::{Authority, SatisfiedRequirement, Way};
use crate::catalog::{Operation, Provider, Satisfaction};
use crate::model::credential_id::Kind;

/// Values of parameters: for every pattern of X there is one.
const VALUES: [&str; 6] = ["1234567890123456789", "12-34", "abc1", "1_2", "filtered_stream", "a.b"];

fn x() -> &'static Provider {
    CATALOG.provider("x").expect("it is built in")
}

/// The operations, each with a path that means it.
static OPERATIONS: LazyLock<Vec<(&Operation, String)>> = LazyLock::new(|| {
    let filled = |operation: &'static Operation| {
        let value = |of: &str| {
            let parameter = operation.parameters.get(of).and_then(|it| it.pattern.as_deref());
            let pattern = regex_lite::Regex::new(&format!("^(?:{})$", parameter.unwrap_or(".*")));
            let pattern = pattern.expect("it is checked");
            VALUES.into_iter().find(|value| pattern.is_match(value)).expect("there is a value")
        };
        let segments = operation.path.split('/').map(|segment| {
            let name = segment.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            name.map_or(segment, value)
        });
        (operation, segments.collect::<Vec<_>>().join("/"))
    };
    x().operations().iter().map(filled).collect()
});

#[test]
fn every_operation_is_known_by_a_path() {
    assert_eq!(OPERATIONS.len(), 178);
    for (operation, path) in OPERATIONS.iter() {
        let meant = x().operation(operation.method.name(), path);
        assert!(meant.is_some_and(|meant| std::ptr::eq(meant, *operation)), "{operation}: {path}");
        for name in operation.path.split('/').filter_map(|segment| segment.strip_prefix('{')) {
            let name = name.trim_end_matches('}');
            let pattern = operation.parameters.get(name).and_then(|it| it.pattern.as_ref());
            assert!(pattern.is_some(), "{operation}: {name} may be anything");
        }
    }
}

/// Returns whether a request for an operation goes out with a kind of credential that satisfies keys.
fn goes_out(run: &Authority, operation: &Operation, path: &str) -> bool {
    let kind = run.credentials[0].id.kind;
    let authorization = match kind {
        Kind::Oauth1 => format!("OAuth oauth_consumer_key=\"{X_CONSUMER}\", oauth_token=\"{X}\""),
        _ => format!("Bearer {X}"),
    };
    let request = Request::builder().method(operation.method.name()).uri(format!("/x{path}"));
    let request = request.header("authorization", authorization).body(()).expect("a request");
    let way = Way::BaseUrl { authorities: &[] };
    let admission = admit(&CATALOG, run, way, &request.into_parts().0);
    admission.is_ok_and(|admission| {
        assert!(std::ptr::eq(admission.operation, operation), "{operation}");
        assert_eq!(admission.url, format!("https://api.x.com{path}"));
        true
    })
}

/// All keys that are published, and every scope besides, give nothing that outlives the call.
#[test]
fn threat_07_what_outlives_the_call_does_not_go_out() {
    let published = x().capabilities.iter().filter(|(_, capability)| !capability.standing);
    let keys: Vec<_> = published.map(|(key, _)| key.as_str()).collect();
    for kind in [Kind::Oauth2, Kind::Oauth1, Kind::AppOnly] {
        let mut own = credential("x", kind, X, &keys);
        let scopes = x().scopes.keys().cloned().collect();
        own.requirements.push(SatisfiedRequirement { key: "x".to_owned(), scopes });
        let run = Authority { credentials: vec![own] };
        let (standing, others): (Vec<_>, Vec<_>) =
            OPERATIONS.iter().partition(|(operation, _)| operation.standing);
        assert_eq!(standing.len(), 13);
        for (operation, path) in standing {
            assert!(!goes_out(&run, operation, path), "{kind:?} {operation}");
        }
        let count =
            others.iter().filter(|(operation, path)| goes_out(&run, operation, path)).count();
        assert!(count > 20, "{kind:?}: {count} others do");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// It goes out exactly when satisfied requirements allow it.
    #[test]
    fn an_operation_goes_out_when_it_is_allowed(
        mask in any::<u32>(),
        few in any::<bool>(),
        kind in prop::sample::select(vec![Kind::Oauth2, Kind::Oauth1, Kind::AppOnly]),
    ) {
        // Of few keys, about one in eight.
        let mask = if few { mask & mask.rotate_left(7) & mask.rotate_left(13) } else { mask };
        let keys: Vec<_> = x().capabilities.keys().enumerate().collect();
        let keys = keys.into_iter().filter(|(at, _)| mask >> (at % 32) & 1 == 1);
        let keys: Vec<_> = keys.map(|(_, key)| key.as_str()).collect();
        let own = credential("x", kind, X, &keys);
        let part = own.id.part.clone();
        let satisfied: Vec<_> = own.requirements.iter().map(|it| {
            Satisfaction { key: it.key.as_str(), scopes: &it.scopes, kind, part: &part }
        }).collect();
        let allowed: BTreeMap<_, _> = OPERATIONS.iter().map(|(operation, path)| {
            (operation.to_string(), (path, x().allowed(operation, &satisfied).is_some()))
        }).collect();
        drop(satisfied);
        let run = Authority { credentials: vec![own] };
        for (operation, path) in OPERATIONS.iter() {
            let (_, expected) = allowed[&operation.to_string()];
            prop_assert_eq!(goes_out(&run, operation, path), expected, "{} {:?} {:?}", operation, kind, keys);
        }
    }
}
