//! `xreq disconnect`. What the RFC demands of it is in `rules`.

use std::fs;

use xreq::sandbox::{Endpoint, Fault};

use crate::support::provider::House;
use crate::support::{Home, SCOPES};

#[test]
fn what_is_not_there_cannot_be_disconnected() {
    let house = House::connected();
    for args in [
        &["disconnect", "x", "--account", "other"][..],
        &["disconnect", "x", "--account", "other", "--local-only"],
    ] {
        house.home.xreq(args).exits(2).complains("error[not_stored]");
    }
    house.home.xreq(&["disconnect", "y"]).exits(2).complains("error[catalog_unknown]");
    assert!(house.home.grant("default").exists());
    house.home.xreq(&["disconnect", "x"]).succeeds();
    house.home.xreq(&["disconnect", "x"]).exits(2).complains("error[not_stored]");
    house.home.xreq(&["run", "--", "true"]).exits(125).complains("xreq connect x");
}

#[test]
fn one_of_several_accounts_is_named() {
    let house = House::new();
    house.connect(&["--account", "one"]).succeeds();
    house.connect_as("bob", &["--account", "two"], |_| true).succeeds();
    house.home.xreq(&["disconnect", "x"]).exits(2).complains("error[account_ambiguous]");
    house.home.xreq(&["disconnect", "x", "--account", "two"]).succeeds();
    assert!(house.home.grant("one").exists() && !house.home.grant("two").exists());
    assert!(house.control().grants("alice")[0].refreshable);
    assert!(!house.control().grants("bob")[0].refreshable);
}

#[test]
fn a_grant_without_a_refresh_token_has_one_token_to_revoke() {
    let house = House::new();
    house.connect_as("alice", &[], |scope| scope != "offline.access").exits(1);
    house.home.xreq(&["disconnect", "x"]).succeeds();
    let log = house.control().log();
    let revoked: Vec<_> = log.iter().filter(|l| l.endpoint == Endpoint::Revoke).collect();
    assert_eq!(revoked.len(), 1);
    assert_eq!(revoked[0].token_type_hint.as_deref(), Some("access_token"));
    assert_eq!(house.control().grants("alice")[0].access_tokens, 0);
}

#[test]
fn a_damaged_grant_can_be_removed_here() {
    let house = House::connected();
    fs::write(house.home.grant("default"), "no grant").expect("it can be written");
    house.home.xreq(&["disconnect", "x", "--account", "default"]).exits(3);
    let ran = house.home.xreq(&["disconnect", "x", "--account", "default", "--local-only"]);
    ran.succeeds().complains("its tokens still work there");
    assert!(!house.home.grant("default").exists());
}

#[test]
fn what_was_kept_still_works() {
    let house = House::connected();
    house.control().fault(Endpoint::Revoke, Fault::status(503), 1);
    house.home.xreq(&["disconnect", "x"]).exits(3);
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    house.home.xreq(&["run", "--", "true"]).succeeds();
    house.home.xreq(&["disconnect", "x"]).succeeds();
}

#[test]
fn tokens_that_a_lost_answer_may_have_held_are_said_to_live() {
    let house = House::connected();
    house.control().fault(Endpoint::Token, Fault::Html, 1);
    house.home.xreq(&["refresh", "x", "--force"]).exits(3).complains("error[refresh_in_doubt]");
    let ran = house.home.xreq(&["disconnect", "x"]).succeeds().prints("its tokens are revoked");
    ran.complains("warning: the answer to a refresh was lost: if it held tokens, they are live");
    assert!(!house.home.grant("default").exists());
    house.connect(&[]).succeeds();
    house.home.xreq(&["disconnect", "x"]).succeeds().says_no_more_than_next();
}

#[test]
fn the_account_that_acts_from_now_on_is_told() {
    let house = House::connected();
    house.connect_as("bob", &["--account", "bob"], |_| true).succeeds();
    let acts =
        "x acts as `bob` (@bob), its only account here, unless one is named: `--account x=bob`";
    for args in [&["check"][..], &["status"]] {
        let ran = house.home.xreq(args).succeeds();
        assert!(!ran.stderr.contains("acts as"), "{}", ran.stderr);
    }
    let ran = house.home.xreq(&["disconnect", "x"]).succeeds();
    ran.complains(&format!("note: from now on {acts}"));
    for args in [&["check"][..], &["status"]] {
        house.home.xreq(args).succeeds().complains(&format!("note: {acts}"));
    }
    let named = house.home.xreq(&["check", "--account", "bob"]).succeeds();
    assert!(!named.stderr.contains("acts as"), "{}", named.stderr);
    // The same account acts as before.
    house.connect(&[]).succeeds();
    let ran = house.home.xreq(&["disconnect", "x", "--account", "bob"]).succeeds();
    assert!(!ran.stderr.contains("acts as"), "{}", ran.stderr);
}

#[test]
fn a_token_that_no_client_can_revoke_is_removed_here() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    let args = ["import", "x", "--account", "work", "--scopes", SCOPES, "--expires-in", "2h"];
    home.xreq_with(&args, "token").succeeds();
    let ran = home.xreq(&["disconnect", "x", "--account", "work"]).exits(2);
    ran.complains("xreq client set x")
        .complains("or remove it here alone with `xreq disconnect x --account work --local-only`");
    home.xreq(&["disconnect", "x", "--account", "work", "--local-only"]).succeeds();
}

#[test]
fn a_grant_that_is_known_as_ended_is_not_said_to_work() {
    let house = House::connected();
    house.control().revoke_by_user("alice");
    house.home.xreq(&["refresh", "x", "--force"]).exits(1);
    let ran = house.home.xreq(&["disconnect", "x", "--local-only"]).succeeds();
    let ran = ran.complains("X was not told: the refresh token is no longer accepted");
    assert!(!ran.stderr.contains("refresh token works"), "{}", ran.stderr);
}
