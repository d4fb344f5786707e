use std::collections::HashMap;

use super::*;
use crate::catalog::Catalog;
use crate::error::wording::command;
use crate::findings::Source;
use crate::manifest::{self, Requirements};
use crate::model::credential_id::Kind;
use crate::model::name::Label;
use crate::model::scope::ScopeSet;
use crate::policy::needs::resolve;

const NOW: i64 = 1_800_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

fn policy() -> Policy {
    Policy { now: at(NOW), min_ttl: SignedDuration::from_mins(5), strict: false }
}

fn requirements(manifest: &str) -> Requirements {
    let (requirements, findings) = manifest::read(&Source::new("test", manifest.to_owned()));
    assert_eq!(findings, []);
    requirements
}

/// Holdings with one grant of X.
fn holding(scopes: &str, expires_at: Option<i64>) -> Holdings {
    let held = HeldCredential {
        minting: None,
        lifetime: None,
        is_renewed: false,
        doubt: None,
        scopes: ScopeSet::parse(scopes),
        level: None,
        has_keys: true,
        expires_at: expires_at.map(at),
    };
    let id = CredentialId::grant("x".parse().unwrap(), Label::default());
    Holdings { credentials: HashMap::from([(id, held)]), ..Holdings::default() }
}

#[test]
fn a_requirement_is_held_against_the_credential_of_its_kind() {
    let catalog = Catalog::builtin();
    let requirements = requirements("integrations: [x.tweet.read]\n");
    let needs = resolve(&requirements, &catalog).expect("the key exists");
    let mut holdings = holding("tweet.read users.read", None);
    let (grant, held) = holdings.credentials.drain().next().expect("there is one");
    // It comes first by its account, and is of another kind.
    let account = "a".parse().unwrap();
    let other = CredentialId { account, kind: Kind::Oauth1, ..grant.clone() };
    assert!(other < grant);
    let nothing = HeldCredential { scopes: ScopeSet::default(), ..held.clone() };
    holdings.credentials = HashMap::from([(other.clone(), nothing.clone()), (grant.clone(), held)]);
    let verdict = judge(&needs, &holdings, policy());
    assert_eq!(verdict.keys[0].covered_by, Some(grant));
    assert_eq!(verdict.serving().len(), 1);

    // Alone, it serves what accepts it, and nothing else.
    let holdings = Holdings {
        credentials: HashMap::from([(other.clone(), nothing)]),
        chosen: [other.clone()].into(),
        ..Holdings::default()
    };
    let verdict = judge(&needs, &holdings, policy());
    assert_eq!(verdict.keys[0].covered_by, Some(other));
    assert_eq!(verdict.partial.len(), 1, "two operations refuse it");
    let refused: Vec<_> = verdict.partial[0].refused().iter().map(ToString::to_string).collect();
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(refused.contains(&"GET /2/tweets/counts/recent".to_owned()), "{refused:?}");

    let bookmarks = self::requirements("integrations: [x.bookmark.write]\n");
    let needs = resolve(&bookmarks, &catalog).expect("the key exists");
    let verdict = judge(&needs, &holdings, policy());
    assert_eq!(verdict.keys[0].held_by, None);
    assert_eq!(verdict.gaps[0].message, "Not connected: x");
}

/// Returns the gaps of a manifest, and the kinds of the credentials that serve its keys.
fn by_kind(manifest: &str, held: &[Kind]) -> (Vec<String>, Vec<Option<Kind>>) {
    let catalog = Catalog::builtin();
    let requirements = requirements(manifest);
    let needs = resolve(&requirements, &catalog).expect("the keys exist");
    let mut holdings = holding("tweet.read tweet.write users.read offline.access", None);
    let (grant, one) = holdings.credentials.drain().next().expect("there is one");
    holdings.credentials = held
        .iter()
        .map(|kind| (CredentialId { kind: *kind, ..grant.clone() }, one.clone()))
        .collect();
    let verdict = judge(&needs, &holdings, policy());
    let gaps = verdict.gaps.iter();
    let gaps = gaps.map(|gap| {
        let fix = command(&gap.action).unwrap_or_default();
        format!("{}: {} ({fix})", gap.kind.name(), gap.message)
    });
    let kinds = verdict.keys.iter().map(|key| key.covered_by.as_ref().map(|id| id.kind));
    (gaps.collect(), kinds.collect())
}

#[test]
fn the_first_stored_kind_in_the_order_of_preference_serves() {
    use Kind::{AppOnly, Oauth1, Oauth2};
    let both = "integrations: [x.tweet.read, x.tweet.write]\n";
    for (manifest, held, serving) in [
        (both, &[Oauth2, Oauth1, AppOnly][..], [Some(Oauth2), Some(Oauth2)]),
        (both, &[Oauth1, AppOnly], [Some(Oauth1), Some(Oauth1)]),
        (both, &[AppOnly], [Some(AppOnly), None]),
        (both, &[], [None, None]),
        (
            "integrations: [{key: x.tweet.read, kind: [app_only, oauth2]}, x.tweet.write]\n",
            &[Oauth2, AppOnly],
            [Some(AppOnly), Some(Oauth2)],
        ),
        (
            "integrations: [{key: x.tweet.read, kind: [app_only, oauth2]}, x.tweet.write]\n",
            &[Oauth2],
            [Some(Oauth2), Some(Oauth2)],
        ),
    ] {
        assert_eq!(by_kind(manifest, held).1, serving, "{manifest} {held:?}");
    }
}

