//! Who wrote a record: what is told of it, and what is refused.

mod commands;
mod key;
mod older;
mod records;
mod surroundings;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Home, Ran, SCOPES};

const MANIFEST: &str = "integrations: [x.tweet.read, x.tweet.write]\nsecrets: [FAL_KEY]\n";

/// A home with a record of each kind, all of them written here.
fn home() -> Home {
    let home = Home::with_manifest(MANIFEST);
    home.import("canary-token", SCOPES);
    home.xreq_with(&["secret", "set", "FAL_KEY"], "canary-value").succeeds();
    home.xreq_with(&["client", "set", "x", "--id", "an-id"], "canary-secret").succeeds();
    home
}

/// A home whose records must be of a trusted writer.
fn resealed() -> Home {
    let home = home();
    home.xreq(&["reseal"]).succeeds().prints("0 resealed, 3 current, 0 failed");
    home
}

const RECORDS: [&str; 3] =
    ["grants/x/default.json", "clients/x/default.json", "secrets/FAL_KEY.json"];

fn path(home: &Home, record: &str) -> PathBuf {
    home.store().join(record)
}

fn record(home: &Home, record: &str) -> Value {
    serde_json::from_slice(&fs::read(path(home, record)).expect("it is there")).expect("it is JSON")
}

fn put(home: &Home, name: &str, record: &Value) {
    home.write(&format!("home/{name}"), record.to_string());
}

/// Does something with the store as another machine: with another state folder.
fn elsewhere(home: &Home, args: &[&str], input: &str) -> Ran {
    let state = home.path().join("elsewhere");
    Ran::with_input(home.command().env("XDG_STATE_HOME", state).args(args), input.as_bytes())
}

/// Writes the grant of this home as another machine.
fn import_elsewhere(home: &Home, token: &str) {
    let args = ["import", "x", "--scopes", SCOPES, "--expires-in", "7200", "-"];
    elsewhere(home, &args, token).succeeds();
}

fn launch(home: &Home) -> Ran {
    home.xreq(&["run", "--", "true"])
}

/// The state folder of a home.
fn state(home: &Home) -> PathBuf {
    home.path().join(".local/state/xreq")
}

/// The key of the machine with this state folder.
fn key(state: &Path) -> String {
    let text = fs::read_to_string(state.join("writer.key")).expect("it was made");
    let key = xreq::signing::WriterKey::parse(text.as_bytes()).expect("it is a key");
    key.public().to_string()
}

fn is_quiet(ran: &Ran) {
    assert_eq!(ran.stderr, "");
}
