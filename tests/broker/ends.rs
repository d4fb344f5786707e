//! The end of a run with a broker: each process goes with the others.

use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::*;
use crate::support::wait::until;

/// A run whose agent has told where the broker is.
fn started(house: &House) -> (Child, String, u16) {
    let script = "echo $$ >agent; printf '%s %s' \"$SSL_CERT_FILE\" \"${HTTPS_PROXY##*:}\" >ready.tmp; \
                  mv ready.tmp ready; sleep 60";
    let mut command = brokered(house, &[], script);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let file = house.home.path().join("ready");
    until("the agent runs", || file.exists());
    let told = fs::read_to_string(&file).expect("it is there");
    let (certificates, port) = told.split_once(' ').expect("two words");
    (child, certificates.to_owned(), port.parse().expect("a port"))
}

fn listens(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn a_run_that_is_killed_takes_agent_broker_and_files_along() {
    let house = house();
    let (mut child, certificates, port) = started(&house);
    assert!(listens(port));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    until("the broker is gone", || !listens(port));
    until("its files are gone", || !fs::exists(&certificates).expect("it can be looked at"));
    let agent = fs::read_to_string(house.home.path().join("agent")).expect("it told");
    let agent = format!("/proc/{}", agent.trim());
    until("the agent is gone", || !fs::exists(&agent).expect("it can be looked at"));
}

#[test]
fn a_broker_that_is_killed_ends_the_run() {
    let house = house();
    let (child, _, port) = started(&house);
    let broker = Pid::from_raw(broker_of(&child)).expect("a process");
    kill_process(broker, Signal::KILL).expect("it is ours");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(125));
    // The system closes what a killed process had open one after the other, the link to xreq first.
    until("nobody listens any more", || !listens(port));
}
