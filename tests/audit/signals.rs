//! Signals that come while a provider is asked for tokens: the process ends by them, and what it got
//! is recorded.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use xreq::sandbox::{Endpoint, Fault};

use super::{house, only, record};
use crate::support::provider::{Connecting, House, PATIENCE};

/// How long the provider takes for its answer: the signal has to come meanwhile.
const SLOW: Duration = Duration::from_secs(3);

/// Sends `SIGTERM` to a process once it has asked for tokens.
#[track_caller]
fn end_while_it_asks(house: &House, process: u32) {
    assert!(house.control().wait_until(PATIENCE, |log| {
        log.iter().any(|logged| logged.endpoint == Endpoint::Token)
    }));
    let id = Pid::from_raw(process.try_into().expect("a number")).expect("it is not 0");
    kill_process(id, Signal::TERM).expect("it runs");
}

#[track_caller]
fn assert_recorded(line: &Value, event: &str, outcome: &str) {
    assert_eq!((line["event"].as_str(), line["outcome"].as_str()), (Some(event), Some(outcome)));
}

#[test]
fn what_became_of_a_refresh_is_recorded_before_a_signal_ends_it() {
    for (is_alive, outcome) in [(true, "done"), (false, "failed")] {
        let house = house();
        if !is_alive {
            house.control().revoke_by_user("alice");
        }
        house.control().clear_log();
        house.control().fault(Endpoint::Token, Fault::Slow(SLOW), 1);
        let mut command = house.home.command();
        command.args(["refresh", "x", "--force"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().expect("the program starts");
        end_while_it_asks(&house, process.id());
        let status = process.wait().expect("it ends");
        assert_eq!(status.signal(), Some(Signal::TERM.as_raw()), "{status}");
        assert_recorded(&only(&house.home), "refresh", outcome);
    }
}

#[test]
fn a_new_grant_is_recorded_before_a_signal_ends_connecting() {
    let house = House::new();
    record(&house);
    house.control().fault(Endpoint::Token, Fault::Slow(SLOW), 1);
    let connecting = Connecting::start(&house.home, &[]);
    let back = house.consent(&connecting.url, "alice", |_| true);
    thread::scope(|scope| {
        scope.spawn(|| connecting.comes_back(&back));
        end_while_it_asks(&house, connecting.id());
    });
    let ran = connecting.end();
    assert_eq!(ran.status.signal(), Some(Signal::TERM.as_raw()), "{}\n{}", ran.status, ran.stderr);
    assert_recorded(&only(&house.home), "connect", "done");
}
