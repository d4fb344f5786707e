//! `xreq token`: a fresh access token for scripts.

use xreq::sandbox::{Endpoint, Fault};

use crate::support::http::Request;
use crate::support::provider::House;

#[test]
fn a_token_comes_in_three_forms() {
    let house = House::connected();
    let token = house.home.xreq(&["token", "x"]).succeeds().stdout;
    let bare = token.strip_suffix('\n').expect("a line");
    let me = Request::get("/2/users/me").bearer(bare).send(&house.sandbox.base_url());
    assert_eq!(me.expect("it answers").status, 200);
    let header = house.home.xreq(&["token", "x", "--format", "header"]).succeeds().stdout;
    assert_eq!(header, format!("Authorization: Bearer {bare}\n"));
    let json = house.home.xreq(&["token", "x", "--format", "json"]).succeeds().json();
    assert_eq!(json["access_token"], bare);
    assert_eq!(json["token_type"], "bearer");
    assert_eq!(json["scopes"], house.metadata("default")["scopes"]);
    assert_eq!(json["expires_at"], house.metadata("default")["expires_at"]);
    assert_eq!(house.refreshes(), []);
}

#[test]
fn a_token_lives_as_long_as_it_is_asked_to() {
    let house = House::connected();
    house.age(3_600);
    let old = house.home.xreq(&["token", "x"]).succeeds().stdout;
    let same = house.home.xreq(&["token", "x", "--min-ttl", "50m"]).succeeds().stdout;
    assert_eq!(same, old);
    let new = house.home.xreq(&["token", "x", "--min-ttl", "90m"]).succeeds().stdout;
    assert_ne!(new, old);
    assert_eq!(house.refreshes().len(), 1);
    // No token lives that long, and each try costs one.
    let ran = house.home.xreq(&["token", "x", "--min-ttl", "3h"]).exits(1);
    ran.complains("less than 3h").complains("--min-ttl");
    assert_eq!(house.home.xreq(&["token", "x", "--min-ttl", "3h"]).stdout, "");
}

#[test]
fn an_old_token_is_given_with_a_warning_where_it_lives_long_enough() {
    let house = House::connected();
    house.age(7_000);
    house.control().fault(Endpoint::Token, Fault::status(503), u32::MAX);
    let ran = house.home.xreq(&["token", "x", "--min-ttl", "1m"]).succeeds();
    assert!(!ran.complains("warning: X gave no new tokens").stdout.is_empty());
    let ran = house.home.xreq(&["token", "x"]).exits(3).complains("error[provider_unavailable]");
    assert_eq!(ran.stdout, "");
}

#[test]
fn no_token_is_got_by_asking_somebody() {
    let house = House::new();
    let browser = house.home.path().join("opened");
    let script = format!("touch {}", browser.display());
    house.home.write("browser", format!("#!/bin/sh\n{script}\n"));
    let token = || {
        let mut command = house.home.command();
        command.args(["token", "x"]).env("BROWSER", house.home.path().join("browser"));
        crate::support::Ran::of(&mut command)
    };
    token().exits(2).complains("error[not_stored]").complains("xreq connect x");
    house.connect(&[]).succeeds();
    house.control().revoke_by_user("alice");
    house.age(7_300);
    token().exits(1).complains("error[reconnect_required]").complains("xreq connect x");
    assert!(!browser.exists());
    house.home.xreq(&["token", "x", "--account", "other"]).exits(2);
    house.home.xreq(&["token", "y"]).exits(2).complains("error[catalog_unknown]");
}

#[test]
fn several_accounts_are_told_apart() {
    let house = House::new();
    house.connect(&["--account", "one"]).succeeds();
    house.home.xreq(&["token", "x"]).succeeds();
    house.connect_as("bob", &["--account", "two"], |_| true).succeeds();
    house.home.xreq(&["token", "x"]).exits(2).complains("error[account_ambiguous]");
    let [one, two] = ["one", "two"]
        .map(|label| house.home.xreq(&["token", "x", "--account", label]).succeeds().stdout);
    assert_ne!(one, two);
}
