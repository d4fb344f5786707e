//! How an agent is told of what becomes of its grant, and that it lives on meanwhile.

use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use xreq::sandbox::Options;

use super::until;
use crate::support::provider::House;

/// An agent that notes its launches, and reads its configuration anew at a hang-up.
const AGENT: &str =
    "trap 'echo reloaded >>notes' HUP; echo launched >>notes; while :; do sleep 0.05; done";

fn launch(house: &House, options: &[&str]) -> Child {
    let mut xreq = house.home.command();
    xreq.args(["run", "--keep-fresh"]).args(options).args(["--", "sh", "-c", AGENT]);
    xreq.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("xreq starts")
}

fn notes(house: &House) -> String {
    fs::read_to_string(house.home.path().join("notes")).unwrap_or_default()
}

fn end(mut xreq: Child) {
    xreq.kill().expect("it is ours");
    xreq.wait().expect("it ends");
}

/// The token would live too short for a launch. The command is run all the same, and ends nobody.
#[test]
fn a_command_hears_of_a_dead_grant_and_the_agent_lives_on() {
    let house = House::with(Options { expires_in: 400, ..Options::default() });
    house.connect(&[]).succeeds();
    let command = "exec echo $XREQ_EVENT $XREQ_PROVIDER >>notes";
    let mut xreq = launch(&house, &["--deliver", "file", "--on-refresh", command]);
    until("the agent is there", || notes(&house) == "launched\n");
    house.age(200);
    house.control().revoke_by_user("alice");
    house.home.xreq(&["refresh", "x", "--force"]).exits(1);
    until("the command has run", || notes(&house).contains("dead x\n"));
    thread::sleep(Duration::from_millis(200));
    assert_eq!(xreq.try_wait().expect("it is ours"), None);
    end(xreq);
}

/// A signal that the agent has handled ends no restart that follows much later.
#[test]
fn a_signal_that_was_handled_is_no_wish_to_end() {
    let house = House::connected();
    house.age(100);
    let options = ["--deliver", "env", "--on-refresh", "restart", "--grace", "1s"];
    let xreq = launch(&house, &options);
    until("the agent is there", || notes(&house) == "launched\n");
    kill_process(Pid::from_child(&xreq), Signal::HUP).expect("it lives");
    until("the agent has heard", || notes(&house) == "launched\nreloaded\n");
    thread::sleep(Duration::from_millis(1_100));
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    until("it is launched anew", || notes(&house) == "launched\nreloaded\nlaunched\n");
    end(xreq);
}

/// Who does not want to wait for an account to be connected anew hears of it by the status.
#[test]
fn a_dead_grant_ends_the_agent_where_that_is_asked_for() {
    let house = House::connected();
    house.age(100);
    let mut xreq = launch(&house, &["--on-dead", "exit", "--grace", "5s"]);
    until("the agent is there", || notes(&house) == "launched\n");
    house.control().revoke_by_user("alice");
    house.home.xreq(&["refresh", "x", "--force"]).exits(1);
    assert_eq!(xreq.wait().expect("it ends").code(), Some(125));
}

#[test]
fn a_dry_run_shows_how_tokens_would_be_delivered() {
    let house = House::connected();
    let shown = |deliver: &str| {
        let args = ["run", "--keep-fresh", "--deliver", deliver, "--dry-run", "--", "true"];
        house.home.xreq(&args).succeeds().stdout
    };
    let without = shown("file,endpoint");
    for name in ["X_ACCESS_TOKEN_FILE", "XREQ_CREDENTIALS_URL", "XREQ_CREDENTIALS_TOKEN"] {
        assert!(without.contains(&format!("set      {name}=")), "{without}");
    }
    assert!(!without.contains("X_ACCESS_TOKEN="), "{without}");
    let env = shown("env");
    assert!(env.contains("set      X_ACCESS_TOKEN=<hidden"), "{env}");
    assert!(!env.contains("CREDENTIALS") && !env.contains("TOKEN_FILE"), "{env}");
}
