//! What is asked for, and what is shown of it before anything is opened.

use std::fs;

use super::asked;
use crate::support::provider::{ASKED, Connecting, House};
use crate::support::pty::{Pty, ended};
use crate::support::{XREQ, machine};

/// Looks at a request for consent, and lets it be.
fn asks(house: &House, args: &[&str]) -> (String, String) {
    let args = [args, &["--timeout", "0s"]].concat();
    let connecting = Connecting::start(&house.home, &args);
    let scopes = asked(&connecting);
    let before = connecting.before().to_owned();
    connecting.end().exits(3);
    (scopes, before)
}

#[test]
fn each_scope_is_shown_with_what_it_allows_and_what_wants_it() {
    let house = House::new();
    house.home.write("xreq.yaml", "integrations: [x.tweet.write, x.dm.read]\n");
    let (scopes, before) = asks(&house, &["--add-scope", "like.read"]);
    assert_eq!(scopes, "dm.read like.read offline.access tweet.read tweet.write users.read");
    let lines: Vec<_> = before.lines().map(str::trim).collect();
    for (scope, allows, why) in [
        ("tweet.write", "Create, repost and delete posts", " (x.tweet.write)"),
        ("dm.read", "Read all of the account's direct messages", " (x.dm.read)"),
        ("users.read", "See every profile", " (x.tweet.write, x.dm.read)"),
        ("like.read", "See the likes", " (asked for by name)"),
        ("offline.access", "Get a refresh token", "outlives its access token"),
    ] {
        let line = lines.iter().find(|line| line.starts_with(scope)).expect("it is shown");
        assert!(line.contains(allows) && line.ends_with(why), "{before}");
    }
    let said = "Connecting x (default): X will ask its owner to let the client `default`\n";
    assert!(before.contains(said), "{before}");
}

#[test]
fn what_was_granted_before_is_asked_for_again() {
    let house = House::new();
    house.connect(&["--add-scope", "like.read"]).succeeds();
    house.home.write("xreq.yaml", "integrations: [x.bookmark.read]\n");
    let (scopes, before) = asks(&house, &[]);
    assert_eq!(scopes, "bookmark.read like.read offline.access tweet.read tweet.write users.read");
    let lines: Vec<_> = before.lines().map(str::trim).collect();
    let again = "as before      like.read offline.access tweet.read tweet.write users.read";
    assert!(lines.contains(&again), "{before}");
    assert!(lines.iter().any(|line| line.starts_with("bookmark.read  ")), "{before}");
    assert!(!lines.iter().any(|line| line.starts_with("tweet.read")), "{before}");
    // Another account was granted nothing.
    let (scopes, _) = asks(&house, &["--account", "work"]);
    assert_eq!(scopes, "bookmark.read offline.access tweet.read users.read");
}

#[test]
fn keys_take_the_place_of_the_manifest() {
    let house = House::new();
    let (scopes, before) = asks(&house, &["x.like.read", "x.dm.write"]);
    assert_eq!(scopes, "dm.write like.read offline.access tweet.read users.read");
    assert!(!before.contains("x.tweet.write"), "{before}");
    let unknown = house.home.xreq(&["connect", "x", "x.tweet.wirte", "--timeout", "5s"]);
    unknown.exits(1).complains("x.tweet.write");
    assert_eq!(house.control().log(), []);
}

#[test]
fn a_scope_that_nobody_knows_brings_the_nearest_one_to_mind() {
    let house = House::new();
    for (scope, hint) in [
        ("tweet.raed", "did you mean `tweet.read`?"),
        ("dm.raed", "did you mean `dm.read`?"),
        ("completely.other", "`xreq catalog x` lists its scopes"),
        ("two words", "lists its scopes"),
        ("", "lists its scopes"),
    ] {
        let ran = house.home.xreq(&["connect", "x", "--add-scope", scope]).exits(2);
        ran.complains("error[bad_argument]").complains("X has no scope").complains(hint);
    }
}

#[test]
fn without_a_manifest_something_has_to_be_named() {
    let house = House::new();
    fs::remove_file(house.home.path().join("xreq.yaml")).expect("it is there");
    let ran = house.home.xreq(&["connect", "x", "--timeout", "5s"]).exits(2);
    ran.complains("error[missing_params]")
        .complains("name keys, such as `x.")
        .complains("--add-scope");
    assert_eq!(asks(&house, &["--add-scope", "tweet.read"]).0, "offline.access tweet.read");
    house.connect(&["x.tweet.write"]).succeeds();
    // From now on there is a grant to renew.
    assert_eq!(asks(&house, &[]).0, ASKED);
}

#[test]
fn a_manifest_that_needs_nothing_of_the_provider_is_no_reason_to_ask() {
    let house = House::new();
    house.home.write("xreq.yaml", "secrets: [FAL_KEY]\n");
    let ran = house.home.xreq(&["connect", "x", "--timeout", "5s"]).exits(2);
    ran.complains("error[missing_params]").complains("the manifest requires nothing of x");
    house.home.write("xreq.yaml", "integrations: [x.no.such.key]\n");
    house.home.xreq(&["connect", "x", "--timeout", "5s"]).exits(1);
    house
        .home
        .xreq(&["connect", "y", "--timeout", "5s"])
        .exits(2)
        .complains("error[catalog_unknown]");
    house.home.xreq(&["connect", "x", "--account", "no/label", "--timeout", "5s"]).exits(2);
    house.home.xreq(&["connect", "x", "--manifest", "missing.yaml", "--timeout", "5s"]).exits(2);
    assert_eq!(house.control().log(), []);
}

#[test]
fn what_cannot_be_stored_is_not_asked_for() {
    let house = House::new();
    fs::remove_file(house.home.store().join("identity.txt")).expect("it is there");
    house
        .home
        .xreq(&["connect", "x", "--timeout", "5s"])
        .exits(3)
        .complains("error[identity_missing]");
    assert_eq!(house.control().log(), []);
}

/// Returns how many lines of a terminal a text takes.
fn lines_of_terminal(printed: &str, columns: usize) -> usize {
    let lines = printed.lines().map(|line| line.chars().count().div_ceil(columns).max(1));
    lines.sum()
}

#[test]
fn a_first_consent_fits_on_a_screen_and_a_second_says_what_is_new() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    house.home.write("xreq.yaml", "integrations: [x.tweet.read]\n");
    let script =
        format!("BROWSER='{XREQ} sandbox approve %s' exec \"$0\" connect x --color never 2>&1");
    let connect = || {
        let (printed, status) = Pty::start_wide(&house.home, &script, 80).end();
        assert_eq!(ended(status), "exit 0", "{printed}");
        assert!(printed.contains("\nnext: xreq run"), "{printed}");
        printed
    };
    let first = connect();
    assert!(lines_of_terminal(&first, 80) <= 20, "{first}");
    assert!(first.contains("\nIf X refuses: the app needs the redirect URI http:"), "{first}");
    house.home.write("xreq.yaml", "integrations: [x.tweet.write]\n");
    let second = connect();
    assert!(lines_of_terminal(&second, 80) <= 16, "{second}");
    assert!(second.contains("\n  tweet.write  Create, repost and delete posts"), "{second}");
    assert!(!second.contains("Read every post") && !second.contains("If X refuses"), "{second}");
}
