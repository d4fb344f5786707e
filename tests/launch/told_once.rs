//! A note that stays as it is comes with the first launch, and with no other.

use std::fs;

use super::{SCOPES, TOKEN, covered};
use crate::support::trace::{calls_in, can_trace};
use crate::support::{Home, Ran};

const RUN: [&str; 3] = ["run", "--", "true"];

/// A home in which a launch has a note on a file, one on the program, and a warning on a variable.
fn with_notes() -> Home {
    let home = covered().var("X_CLIENT_SECRET", "canary");
    home.write(".env", "X_ACCESS_TOKEN=canary\n");
    home.write_program("sudo", "#!/bin/sh\n");
    let path = format!("{}:/usr/bin:/bin", home.path().display());
    home.var("PATH", &path)
}

const AGENT: [&str; 4] = ["run", "--", "sudo", "agent"];

#[test]
fn each_note_comes_once() {
    let home = with_notes();
    let first = home.xreq(&AGENT).succeeds();
    assert_eq!(first.stderr.lines().count(), 3, "{}", first.stderr);
    first
        .complains("warning: X_CLIENT_SECRET is kept from the agent")
        .complains("note: a .env file sets variables of the launch, too: `X_ACCESS_TOKEN` (.env:1)")
        .complains("note: `sudo` does not hand X_ACCESS_TOKEN on");
    assert_eq!(home.xreq(&AGENT).succeeds().stderr, "");
    assert_eq!(home.xreq(&["run", "--redact", "--", "sudo", "agent"]).succeeds().stderr, "");
    // What changed is another note; what is shown without a launch is shown as a whole.
    home.write(".env", "A=1\nX_ACCESS_TOKEN=canary\n");
    let changed = home.xreq(&AGENT).succeeds().complains("`X_ACCESS_TOKEN` (.env:2)");
    assert_eq!(changed.stderr.lines().count(), 1, "{}", changed.stderr);
    let plan = home.xreq(&["run", "--dry-run", "--", "sudo", "agent"]).succeeds();
    assert_eq!(plan.stderr.lines().count(), 2, "{}", plan.stderr);
    home.xreq(&["check"]).succeeds().complains("note[variable/dotenv-override]");
}

#[test]
fn another_manifest_and_another_store_have_notes_of_their_own() {
    let home = with_notes();
    let lines = |home: &Home, args: &[&str]| home.xreq(args).succeeds().stderr.lines().count();
    assert_eq!(lines(&home, &AGENT), 3);
    fs::copy(home.path().join("xreq.yaml"), home.path().join("other.yaml")).expect("a copy");
    let other = ["run", "--manifest", "other.yaml", "--", "sudo", "agent"];
    assert_eq!((lines(&home, &other), lines(&home, &other)), (3, 0));
    let elsewhere = home.path().join("elsewhere").display().to_string();
    let home = home.var("XREQ_HOME", &elsewhere);
    home.xreq(&["init"]).succeeds();
    home.import(TOKEN, SCOPES);
    assert_eq!((lines(&home, &AGENT), lines(&home, &AGENT)), (3, 0));
}

#[test]
fn where_nothing_is_remembered_each_launch_tells() {
    let home = with_notes();
    home.write("no-folder", "");
    for state in ["no-folder", "no-folder/below"] {
        let state = home.path().join(state);
        for _ in 0..2 {
            let ran = Ran::of(home.command().env("XDG_STATE_HOME", &state).args(AGENT)).succeeds();
            let told = ran.stderr.lines().filter(|line| !line.contains("writers are not known"));
            assert_eq!(told.count(), 3, "{}", ran.stderr);
        }
    }
}

#[test]
fn what_the_agent_lacks_comes_with_each_launch() {
    let home = Home::with_manifest("integrations: [{key: x.dm.read, optional: true}]\n");
    for _ in 0..2 {
        home.xreq(&RUN).succeeds().complains("warning: optional x is unmet");
    }
}

#[test]
fn scopes_that_the_api_wants_are_told_once() {
    let home = Home::with_manifest("integrations: [x.like.write]\n");
    home.import(TOKEN, "like.write users.read");
    home.xreq(&RUN).succeeds().complains("warning: x.like.write: ");
    assert_eq!(home.xreq(&RUN).succeeds().stderr, "");
    home.xreq(&["check"]).succeeds().complains("warning[scope/api-underscoped]");
}

#[test]
fn notes_and_warnings_are_no_matter_of_the_whole_program() {
    if !can_trace() {
        return;
    }
    let home = with_notes();
    home.make_repository();
    fs::create_dir(home.path().join("deep")).expect("a folder");
    let started = calls_in(&home, "deep", &AGENT, "execve");
    assert!(started.contains("sudo") && !started.contains("xreq-main"), "{started}");
    let mut command = home.command();
    command.current_dir(home.path().join("deep")).args(AGENT);
    let ran = Ran::of(&mut command).succeeds().complains("note: the manifest is ../xreq.yaml");
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
}
