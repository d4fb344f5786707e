//! Answers with tokens, whose other fields are strange.

use serde_json::{Value, json};
use xreq::sandbox::{Endpoint, Fault};

use crate::oauth::PRINT_TOKEN;
use crate::support::provider::{ASKED, House};

/// The life of X's tokens, which is assumed where an answer says nothing of it.
const USUAL: i64 = 7_200;

/// A launch whose agent prints when its access token expires.
const PRINT_EXPIRY: [&str; 5] =
    ["run", "--", "sh", "-c", "printf %s \"$X_ACCESS_TOKEN_EXPIRES_AT\""];

fn patch(house: &House, field: &str, value: &Value) {
    house.control().fault(Endpoint::Token, Fault::patch(field, value.clone()), 1);
}

/// The only account, as `xreq status` shows it.
fn account(house: &House) -> Value {
    house.home.xreq(&["status", "--format", "json"]).json()["accounts"][0].clone()
}

/// The scopes of the only account, in one text.
fn scopes(account: &Value) -> String {
    let scopes = account["scopes"].as_array().expect("there are some");
    scopes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

/// What `expires_in` can be, and the life in seconds that is believed.
fn lives() -> Vec<(Value, i64)> {
    vec![
        (Value::Null, USUAL),
        (json!(3_600), 3_600),
        (json!("3600"), 3_600),
        (json!(3_600.0), 3_600),
        (json!(0), 0),
        (json!(-5), 0),
        (json!("-5"), 0),
        (json!("soon"), USUAL),
        (json!(""), USUAL),
        (json!(true), USUAL),
        (json!([3_600]), USUAL),
        (json!(u64::MAX), USUAL),
        (json!(i64::MIN), 0),
        (json!(1e300), USUAL),
        (json!(-1e300), 0),
        (json!("99999999999999999999"), USUAL),
    ]
}

#[test]
fn the_life_of_a_token_is_what_can_be_believed_after_a_consent() {
    let house = House::new();
    for (value, life) in lives() {
        patch(&house, "expires_in", &value);
        house.connect(&[]).succeeds();
        let left = account(&house)["expires_in"].as_i64().expect("it is known");
        assert!((life - 10..=life).contains(&left), "{value}: {left}");
    }
}

#[test]
fn the_life_of_a_token_is_what_can_be_believed_after_a_refresh() {
    let house = House::connected();
    for (value, life) in lives() {
        patch(&house, "expires_in", &value);
        house.home.xreq(&["refresh", "x", "--force"]).succeeds();
        let account = account(&house);
        let left = account["expires_in"].as_i64().expect("it is known");
        assert!((life - 10..=life).contains(&left), "{value}: {left}");

        if life > 0 {
            let at = house.home.xreq(&PRINT_EXPIRY).succeeds().stdout;
            assert_eq!(account["expires_at"], at, "{value}");
            let shape = "dddd-dd-ddTdd:dd:ddZ";
            let digits = |c: char| if c.is_ascii_digit() { 'd' } else { c };
            assert_eq!(at.chars().map(digits).collect::<String>(), shape, "{value}");
        }
    }
}

#[test]
fn a_token_that_is_dead_on_arrival_serves_nobody() {
    let house = House::connected();
    house.age(USUAL);
    for value in [json!(0), json!(-1)] {
        let asked = house.refreshes().len();
        patch(&house, "expires_in", &value);
        house.home.xreq(&PRINT_TOKEN).exits(125).complains("error[requirements_unmet]");
        patch(&house, "expires_in", &value);
        house.home.xreq(&["token", "x"]).exits(1).complains("a new access token of x (default)");
        assert_eq!(house.refreshes().len(), asked + 2);
        assert_eq!(house.state(), "expired");
    }
    house.home.xreq(&PRINT_TOKEN).succeeds();
}

#[test]
fn tokens_that_live_shortly_are_not_refreshed_at_each_use() {
    let house = House::connected();
    patch(&house, "expires_in", &json!(60));
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    for _ in 0..2 {
        house.home.xreq(&["token", "x", "--min-ttl", "10"]).succeeds();
        assert_eq!(house.refreshes().len(), 1);
    }
    // What no new token reaches is no reason to ask for one.
    let ran = house.home.xreq(&["token", "x", "--min-ttl", "2m"]).exits(1);
    ran.complains("error[requirements_unmet]").complains("less than 2m");
    assert_eq!(house.refreshes().len(), 1);
}

#[test]
fn the_type_of_a_bearer_token_is_written_in_many_ways() {
    let house = House::connected();
    for kind in [json!("bearer"), json!("Bearer"), json!("BEARER"), Value::Null] {
        patch(&house, "token_type", &kind);
        house.home.xreq(&["refresh", "x", "--force"]).succeeds();
        patch(&house, "token_type", &kind);
        house.connect(&[]).succeeds();
    }
    patch(&house, "token_type", &json!("mac"));
    house.connect(&[]).exits(3).complains("only `bearer` is supported");
}

/// The scopes of [`ASKED`], written as servers write them.
fn same() -> [Value; 5] {
    let reversed: Vec<_> = ASKED.split(' ').rev().collect();
    [
        json!(ASKED),
        json!(reversed.join(" ")),
        json!(reversed.join(",")),
        json!(reversed.join(", ")),
        json!(reversed),
    ]
}

#[test]
fn scopes_are_a_set_however_they_are_written() {
    let house = House::new();
    for value in same() {
        patch(&house, "scope", &value);
        house.connect(&[]).succeeds();
        let connected = account(&house);
        patch(&house, "scope", &value);
        house.home.xreq(&["refresh", "x", "--force"]).succeeds();
        for account in [connected, account(&house)] {
            assert_eq!(scopes(&account), ASKED, "{value}");
            assert_eq!(account["scopes_assumed"], false, "{value}");
        }
    }
}

#[test]
fn scopes_that_are_not_told_are_those_that_were_asked_for() {
    let house = House::new();
    for value in [Value::Null, json!(""), json!([])] {
        patch(&house, "scope", &value);
        house.connect(&[]).succeeds();
        let account = account(&house);
        assert_eq!(scopes(&account), ASKED, "{value}");
        assert_eq!(account["scopes_assumed"], true, "{value}");
    }
    let text = house.home.xreq(&["status"]).succeeds().stdout;
    assert!(text.contains("(as asked for or stated)"), "{text}");
    house.home.xreq(&PRINT_TOKEN).succeeds();
}

#[test]
fn scopes_that_a_refresh_does_not_tell_stay() {
    let house = House::new();
    house.connect_as("alice", &[], |scope| scope != "tweet.write").exits(1);
    let before = account(&house);
    for value in [Value::Null, json!("")] {
        patch(&house, "scope", &value);
        house.home.xreq(&["refresh", "x", "--force"]).succeeds();
        let after = account(&house);
        assert_eq!(after["scopes"], before["scopes"], "{value}");
        assert_eq!(after["scopes_assumed"], false, "{value}");
    }
}

#[test]
fn a_refresh_that_tells_of_fewer_scopes_is_believed() {
    let house = House::connected();
    house.age(USUAL);
    patch(&house, "scope", &json!("users.read tweet.read offline.access"));
    house
        .home
        .xreq(&PRINT_TOKEN)
        .exits(125)
        .complains("tweet.write")
        .complains("xreq connect x --add-scope tweet.write");
    assert_eq!(scopes(&account(&house)), "offline.access tweet.read users.read");
    house.connect(&[]).succeeds();
    house.home.xreq(&PRINT_TOKEN).succeeds();
}

#[test]
fn a_server_may_keep_the_refresh_token() {
    let house = House::connected();
    patch(&house, "refresh_token", &Value::Null);
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    // The sandbox rotated all the same: what is sent next is the token of before.
    house.home.xreq(&["refresh", "x", "--force"]).exits(1).complains("reconnect_required");
    let sent: Vec<_> = house.refreshes().into_iter().map(|logged| logged.presented).collect();
    assert_eq!(sent[0], sent[1]);
}

#[test]
fn fields_that_nobody_knows_change_nothing() {
    let house = House::connected();
    let strange = json!({
        "refresh_token_expires_in": 1, "token_endpoint": "http://127.0.0.1:1/", "error": null,
        "token_url": "http://127.0.0.1:1/", "id_token": {"a": []}, "created_at": "now",
    });
    let Value::Object(fields) = strange else { unreachable!("it is one") };
    house.control().fault(Endpoint::Token, Fault::PatchResponse(fields), u32::MAX);
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    house.connect(&[]).succeeds();
}

#[test]
fn good_tokens_are_taken_in_odd_company() {
    let house = House::connected();
    for (field, value) in [
        ("error", json!("")),
        ("error", json!(0)),
        ("error", json!(false)),
        ("error", json!({})),
        ("token_type", json!("")),
        ("token_type", json!(1)),
        ("scope", json!("caf\u{e9}")),
        ("scope", json!(["a\"b"])),
        ("scope", json!(1)),
    ] {
        let before = house.home.xreq(&["token", "x"]).stdout;
        patch(&house, field, &value);
        let ran = house.home.xreq(&["refresh", "x", "--force"]).succeeds();
        assert_eq!(ran.stderr, "", "{field}: {value}");
        assert_ne!(house.home.xreq(&["token", "x"]).succeeds().stdout, before, "{field}: {value}");
        assert_eq!(scopes(&account(&house)), ASKED, "{field}: {value}");
        patch(&house, field, &value);
        house.connect(&[]).succeeds();
        assert_eq!(scopes(&account(&house)), ASKED, "{field}: {value}");
    }
}

#[test]
fn any_status_of_success_brings_tokens() {
    for status in [200, 201, 203] {
        let house = House::connected();
        let json = json!({
            "access_token": "a-new-token", "refresh_token": "another", "token_type": "bearer",
            "expires_in": 7_200, "scope": ASKED,
        });
        let json = json.to_string();
        house.control().fault(Endpoint::Token, Fault::Body { status, json }, 2);
        let alice = json!({"data": {"id": "1001", "username": "alice"}}).to_string();
        house.control().fault(Endpoint::Me, Fault::Body { status: 200, json: alice }, 1);
        house.home.xreq(&["refresh", "x", "--force"]).succeeds();
        assert_eq!(house.home.xreq(&["token", "x"]).succeeds().stdout, "a-new-token\n");
        assert_eq!(house.metadata("default")["refresh_in_flight"], Value::Null);
        house.home.xreq(&["disconnect", "x", "--local-only"]).succeeds();
        house.connect(&[]);
        assert_eq!(house.home.xreq(&["token", "x"]).succeeds().stdout, "a-new-token\n");
    }
}
