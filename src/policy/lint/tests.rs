use crate::error::wording;
use std::path::Path;

use super::*;
use crate::catalog::Catalog;
use crate::findings::Source;
use crate::manifest;
use crate::policy::needs::resolve;

/// Returns the findings in a manifest, in which keys of Acme may stand as well as those of X: the
/// rule, the text that it points at, and the help.
fn found(text: &str) -> Vec<(Rule, String, String)> {
    let mut catalog = Catalog::builtin();
    let acme = include_bytes!("../../../examples/providers/acme.yaml");
    catalog.add_file(Path::new("acme.yaml"), acme).expect("the example is right");
    let source = Source::new("xreq.yaml", text.to_owned());
    let (requirements, findings) = manifest::read(&source);
    assert_eq!(findings, []);
    let needs = resolve(&requirements, &catalog).expect("the catalog has all of it");
    let of = |finding: Diagnostic| {
        let place = source.text()[finding.span].to_owned();
        (finding.rule, place, wording::help(&finding.help.expect("a lint says what to do")))
    };
    let mut found: Vec<_> = lint(&needs).into_iter().map(of).collect();
    found.sort_by_key(|(rule, _, _)| *rule);
    found
}

/// The texts that findings of a rule point at; of other rules there must be none.
#[track_caller]
fn places(text: &str, rule: Rule) -> Vec<String> {
    let found = found(text);
    assert!(found.iter().all(|finding| finding.0 == rule), "{text}: {found:?}");
    found.into_iter().map(|(_, place, _)| place).collect()
}

#[test]
fn a_required_key_makes_up_for_scopes_that_are_not_published() {
    for (text, expected) in [
        ("integrations: [x.dm.read]", &["x.dm.read"][..]),
        ("integrations: [x.dm.read, x.tweet.read]", &[]),
        ("integrations: [x.dm.read, {key: x.tweet.read, optional: true}]", &["x.dm.read"]),
        ("integrations: [{key: x.dm.read, optional: true}, x.tweet.read]", &[]),
        // Both are left out together or granted together, as far as anybody can tell.
        (
            "integrations: [{key: x.dm.read, optional: true}, {key: x.list.read, optional: true}]",
            &[],
        ),
        ("integrations: [x.dm.read, {key: x, scopes: [tweet.read]}]", &[]),
        ("integrations: [x.dm.read, x]", &["x.dm.read"]),
        ("integrations: [x.dm.read, x.dm.write]", &["x.dm.read", "x.dm.write"]),
        ("integrations: [acme.order.write, x.tweet.read]", &["acme.order.write"]),
        ("integrations: [acme.order.write, {key: acme, scopes: [profile]}]", &[]),
        ("integrations: [x.media.write]", &[]),
    ] {
        assert_eq!(places(text, Rule::PublishedInsufficient), expected, "{text}");
    }
}

#[test]
fn the_key_that_brings_the_rest_is_named() {
    for (text, start) in [
        ("integrations: [x.dm.read]", "require `x.tweet.read` too: "),
        ("integrations: [x.user.read]", "require `x.tweet.read` too, or in its place: "),
        ("integrations: [acme.order.write]", "a platform that grants"),
    ] {
        let [(_, _, help)] = &found(text)[..] else { panic!("{text}") };
        assert!(help.starts_with(start), "{help}");
    }
}

#[test]
fn what_is_closed_to_self_serve_clients_hurts_where_it_is_required() {
    let rule = Rule::NotSelfServe;
    assert_eq!(places("integrations: [x.tweet.read, x.like.write]", rule), ["x.like.write"]);
    assert_eq!(places("integrations: [x.block.write]", rule), ["x.block.write"]);
    let optional = "integrations: [x.tweet.read, {key: x.like.write, optional: true}]";
    assert_eq!(places(optional, rule), [""; 0]);
    // Raw scopes are not judged by what a key with the same scopes is for.
    let raw = "integrations: [{key: x, scopes: [like.write, users.read]}]";
    assert_eq!(places(raw, Rule::RawScopes), ["like.write, users.read"]);
}

