//! Tokens that are dead already, and tokens that never die.

use serde_json::json;

use super::{MANIFEST, SCOPES, home, token};
use crate::support::{Home, Ran};

fn import(home: &Home, expiry: &[&str]) -> Ran {
    home.xreq_with(&[&["import", "x", "--scopes", SCOPES], expiry].concat(), "token").succeeds()
}

#[test]
fn a_dead_token_is_stored_and_not_launched_with() {
    for expiry in ["2020-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "-009999-01-03T00:00:00Z"] {
        let home = Home::with_manifest(MANIFEST);
        import(&home, &[&format!("--expires-at={expiry}")]).complains("expired already");
        let ran = home.xreq(&["check", "--format", "json"]).exits(1);
        let error = &ran.json()["errors"][0];
        assert_eq!(error["type"], "expired");
        assert_eq!(error["action"]["type"], "reconnect");
        home.xreq(&["status"]).exits(1).prints("expired ");
        let ran = home.xreq(&["run", "--", "echo", "launched"]).exits(125);
        assert_eq!(ran.complains("grant/expired").complains("xreq connect x").stdout, "");
    }
}

#[test]
fn a_token_that_dies_soon_is_not_launched_with() {
    let home = Home::with_manifest(MANIFEST);
    import(&home, &["--expires-in", "240"]);
    home.xreq(&["status"]).exits(1).prints("expiring");
    home.xreq(&["run", "--", "true"]).exits(125).complains("less than the 5m");
    home.xreq(&["run", "--min-ttl", "1m", "--", "true"]).succeeds();
    home.xreq(&["run", "--min-ttl", "0s", "--", "true"]).succeeds();
}

#[test]
fn a_token_without_end_is_launched_with() {
    for (expiry, shown) in [
        (&["--expires-at", "9999-12-30T22:00:00Z"][..], Some("9999-12-30T22:00:00Z")),
        (&["--expires-in", "4294967295"], None),
        (&[], None),
    ] {
        let home = Home::with_manifest(MANIFEST);
        import(&home, expiry);
        assert_eq!(token(&home), "token");
        home.xreq(&["status"]).succeeds();
        home.xreq(&["check", "--format", "json"]).succeeds();
        home.xreq(&["run", "--min-ttl", "70000h", "--", "true"]);
        let script = "echo ${X_ACCESS_TOKEN_EXPIRES_AT-none}";
        let ran = home.xreq(&["run", "--", "sh", "-c", script]).succeeds();
        match shown {
            Some(time) => assert_eq!(ran.stdout.trim(), time),
            None => assert_eq!(ran.stdout == "none\n", expiry.is_empty(), "{}", ran.stdout),
        }
    }
}

#[test]
fn an_expiry_that_makes_no_sense_is_unknown_and_said_so() {
    for seconds in [json!("soon"), json!(1e300), json!(u64::MAX), json!([])] {
        let home = Home::with_manifest(MANIFEST);
        let response = json!({ "access_token": "token", "scope": SCOPES, "expires_in": seconds });
        let ran = home.xreq_with(&["import", "x"], response.to_string()).succeeds();
        ran.complains("the token does not say when it expires")
            .prints("does not say when it expires");
        assert_eq!(token(&home), "token");
    }
}

#[test]
fn a_token_that_is_dead_on_arrival_is_not_launched_with() {
    for seconds in [json!(0), json!(-7200), json!("0")] {
        let home = Home::with_manifest(MANIFEST);
        let response = json!({ "access_token": "token", "scope": SCOPES, "expires_in": seconds });
        let ran = home.xreq_with(&["import", "x"], response.to_string()).succeeds();
        ran.complains("has expired already").prints("; expired ");
        home.xreq(&["run", "--", "true"]).exits(125).complains("grant/expired");
    }
}

#[test]
fn absurd_arguments_are_usage_errors() {
    let home = home("old");
    for args in [
        &["import", "x", "--expires-in", "-1"][..],
        &["import", "x", "--expires-in", "4294967296"],
        &["import", "x", "--expires-in", "1e3"],
        &["import", "x", "--expires-at", "10000-01-01T00:00:00Z"],
        &["import", "x", "--expires-at", "2027-02-30T00:00:00Z"],
        &["import", "x", "--expires-at", "tomorrow"],
        &["check", "--min-ttl", "-5m"],
        &["check", "--min-ttl", "99999999999999999999h"],
    ] {
        home.xreq_with(args, "token").exits(2).complains("error: ");
    }
    let huge = "2562047788015215h";
    home.xreq(&["check", "--min-ttl", huge]).exits(1).complains("grant/expired");
    home.xreq(&["run", "--min-ttl", huge, "--", "true"]).exits(125).complains("grant/expired");
    assert_eq!(token(&home), "old");
}
