//! `check --verify` and `status --verify`: what can be read without a key is proved with it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Home, conforms};

/// A home with a grant and a secret that the manifest asks for.
fn home() -> Home {
    with_scopes("tweet.read users.read dm.read")
}

fn with_scopes(scopes: &str) -> Home {
    let manifest = "integrations: [x.dm.read]\nsecrets: [FAL_KEY]\n";
    let home = Home::with_manifest(manifest);
    home.import("token", scopes);
    home.xreq_with(&["secret", "set", "FAL_KEY"], "value").succeeds();
    home
}

fn secret(home: &Home) -> PathBuf {
    home.store().join("secrets/FAL_KEY.json")
}

/// Changes what can be read of a record, which nobody signs then.
fn tamper(file: &Path, field: &str, value: Value) {
    let text = fs::read_to_string(file).expect("it is there");
    let mut record: Value = serde_json::from_str(&text).expect("it is JSON");
    record["metadata"][field] = value;
    record.as_object_mut().expect("an object").remove("signature").expect("it was signed");
    fs::write(file, record.to_string()).expect("it can be written");
}

fn failures(home: &Home, exit: i32) -> Vec<(String, String)> {
    let answer = home.xreq(&["check", "--verify", "--format", "json"]).exits(exit).json();
    conforms("check", &answer);
    assert_eq!((&answer["satisfied"], &answer["errors"]), (&json!(false), &json!([])));
    let text = |failure: &Value, name: &str| failure[name].as_str().expect("a text").to_owned();
    let failures = answer["failures"].as_array().expect("a list").iter();
    failures.map(|failure| (text(failure, "code"), text(failure, "message"))).collect()
}

#[test]
fn what_was_sealed_is_the_same_verdict() {
    let home = home();
    let plain = home.xreq(&["check", "--format", "json"]).succeeds().json();
    let mut verified = home.xreq(&["check", "--verify", "--format", "json"]).succeeds().json();
    conforms("check", &verified);
    assert_eq!(verified.as_object_mut().expect("an object").remove("verified"), Some(true.into()));
    assert_eq!(plain, verified);
    home.xreq(&["check", "--verify"])
        .succeeds()
        .prints("satisfied")
        .prints("verified with the key");
    home.write("xreq.yaml", "integrations: [x.tweet.write]\n");
    home.xreq(&["check", "--verify"]).exits(1).prints("not satisfied");
}

#[test]
fn without_it_no_key_is_needed() {
    let home = home();
    fs::remove_file(home.store().join("identity.txt")).expect("it is there");
    home.xreq(&["check"]).succeeds();
    home.xreq(&["status", "--within", "1h"]).succeeds();
    for command in ["check", "status"] {
        home.xreq(&[command, "--verify"]).exits(3).complains("error[identity_missing]");
    }
}

#[test]
fn records_that_were_changed_are_told_all_together() {
    let home = with_scopes("tweet.read users.read");
    home.xreq(&["check", "--verify"]).exits(1);
    tamper(&home.grant("default"), "scopes", json!(["dm.read", "tweet.read", "users.read"]));
    tamper(&secret(&home), "stored_at", json!("2026-01-01T00:00:00Z"));
    home.xreq(&["check"]).succeeds();
    home.write("home/config.yaml", "audit: true\n");
    let found = failures(&home, 3);
    assert_eq!(found.len(), 2, "{found:?}");
    for ((code, message), (file, field)) in
        found.iter().zip([("default.json", "`scopes`"), ("FAL_KEY.json", "`stored_at`")])
    {
        assert_eq!(code, "store_tampered");
        assert!(message.contains(file) && message.contains(field), "{message}");
    }
    let ran = home.xreq(&["check", "--verify"]).exits(3);
    assert_eq!(ran.stderr.matches("error[store_tampered]").count(), 2, "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    let ran = home.xreq(&["check", "--verify", "--format", "markdown"]).exits(3);
    assert_eq!(ran.prints("no verdict").stdout.matches("was tampered with").count(), 2);
    for format in ["github", "gitlab", "sarif"] {
        let ran = home.xreq(&["check", "--verify", "--format", format]).exits(3);
        assert_eq!(ran.stderr.matches("error[store_tampered]").count(), 2, "{}", ran.stderr);
    }
    let log = fs::read_to_string(home.store().join("audit.jsonl")).expect("it was recorded");
    let line = log.lines().next().expect("there is one");
    let line: Value = serde_json::from_str(line).expect("it is JSON");
    conforms("audit", &line);
    assert_eq!((&line["event"], &line["code"]), (&json!("check"), &json!("store_tampered")));
}

#[test]
fn a_record_that_does_not_open_is_told() {
    let (home, other) = (home(), Home::with_manifest(""));
    fs::copy(other.store().join("identity.txt"), home.store().join("identity.txt")).expect("both");
    let codes: Vec<_> = failures(&home, 3).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["store_sealed", "store_sealed"]);
    home.xreq(&["check", "--verify"]).exits(3).complains("does not open");
}

/// What nobody asks for is not opened: it keeps nobody from anything.
#[test]
fn what_the_manifest_does_not_need_is_left_alone() {
    let home = home();
    home.xreq_with(&["secret", "set", "OTHER"], "value").succeeds();
    tamper(&home.store().join("secrets/OTHER.json"), "stored_at", json!("2026-01-01T00:00:00Z"));
    home.xreq(&["check", "--verify"]).succeeds();
}

#[test]
fn status_tells_which_grants_were_changed() {
    let home = home();
    let args = ["import", "x", "--account", "work", "--scopes", "tweet.read", "-"];
    home.xreq_with(&args, "token").succeeds();
    tamper(&home.grant("work"), "handle", json!("somebody-else"));
    let status = ["status", "--within", "1h"];
    home.xreq(&status).succeeds().prints("@somebody-else");
    let ran = home.xreq(&[&status[..], &["--verify", "--format", "json"]].concat()).exits(1);
    let answer = ran.json();
    conforms("status", &answer);
    let accounts = answer["accounts"].as_array().expect("a list");
    assert_eq!(accounts.len(), 1, "{answer:#}");
    assert_eq!(answer["damaged"][0]["account"], "work");
    assert_eq!(answer["damaged"][0]["code"], "store_tampered");
    ran.complains("`handle` is not what was sealed");
}
