//! The audit log: who was launched with what, and what became of the grants.

mod chain;
mod events;
mod secrets;
mod signals;
mod staying;
mod together;
mod trouble;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::provider::House;
use crate::support::{Home, conforms};

const MANIFEST: &str = "integrations: [x.tweet.read]\nsecrets: [{key: FAL_KEY, optional: true}]\n";
const SCOPES: &str = "tweet.read users.read";

/// A home with a grant and an audit log that is set up like this.
fn home(audit: &str) -> Home {
    let home = Home::with_manifest(MANIFEST);
    home.import("an-old-token", SCOPES);
    home.write("home/config.yaml", format!("audit: {audit}\n"));
    home
}

/// A house in which an account is connected, and everything after that is recorded.
fn house() -> House {
    let house = House::connected();
    record(&house);
    house
}

/// Turns the log on.
fn record(house: &House) {
    let config = House::config(&house.sandbox.base_url());
    house.home.write("home/config.yaml", config + "audit: true\n");
}

/// The usual place of the log.
fn file(home: &Home) -> PathBuf {
    home.store().join("audit.jsonl")
}

/// The lines of a file, each of which is what the schema says. One that was made a moment ago may
/// have none yet.
#[track_caller]
fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).expect("there is a log");
    assert!(text.is_empty() || text.ends_with('\n'), "the last line has no end");
    let line = |line: &str| {
        let value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        conforms("audit", &value);
        value
    };
    text.lines().map(line).collect()
}

/// The only line of the log, which is forgotten then.
#[track_caller]
fn only(home: &Home) -> Value {
    let mut lines = lines(&file(home));
    assert_eq!(lines.len(), 1, "{lines:#?}");
    fs::remove_file(file(home)).expect("it is there");
    lines.remove(0)
}