#[test]
fn a_key_is_covered_by_one_that_is_there_whenever_it_is() {
    for (text, expected) in [
        ("integrations: [x.list.read, x.list.write]", &["x.list.read"][..]),
        ("integrations: [x.list.write, x.list.read]", &["x.list.read"]),
        ("integrations: [{key: x.list.read, optional: true}, x.list.write]", &["x.list.read"]),
        ("integrations: [x.list.read, {key: x.list.write, optional: true}]", &[]),
        (
            "integrations: [{key: x.list.read, optional: true}, {key: x.list.write, optional: true}]",
            &["x.list.read"],
        ),
        // What the API asks for is the same, what is published is not.
        ("integrations: [x.user.read, x.tweet.read]", &["x.user.read"]),
        ("integrations: [x.tweet.read, x.user.read]", &["x.user.read"]),
        ("integrations: [x.list.read, x.bookmark.read]", &[]),
        ("integrations: [x.tweet.read, acme.order.read]", &[]),
        ("integrations: [x.media.write, x]", &[]),
        // The same scopes, and other operations.
        ("integrations: [x.tweet.read, x.dm.write, x.dm.keys]", &[]),
        ("integrations: [x.dm.keys, x.activity.write]", &[]),
    ] {
        assert_eq!(places(text, Rule::CoveredKey), expected, "{text}");
    }
}

#[test]
fn of_equal_keys_the_required_one_stays_then_the_first() {
    let mut catalog = Catalog::builtin();
    let photos = include_str!("../../../examples/providers/minimal.yaml");
    let twin =
        "  photos.album.list: {title: List albums, allows: see albums, published: [albums:read]}\n";
    let photos = format!("{photos}{twin}");
    catalog.add_file(Path::new("photos.yaml"), photos.as_bytes()).expect("a provider");
    for (text, expected) in [
        ("integrations: [photos.album.read, photos.album.list]", "photos.album.list"),
        ("integrations: [photos.album.list, photos.album.read]", "photos.album.read"),
        (
            "integrations: [{key: photos.album.read, optional: true}, photos.album.list]",
            "photos.album.read",
        ),
        (
            "integrations: [photos.album.list, {key: photos.album.read, optional: true}]",
            "photos.album.read",
        ),
    ] {
        let source = Source::new("xreq.yaml", text.to_owned());
        let (requirements, _) = manifest::read(&source);
        let needs = resolve(&requirements, &catalog).expect("the catalog has all of it");
        let findings = lint(&needs);
        let [finding] = findings.as_slice() else { panic!("{text}: {findings:?}") };
        assert_eq!(finding.rule, Rule::CoveredKey);
        assert_eq!(&source.text()[finding.span.clone()], expected, "{text}");
        let (related, _) = finding.related.clone().expect("the other key");
        assert_ne!(&source.text()[related], expected);
    }
}

#[test]
fn raw_scopes_have_keys_where_their_scopes_are_those_of_keys() {
    for (scopes, keys) in [
        ("tweet.read, users.read", Some("require `x.tweet.read` instead")),
        ("users.read", Some("require `x.user.read` instead")),
        ("offline.access, tweet.read, users.read", Some("require `x.tweet.read` instead")),
        (
            "media.write, tweet.read, tweet.write, users.read",
            Some("require `x.tweet.write` and `x.media.write` instead"),
        ),
        ("dm.write, users.read", Some("require `x.dm.write` instead")),
        // No key has these and no more; those that scopes alone do not give are none.
        (
            "dm.write, tweet.read, users.read",
            Some("require `x.tweet.read` and `x.dm.write` instead"),
        ),
        ("tweet.write", None),
        ("tweet.read", None),
        ("timeline.read, tweet.read, users.read", None),
        ("offline.access", None),
    ] {
        let text = format!("integrations: [{{key: x, scopes: [{scopes}]}}]");
        let helps: Vec<_> = found(&text)
            .into_iter()
            .map(|(rule, place, help)| {
                assert_eq!((rule, place.as_str()), (Rule::RawScopes, scopes));
                help
            })
            .collect();
        assert_eq!(helps.len(), usize::from(keys.is_some()), "{scopes}: {helps:?}");
        assert!(helps.iter().all(|help| help.starts_with(keys.unwrap_or_default())), "{helps:?}");
    }
    assert_eq!(places("integrations: [x]", Rule::RawScopes), [""; 0]);
}

#[test]
fn a_shared_description_is_empty_once() {
    let rule = Rule::EmptyDescription;
    let shared = "\
credentials:
  x:
    description: ''
    capabilities: [x.tweet.write, x.media.write]
    secrets: [A]
";
    assert_eq!(places(shared, rule), ["''"]);
    let apart = "\
integrations:
  - {key: x.tweet.write, description: \" \\t\"}
  - {key: x.media.write, description: why}
secrets:
  - {key: A, description: \"\"}
  - B
";
    assert_eq!(places(apart, rule), ["\" \\t\"", "\"\""]);
}