#[test]
fn a_missing_credential_of_another_kind_is_a_gap_of_its_own() {
    let manifest = "integrations: [{key: x.tweet.read, kind: app_only}, x.tweet.write, \
                    {key: x.like.read, kind: oauth1, env: {access_token: T}}, {key: x.user.read, \
                    kind: app_only}]\n";
    assert_eq!(
        by_kind(manifest, &[]).0,
        [
            "kind: No credential of kind app_only: x (xreq connect x --kind app_only)",
            "integration: Not connected: x (xreq connect x)",
            "kind: No credential of kind oauth1: x (xreq connect x --kind oauth1)",
        ]
    );
    assert_eq!(by_kind(manifest, &[Kind::AppOnly, Kind::Oauth1, Kind::Oauth2]).0, [""; 0]);
}

fn gaps(manifest: &str, holdings: &Holdings, policy: Policy) -> Vec<(GapKind, String, bool)> {
    let catalog = Catalog::builtin();
    let requirements = requirements(manifest);
    let needs = resolve(&requirements, &catalog).expect("the keys exist");
    let verdict = judge(&needs, holdings, policy);
    verdict.gaps.into_iter().map(|gap| (gap.kind, gap.key, gap.required)).collect()
}

#[test]
fn a_provider_without_a_grant_is_one_gap() {
    let manifest = "integrations: [{key: x.dm.read, optional: true}, x.tweet.read, x.tweet.write]";
    assert_eq!(
        gaps(manifest, &Holdings::default(), policy()),
        [(GapKind::Integration, "x".to_owned(), true)]
    );
    let optional = "integrations: [{key: x.dm.read, optional: true}]";
    assert_eq!(
        gaps(optional, &Holdings::default(), policy()),
        [(GapKind::Integration, "x".to_owned(), false)]
    );
}

#[test]
fn the_token_must_outlive_the_margin() {
    let manifest = "integrations: [x.tweet.read]";
    let scopes = "tweet.read users.read";
    for (left, gap) in [(301, false), (300, false), (299, true), (0, true), (-1, true)] {
        let found = gaps(manifest, &holding(scopes, Some(NOW + left)), policy());
        assert_eq!(!found.is_empty(), gap, "{left} s left");
    }
    assert_eq!(gaps(manifest, &holding(scopes, None), policy()), []);
    let no_margin = Policy { min_ttl: SignedDuration::ZERO, ..policy() };
    assert_eq!(gaps(manifest, &holding(scopes, Some(NOW + 1)), no_margin), []);
    assert_eq!(
        gaps(manifest, &holding(scopes, Some(NOW)), no_margin),
        [(GapKind::Expired, "x".to_owned(), true)]
    );
}

#[test]
fn strict_asks_for_the_scopes_of_the_api() {
    let manifest = "integrations: [x.user.read]";
    let held = holding("users.read", None);
    assert_eq!(gaps(manifest, &held, policy()), []);
    let strict = Policy { strict: true, ..policy() };
    assert_eq!(gaps(manifest, &held, strict), [(GapKind::Scope, "x.user.read".to_owned(), true)]);
}

#[test]
fn what_the_api_lacks_and_what_nobody_asked_for_is_told() {
    let catalog = Catalog::builtin();
    let requirements = requirements("integrations: [x.dm.read]");
    let needs = resolve(&requirements, &catalog).expect("the keys exist");
    let held = holding("dm.read users.read dm.write offline.access", None);
    let verdict = judge(&needs, &held, policy());
    assert!(verdict.is_satisfied());
    assert_eq!(verdict.underscoped[0].missing, ScopeSet::parse("tweet.read"));
    assert_eq!(verdict.over_granted[0].scopes, ScopeSet::parse("dm.write"));
}

#[test]
fn a_bare_provider_asks_for_a_grant_and_for_no_scope() {
    let manifest = "integrations: [x]";
    assert_eq!(gaps(manifest, &holding("", None), policy()), []);
    assert_eq!(gaps(manifest, &Holdings::default(), policy()).len(), 1);
}

#[test]
fn commands_name_the_account_where_it_is_not_the_default() {
    let scopes = ScopeSet::parse("dm.write dm.read");
    let add = |account: &str| Remedy::AddScopes {
        provider: "x".to_owned(),
        account: named_account(account).map(str::to_owned),
        part: None,
        scopes: scopes.iter().map(str::to_owned).collect(),
    };
    let command = |remedy: &Remedy| command(remedy).expect("it has a command");
    let expected = "xreq connect x --add-scope dm.read --add-scope dm.write";
    assert_eq!(command(&add("default")), expected);
    assert!(command(&add("work")).starts_with("xreq connect x --account work --add-scope"));
    let secret = Remedy::AddSecret { name: "FAL_KEY".to_owned() };
    assert_eq!(command(&secret), "xreq secret set FAL_KEY");
}
