//! No secret is in the log: tokens are told apart by an HMAC, under a key of this store.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::{SCOPES, file, home, lines};
use crate::support::Home;

/// The HMACs of the log, in order.
fn hmacs(home: &Home) -> Vec<String> {
    let hmac = |line: Value| line["grants"][0]["token_hmac"].as_str().expect("a text").to_owned();
    lines(&file(home)).into_iter().map(hmac).collect()
}

#[test]
fn an_hmac_is_of_one_token_and_one_key() {
    let home = home("true");
    for token in ["first", "second", "first"] {
        home.import(token, SCOPES);
    }
    let key = home.store().join("audit.key");
    fs::remove_file(&key).expect("it was made");
    home.import("first", SCOPES);
    let [first, second, again, other_key] = &hmacs(&home)[..] else { panic!("four were imported") };
    assert_eq!(first, again);
    assert_ne!(first, second);
    assert_ne!(first, other_key);
}

#[test]
fn log_and_key_are_their_owners_alone() {
    let home = home("true");
    home.xreq(&["run", "--", "true"]).succeeds();
    for name in ["audit.jsonl", "audit.key", ".audit.jsonl.lock"] {
        let metadata = fs::metadata(home.store().join(name)).expect(name);
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn of_the_command_line_there_is_the_first_word() {
    let home = home("true");
    home.xreq(&["run", "--", "true", "--password", "hunter2"]).succeeds();
    let pasted = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ";
    home.xreq(&["run", "--", pasted]).exits(127);
    let text = fs::read_to_string(file(&home)).expect("there is a log");
    assert!(!text.contains("hunter2") && !text.contains(pasted), "{text}");
    assert_eq!(lines(&file(&home)).len(), 3);
}
