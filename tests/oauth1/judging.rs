//! Verdicts by level.

use serde_json::json;
use xreq::model::access_level::AccessLevel;
use xreq::sandbox::{Endpoint, Fault};

use super::{connected, house, import};
use crate::support::conforms;

const ALL: &str = "integrations:
  - {key: x.user.read, kind: oauth1}
  - {key: x.tweet.write, kind: oauth1}
  - {key: x.dm.write, kind: oauth1}
";

#[test]
fn each_key_needs_its_level() {
    let house = house(ALL);
    for (level, unmet) in [
        (AccessLevel::Read, &["x.tweet.write", "x.dm.write"][..]),
        (AccessLevel::ReadWrite, &["x.dm.write"]),
        (AccessLevel::ReadWriteDirectMessages, &[]),
    ] {
        import(&house, level).succeeds();
        let ran =
            house.home.xreq(&["check", "--format", "json"]).exits(i32::from(!unmet.is_empty()));
        let verdict = ran.json();
        conforms("check", &verdict);
        let errors = verdict["errors"].as_array().expect("they are listed");
        let keys: Vec<_> = errors.iter().filter_map(|error| error["key"].as_str()).collect();
        assert_eq!(keys, unmet, "{level}");
        assert!(errors.iter().all(|error| error["type"] == "kind"));
    }
    import(&house, AccessLevel::Read).succeeds();
    let verdict = house.home.xreq(&["check", "--format", "json"]).json();
    let action = json!({
        "type": "connect",
        "provider": "x",
        "kind": "oauth1",
        "level": "read-write",
        "command": "xreq connect x --kind oauth1 --level read-write",
    });
    assert_eq!(verdict["errors"][0]["action"], action);
    house
        .home
        .xreq(&["run", "--", "true"])
        .exits(125)
        .complains("`read`, and `read-write` is needed");
    // The command that it names mends it.
    connected(&house, &["--level", "read-write-directmessages"]).succeeds();
    house.home.xreq(&["run", "--", "true"]).succeeds();
}

#[test]
fn an_unknown_level_is_a_warning_that_names_what_is_needed() {
    let house = house(ALL);
    house.control().fault(Endpoint::Verify, Fault::NoLevel, 1);
    import(&house, AccessLevel::ReadWriteDirectMessages).succeeds();
    let ran = house.home.xreq(&["check", "--format", "json"]).succeeds();
    let verdict = ran.json();
    conforms("check", &verdict);
    let warnings = verdict["warnings"].as_array().expect("they are listed");
    let told: Vec<_> = warnings.iter().map(|it| (&it["code"], &it["key"], &it["level"])).collect();
    let code = json!("grant/level-unknown");
    assert_eq!(
        told,
        [
            (&code, &json!("x.tweet.write"), &json!("read-write")),
            (&code, &json!("x.dm.write"), &json!("read-write-directmessages")),
        ]
    );
    house.home.xreq(&["run", "--", "true"]).succeeds().complains("level of the token is not known");
}

#[test]
fn a_key_that_takes_no_signature_is_refused_and_a_part_is_named() {
    let house = house("integrations: [{key: x.tweet.read, kind: oauth1}]\n");
    import(&house, AccessLevel::Read).succeeds();
    let ran = house.home.xreq(&["check"]).succeeds().complains("warning[key/kind-partial]");
    ran.complains("GET /2/tweets/counts/recent");
    house.home.write("xreq.yaml", "integrations: [{key: x.space.read, kind: oauth1}]\n");
    house.home.xreq(&["validate"]).exits(1).prints("key/kind-never");
}

#[test]
fn a_token_whose_clients_keys_are_gone_serves_nothing() {
    let house = house("integrations: [{key: x.user.read, kind: oauth1}]\n");
    import(&house, AccessLevel::Read).succeeds();
    house.home.xreq(&["client", "rm", "x"]).succeeds();
    let ran =
        house.home.xreq(&["check"]).exits(1).complains("keys that x (default, oauth1) signs with");
    ran.complains("xreq import x --kind oauth1");
    for options in [&["run"][..], &["run", "--broker"]] {
        let args = [options, &["--", "true"]].concat();
        house.home.xreq(&args).exits(125).complains("signs with are not stored");
    }
    let ran = house
        .home
        .xreq(&["disconnect", "x", "--kind", "oauth1"])
        .exits(2)
        .complains("are not stored");
    ran.complains("--local-only");
}
