//! `xreq status`: what is known of the accounts without asking anybody.

use serde_json::{Value, json};
use xreq::sandbox::{Endpoint, Fault};

use crate::support::conforms;
use crate::support::provider::House;

fn status(house: &House, args: &[&str]) -> (i32, Value) {
    let ran = house.home.xreq(&[&["status", "--format", "json"], args].concat());
    let answer = ran.json();
    conforms("status", &answer);
    (ran.status.code().expect("it exits"), answer)
}

#[test]
fn a_grant_goes_through_its_states() {
    let house = House::connected();
    let log = house.control().log().len();
    let text = |state: &str| {
        let ran = house.home.xreq(&["status"]);
        ran.prints(&format!("x (default)  {state}"));
    };
    for (age, state, exit) in
        [(0, "connected", 0), (6_800, "connected", 0), (200, "expiring", 0), (300, "expired", 0)]
    {
        house.age(age);
        let (status, answer) = status(&house, &[]);
        assert_eq!((answer["accounts"][0]["state"].as_str(), status), (Some(state), exit));
        text(state);
    }
    assert_eq!(house.control().log().len(), log, "status asks nobody");
    for (fault, state, exit) in [
        (Fault::Html, "in_doubt", 0),
        (
            Fault::Body { status: 400, json: r#"{"error":"invalid_grant"}"#.to_owned() },
            "reconnect",
            1,
        ),
    ] {
        house.control().fault(Endpoint::Token, fault, 1);
        house.home.xreq(&["refresh", "x", "--force"]);
        let (status, answer) = status(&house, &[]);
        assert_eq!((answer["accounts"][0]["state"].as_str(), status), (Some(state), exit));
        text(state);
    }
    house.home.xreq(&["status"]).prints("run `xreq connect x`");
}

#[test]
fn everything_that_is_known_is_there() {
    let house = House::connected();
    house.age(10_000);
    house.home.xreq(&["refresh", "x"]).succeeds();
    house.control().fault(Endpoint::Token, Fault::status(503), 1);
    house.home.xreq(&["refresh", "x", "--force"]).exits(3);
    let (_, answer) = status(&house, &[]);
    let account = &answer["accounts"][0];
    for (field, expected) in [
        ("handle", json!("alice")),
        ("client", json!("default")),
        ("client_id", json!(house.sandbox.client().client_id)),
        ("scopes_assumed", json!(false)),
        ("refresh_token_expiry_is_assumed", json!(true)),
        ("refreshable", json!(true)),
        ("needs_a_person", json!(false)),
        ("in_doubt_since", json!(null)),
    ] {
        assert_eq!(account[field], expected, "{field}");
    }
    assert_eq!(account["last_error"]["class"], "transient");
    assert_eq!(account["last_error"]["message"], "it answers 503: Service Unavailable");
    for time in ["connected_at", "refreshed_at", "expires_at", "refresh_token_expires_at"] {
        let text = account[time].as_str().unwrap_or_else(|| panic!("no {time}"));
        assert!(text.len() == 20 && text.ends_with('Z'), "{time}: {text}");
    }
    let text = house.home.xreq(&["status"]).succeeds().stdout;
    for part in ["@alice", "refreshed ", "connected ", "assumed", "last error, ", "(transient)"] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn what_will_need_a_person_is_seen_ahead() {
    let house = House::new();
    house.connect_as("alice", &[], |scope| scope != "offline.access").exits(1);
    // It dies in two hours and cannot be refreshed.
    assert_eq!(status(&house, &[]).0, 1);
    assert_eq!(status(&house, &["--within", "1h"]).0, 0);
    assert_eq!(status(&house, &["--within", "3h"]).0, 1);
    let (_, answer) = status(&house, &["--within", "1h"]);
    assert_eq!(answer["attention"], false);
    house.home.xreq(&["status", "--within", "soon"]).exits(2);
}

#[test]
fn no_key_is_needed() {
    let house = House::connected();
    std::fs::remove_file(house.home.store().join("identity.txt")).expect("it is there");
    assert_eq!(house.state(), "connected");
    house.home.xreq(&["check"]).succeeds();
}
