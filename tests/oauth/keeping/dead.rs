//! Grants that the provider called dead, while their access tokens live: they are used, and what is
//! wrong with them is said each time.

use serde_json::json;
use xreq::sandbox::{Endpoint, Fault};

use crate::support::Ran;
use crate::support::provider::House;

/// What there is left of the access token, in seconds: less than the margin in which it is refreshed.
const LEFT: i64 = 200;

/// A house whose access token lives a little, and whose refresh token was rejected.
fn rejected() -> House {
    let house = House::connected();
    house.age(7_200 - LEFT);
    let json = r#"{"error":"invalid_grant"}"#.to_owned();
    house.control().fault(Endpoint::Token, Fault::Body { status: 400, json }, 1);
    warns(&house, &["run", "--", "true"]);
    assert_eq!(house.refreshes().len(), 1);
    house
}

/// What a command does where the access token has to live for a minute.
fn ran(house: &House, args: &[&str]) -> Ran {
    let (command, rest) = args.split_at(if args[0] == "token" { 2 } else { 1 });
    house.home.xreq(&[command, &["--min-ttl", "1m"], rest].concat())
}

#[track_caller]
fn warns(house: &House, args: &[&str]) -> Ran {
    let ran = ran(house, args).succeeds();
    let ran = ran.complains("warning: X no longer accepts the refresh token of x (default)");
    assert_eq!(ran.stderr.matches("warning: ").count(), 1, "{}", ran.stderr);
    ran.complains("run `xreq connect x`")
}

#[test]
fn what_works_for_a_while_works_with_a_warning_each_time() {
    let house = rejected();
    let token = ran(&house, &["token", "x"]).stdout;
    for _ in 0..2 {
        warns(&house, &["check"]).prints("satisfied");
        warns(&house, &["check", "--refresh"]);
        let answer = warns(&house, &["check", "--format", "json"]).json();
        assert_eq!(answer["satisfied"], true);
        assert_eq!(warns(&house, &["run", "--", "sh", "-c", "echo $X_ACCESS_TOKEN"]).stdout, token);
        assert_eq!(warns(&house, &["token", "x"]).stdout, token);
    }
    assert_eq!(house.refreshes().len(), 1);
    house.connect(&[]).succeeds();
    for args in [&["check"][..], &["token", "x"], &["run", "--", "true"]] {
        assert_eq!(ran(&house, args).succeeds().stderr, "", "{args:?}");
    }
}

#[test]
fn what_is_dead_is_not_counted_as_fresh() {
    let house = rejected();
    for _ in 0..2 {
        let ran = house.home.xreq(&["refresh", "x"]).exits(1);
        ran.complains("error[reconnect_required]").complains("run `xreq connect x`");
        let ran = house.home.xreq(&["refresh", "--all"]).exits(1);
        ran.prints("1 grant: 1 reconnect").complains("error[reconnect_required]");
        for args in [&["refresh", "x"][..], &["refresh", "--all"]] {
            let ran = house.home.xreq(&[args, &["--format", "json"]].concat()).exits(1);
            let answer = ran.json();
            assert_eq!(answer["summary"]["reconnect"], 1);
            assert_eq!(answer["summary"]["fresh"], 0);
            let grant = &answer["grants"][0];
            assert_eq!(grant["result"], "reconnect");
            assert_eq!(grant["code"], "reconnect_required");
            assert_eq!(grant["expires_at"], house.metadata("default")["expires_at"]);
            assert_ne!(grant["message"], json!(null));
        }
    }
    assert_eq!(house.refreshes().len(), 1);
}
