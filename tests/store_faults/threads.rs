//! A system that has no room for one more thread.

use std::process::Command;

use super::MANIFEST;
use crate::support::provider::House;
use crate::support::trace::can_trace;
use crate::support::{Home, Ran};

/// Runs xreq where no thread can be started, and no process.
fn without_threads(home: &Home, args: &[&str]) -> Ran {
    let direct = home.command();
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=clone,clone3"]);
    command.args(["-e", "inject=clone,clone3:error=EAGAIN"]);
    command.arg(direct.get_program()).args(args).current_dir(home.path());
    command.envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = Ran::of(&mut command);
    assert!(!ran.stderr.contains("panicked"), "{args:?}: {}", ran.stderr);
    ran
}

#[test]
fn manifests_are_judged_by_the_one_thread_there_is() {
    if !can_trace() {
        return;
    }
    let home = Home::empty();
    for number in 0..200 {
        home.write(&format!("m/{number}/xreq.yaml"), MANIFEST);
    }
    without_threads(&home, &["validate", "m"]).succeeds().prints("200 manifests: 0 errors");
}

#[test]
fn grants_are_refreshed_by_the_one_thread_there_is() {
    if !can_trace() {
        return;
    }
    let house = House::connected();
    let ran = without_threads(&house.home, &["refresh", "--all", "--force"]);
    ran.succeeds().prints("1 grant: 1 refreshed");
    without_threads(&house.home, &["refresh", "x", "--force"]).succeeds().prints("is refreshed");
    without_threads(&house.home, &["token", "x"]).succeeds();
    without_threads(&house.home, &["run", "--", "true"]).succeeds();
}

/// A name is resolved without a thread, too.
#[test]
fn a_host_that_has_a_name_is_found() {
    if !can_trace() {
        return;
    }
    let house = House::connected();
    house.moves_to(&house.sandbox.base_url().replace("127.0.0.1", "localhost"));
    let ran = without_threads(&house.home, &["refresh", "x", "--force"]);
    ran.succeeds().prints("is refreshed");
}

/// What cannot do without a thread or a process says so, and nothing is left of it.
#[test]
fn what_needs_a_thread_fails_with_a_code() {
    if !can_trace() {
        return;
    }
    let home = Home::with_manifest(MANIFEST).var("X_CLIENT_ID", "abc");
    home.import("old", super::SCOPES);
    for args in [
        &["run", "--keep-fresh", "--", "true"][..],
        &["run", "--redact", "--", "true"],
        &["daemon"],
        &["sandbox"],
        &["connect", "x", "--expect", "@alice", "--no-browser", "--timeout", "1s"],
        &["demo"],
    ] {
        let ran = without_threads(&home, args);
        assert!(
            matches!(ran.status.code(), Some(3 | 125)),
            "{args:?}: {} {}",
            ran.status,
            ran.stderr
        );
        ran.complains("error[");
    }
}
