//! Commands of a manifest: who sees them, who agreed to them, and who does not run them.

mod file;
mod launching;
mod telling;

use std::path::PathBuf;

use crate::support::{Home, Ran, SCOPES};

/// A manifest whose app is told of new tokens by a command.
const MANIFEST: &str = "\
requirements:
  integrations: [x.tweet.write]
  on_refresh: exec touch told
";

/// A home with a grant that the manifest needs.
fn home(manifest: &str) -> Home {
    let home = Home::with_manifest(manifest);
    home.import("token", SCOPES);
    home
}

/// Launches an agent that xreq stays with, which leaves a trace.
fn launch(home: &Home, options: &[&str]) -> Ran {
    home.xreq(&[&["run", "--keep-fresh"], options, &["--", "touch", "launched"]].concat())
}

/// Whether the agent was launched since the last time that this was asked.
fn is_launched(home: &Home) -> bool {
    std::fs::remove_file(home.path().join("launched")).is_ok()
}

#[track_caller]
fn is_refused(home: &Home, by: &str) {
    launch(home, &[]).exits(125).complains("error[not_trusted]").complains(by);
    assert!(!is_launched(home), "it was launched");
}

#[track_caller]
fn is_launched_by(home: &Home, options: &[&str]) {
    launch(home, options).succeeds();
    assert!(is_launched(home), "it was not launched");
}

fn trust_file(home: &Home) -> PathBuf {
    home.path().join(".local/state/xreq/trust.json")
}
