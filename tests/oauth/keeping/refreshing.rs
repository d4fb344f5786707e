//! `xreq refresh`: by hand, and from cron.

use serde_json::json;
use xreq::sandbox::{Endpoint, Fault};

use crate::support::provider::House;

#[test]
fn a_grant_is_refreshed_when_it_is_due() {
    let house = House::connected();
    let refresh = |args: &[&str]| house.home.xreq(&[&["refresh", "x"], args].concat());
    refresh(&[]).succeeds().prints("x (default) is fresh: expires in 1h 59m");
    house.age(3_600);
    refresh(&["--older-than", "90m"]).succeeds().prints("is fresh");
    refresh(&["--min-ttl", "30m"]).succeeds().prints("is fresh");
    assert_eq!(house.refreshes().len(), 0);
    refresh(&["--older-than", "60m"]).succeeds().prints("is refreshed");
    house.age(3_600);
    refresh(&["--min-ttl", "61m"]).succeeds().prints("is refreshed");
    refresh(&["--force"]).succeeds().prints("is refreshed");
    assert_eq!(house.refreshes().len(), 3);
    for wrong in [&["--all", "--account", "a"][..], &["--force", "--min-ttl", "1m"]] {
        refresh(wrong).exits(2);
    }
    house.home.xreq(&["refresh"]).succeeds().prints("x (default) is fresh");
    house.home.xreq(&["refresh", "x", "--account", "other"]).exits(2).complains("not_stored");
}

/// A house with three accounts, all of which are due: one works, one is dead, and one has no
/// refresh token.
fn mixed() -> House {
    let house = House::connected();
    house.home.import("an-imported-token", "tweet.read users.read");
    let import = [
        "import",
        "x",
        "--account",
        "bare",
        "--scopes",
        "tweet.read",
        "--expires-at",
        "2020-01-01T00:00:00Z",
    ];
    house.home.xreq_with(&import, "another-token").succeeds();
    house.connect_as("bob", &["--account", "bob"], |_| true).succeeds();
    house.connect(&[]).succeeds();
    house
}

#[test]
fn all_are_summed_up_by_what_became_of_them() {
    let house = mixed();
    house.home.xreq(&["refresh", "--all"]).exits(1).prints("3 grants: 2 fresh, 1 reconnect");
    let ran = house.home.xreq(&["refresh", "--all", "--force"]).exits(1);
    ran.prints("3 grants: 2 refreshed, 1 reconnect").complains("x (bare) has no refresh token");

    house.control().revoke_by_user("bob");
    let ran = house.home.xreq(&["refresh", "x", "--all", "--force", "--format", "json"]).exits(1);
    let answer = ran.json();
    assert_eq!(
        answer["summary"],
        json!({
            "refreshed": 1, "fresh": 0, "reconnect": 2, "client": 0,
            "transient": 0, "in_doubt": 0, "failed": 0,
        })
    );
    let grants = answer["grants"].as_array().expect("a list");
    let of = |label: &str| grants.iter().find(|grant| grant["account"] == label).expect("there");
    assert_eq!(of("default")["result"], "refreshed");
    assert_eq!(of("default")["code"], json!(null));
    assert_eq!(of("bob")["code"], "reconnect_required");
    assert!(of("bob")["message"].as_str().expect("a sentence").contains("x (bob)"));
}

#[test]
fn what_time_may_mend_needs_no_person() {
    let house = House::connected();
    house.age(7_300);
    for (fault, result) in [(Fault::status(503), "transient"), (Fault::Html, "in_doubt")] {
        house.control().fault(Endpoint::Token, fault, 1);
        let ran = house.home.xreq(&["refresh", "--all"]).exits(3);
        ran.prints(&format!("1 grant: 1 {result}"));
    }
    let json = r#"{"error":"invalid_client"}"#.to_owned();
    house.control().fault(Endpoint::Token, Fault::Body { status: 401, json }, 1);
    house.home.xreq(&["refresh", "--all"]).exits(1).prints("1 grant: 1 client");
    house.home.xreq(&["refresh", "--all"]).succeeds().prints("1 grant: 1 refreshed");
}

#[test]
fn cron_may_call_every_minute() {
    let house = House::connected();
    for minute in 0..125 {
        if minute % 25 == 0 {
            house.home.xreq(&["refresh", "--all"]).succeeds();
        }
        house.age(60);
    }
    // Two hours and five minutes take one refresh.
    house.home.xreq(&["refresh", "--all"]).succeeds();
    assert_eq!(house.refreshes().len(), 1);
    house.control().revoke_by_user("alice");
    house.age(7_300);
    for _ in 0..3 {
        house.home.xreq(&["refresh", "--all"]).exits(1).prints("1 grant: 1 reconnect");
    }
    assert_eq!(house.refreshes().len(), 2);
}

#[test]
fn nothing_to_refresh_is_no_failure() {
    let house = House::new();
    house.home.xreq(&["refresh", "--all"]).succeeds().prints("there is no grant");
    house.home.xreq(&["refresh", "x", "--all"]).succeeds().prints("there is no grant");
    house.home.xreq(&["refresh", "x"]).exits(2).complains("error[not_stored]");
}

#[test]
fn a_grant_that_another_machine_used_is_dead_here() {
    let house = House::connected();
    // The same store on another machine refreshes first.
    let copy = std::fs::read(house.home.grant("default")).expect("it is stored");
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    std::fs::write(house.home.grant("default"), copy).expect("it can be written");
    let ran = house.home.xreq(&["refresh", "x", "--force"]).exits(1);
    ran.complains("error[reconnect_required]").complains("spent, revoked or expired");
    assert_eq!(house.state(), "reconnect");
}
