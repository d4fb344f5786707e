use crate::catalog::Catalog;
use crate::findings::Source;
use crate::manifest;
use crate::policy::needs::resolve;

/// Returns the findings of a manifest with these entries, each with its rule and the text that it is at.
fn findings(entries: &str) -> Vec<(&'static str, String, String)> {
    let text =
        format!("requirements: {{integrations: [{entries}], secrets: [FAL_KEY, X_API_KEY]}}\n");
    let (requirements, found) = manifest::read(&Source::new("test", text.clone()));
    assert_eq!(found, [], "{text}");
    let catalog = Catalog::builtin();
    let found = resolve(&requirements, &catalog).err().unwrap_or_default();
    let found = found.into_iter();
    found.map(|it| (it.rule.name(), text[it.span].to_owned(), it.message)).collect()
}

#[test]
fn a_kind_that_no_operation_accepts_is_an_error() {
    for (entry, at, message) in [
        (
            "{key: x.tweet.write, kind: app_only}",
            "app_only",
            "no operation of `x.tweet.write` accepts `app_only`",
        ),
        (
            "{key: x.bookmark.write, kind: [oauth1, app_only]}",
            "oauth1",
            "no operation of `x.bookmark.write` accepts `oauth1` or `app_only`",
        ),
        ("{key: x.dm.read, kind: static}", "static", "X has no credentials of the kind `static`"),
        (
            "{key: x, scopes: [dm.read], kind: oauth1}",
            "oauth1",
            "no operation of `x` accepts `oauth1`",
        ),
    ] {
        let expected = ("key/kind-never", at.to_owned(), message.to_owned());
        assert_eq!(findings(entry), [expected], "{entry}");
    }
    for entry in [
        "{key: x.tweet.write, kind: [app_only, oauth2]}",
        "{key: x.tweet.read, kind: app_only}",
        "{key: x, kind: app_only}",
        "x.bookmark.write",
    ] {
        assert_eq!(findings(entry), [], "{entry}");
    }
}

#[test]
fn a_variable_of_a_launch_has_one_content() {
    for (entries, at) in [
        (
            "{key: x.tweet.read, kind: oauth2}, {key: x.tweet.write, kind: oauth1, env: {consumer_key: K}}",
            "oauth1",
        ),
        ("x.tweet.read, {key: x.tweet.write, kind: oauth1, env: {consumer_key: K}}", "oauth1"),
        ("{key: x.tweet.write, kind: oauth1}", "oauth1"),
        // A kind that somebody named is not taken away.
        ("{key: x.tweet.write, kind: [oauth1, oauth2]}", "oauth1"),
        ("{key: x.tweet.read, env: {access_token: FAL_KEY}}", "FAL_KEY"),
        ("{key: x.tweet.read, env: {access_token: A, expires_at: A}}", "A"),
        (
            "{key: x.tweet.read, env: {access_token: A}}, {key: x.like.read, env: {expires_at: A}}",
            "A",
        ),
        (
            "{key: x.tweet.read, kind: app_only}, {key: x.like.read, env: {access_token: X_BEARER_TOKEN}}",
            "X_BEARER_TOKEN",
        ),
    ] {
        let found = findings(entries);
        let found: Vec<_> = found.iter().map(|(rule, at, _)| (*rule, at.as_str())).collect();
        assert_eq!(found, [("env/kind-clash", at)], "{entries}");
    }
    for entries in [
        "x.tweet.read, x.tweet.write, x.space.read, x.bookmark.write",
        "x.tweet.write, {key: x.tweet.read, kind: app_only}",
        "x.tweet.read, {key: x.like.read, env: {access_token: A}}",
        "{key: x.tweet.read, kind: [oauth2, app_only]}, {key: x.user.read, kind: [app_only, oauth2]}",
        "{key: x.tweet.read, kind: oauth2}, {key: x.tweet.write, kind: oauth1, \
         env: {access_token: T, consumer_key: K}}",
    ] {
        assert_eq!(findings(entries), [], "{entries}");
    }
}

#[test]
fn threat_18_the_names_of_a_manifest_are_under_the_one_rule() {
    for (name, reason) in [
        ("LD_PRELOAD", "steers programs"),
        ("NODE_OPTIONS", "steers programs"),
        ("PATH", "steers programs"),
        ("XREQ_HOME", "xreq's own"),
    ] {
        let found = findings(&format!("{{key: x.tweet.read, env: {{access_token: {name}}}}}"));
        let [(rule, at, message)] = found.as_slice() else { panic!("{name}: {found:?}") };
        assert_eq!((*rule, at.as_str()), ("manifest/bad-value", name));
        assert!(message.contains(reason), "{message}");
    }
    let found = findings("{key: x.tweet.read, env: {token_secret: A}, kind: app_only}");
    assert_eq!(found[0].2, "a credential of `app_only` has no `token_secret`");
}
