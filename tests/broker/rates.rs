//! Limits of the provider: its headers are passed on, and remembered.

use std::process::Stdio;

use serde_json::Value;
use xreq::sandbox::Options;

use super::*;
use crate::support::wait::until;

#[test]
fn headers_of_rates_and_refusals_are_passed_on() {
    let house = House::with(Options { rate_limit: 2, ..Options::default() });
    house.home.write("xreq.yaml", "integrations: [x.tweet.read, x.tweet.write]\n");
    house.connect(&[]).succeeds();
    let call = "call -o /dev/null -D - https://api.x.com/2/tweets/20;";
    let ran = run(&house, &format!("{CALL}{}", call.repeat(3))).succeeds();
    let heads: Vec<_> =
        ran.stdout.split("\r\n\r\n").filter(|head| head.contains("x-rate")).collect();
    let left = |head: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix("x-rate-limit-remaining: "));
        line.expect("it is passed on").trim().to_owned()
    };
    assert_eq!(heads.iter().map(|head| left(head)).collect::<Vec<_>>(), ["1", "0", "0"]);
    assert!(heads[2].contains(" 429"), "{}", heads[2]);
    assert!(heads.iter().all(|head| head.contains("x-rate-limit-reset: ")), "{heads:?}");
}

#[test]
fn the_status_of_a_broker_says_how_much_is_left() {
    let house = House::with(Options { rate_limit: 2, ..Options::default() });
    house.home.write("xreq.yaml", "integrations: [x.tweet.read]\n");
    house.connect(&[]).succeeds();
    let calls = "call -o /dev/null https://api.x.com/2/tweets/20;".repeat(3);
    let script = format!("{CALL}{calls} until test -e over; do sleep 0.05; done");
    let agent = brokered(&house, &[], &script).stdout(Stdio::null()).spawn().expect("it starts");
    let status = || house.home.xreq(&["broker", "status", "--format", "json"]).succeeds().json();
    until("the last call is refused", || {
        status()["runs"][0]["rates"][0]["refused_until"].is_string()
    });
    let rates = &status()["runs"][0]["rates"];
    let told = &rates[0];
    assert_eq!(rates.as_array().map(Vec::len), Some(1), "{rates}");
    for (name, value) in [
        ("provider", "x".into()),
        ("account", "default".into()),
        ("operation", "GET /2/tweets/{id}".into()),
        ("limit", Value::from(2)),
        ("remaining", 0.into()),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    let shown = house.home.xreq(&["broker", "status"]).succeeds();
    shown.prints("x (default): GET /2/tweets/{id}: 0 of 2 left, again in ");
    house.home.write("over", "");
    let ended = agent.wait_with_output().expect("it ends");
    assert!(ended.status.success(), "{ended:?}");
}
