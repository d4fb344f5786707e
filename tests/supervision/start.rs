//! Signals in the first moments, and many of them at once.

use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process_group};

use super::{To, Way, agent_of, home, lives, log, pid, seen, start, until};
use crate::launch::members_of;
use crate::support::machine::lacks;
use crate::support::{Home, XREQ};

/// How often a moment is hit.
const TIMES: u32 = 100;

/// An agent that takes as long as it is let, started without a terminal as the leader of a group.
fn start_sleeping(home: &Home) -> Child {
    let mut command = home.program(XREQ);
    command.args(["run", "--keep-fresh", "--", "sleep", "600"]).process_group(0);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("xreq starts")
}

/// Lets a moment pass, each time another one, from none to about the time that a start takes.
fn a_moment(round: u32, start: Duration) {
    let end = Instant::now() + start * 2 * round / TIMES;
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}

/// How long it takes until the agent is there.
fn time_to_start(home: &Home) -> Duration {
    let began = Instant::now();
    let mut xreq = start_sleeping(home);
    agent_of(xreq.id());
    let took = began.elapsed();
    xreq.kill().expect("it runs");
    xreq.wait().expect("it ends");
    took
}

/// The agent dies with xreq, also where it was just about to begin.
#[test]
fn no_moment_to_kill_xreq_leaves_an_agent() {
    let home = home();
    let took = time_to_start(&home);
    for round in 0..TIMES {
        let mut xreq = start_sleeping(&home);
        let group = xreq.id();
        a_moment(round, took);
        xreq.kill().expect("it runs");
        xreq.wait().expect("it ends");
        until("something survives", || !members_of(group).iter().any(|member| lives(*member)));
    }
}

/// Whenever it comes, to one or to all: it ends the agent, and xreq by the same signal.
#[test]
fn no_moment_to_end_xreq_is_lost() {
    let home = home();
    let took = time_to_start(&home);
    for (round, signal) in
        (0..TIMES).zip([Signal::TERM, Signal::INT, Signal::HUP].into_iter().cycle())
    {
        for to in [To::Process, To::Group] {
            let mut xreq = start_sleeping(&home);
            let group = xreq.id();
            a_moment(round, took);
            to.send(group, signal);
            let status = ends(&mut xreq);
            assert_eq!(status.signal(), Some(signal.as_raw()), "round {round} {to:?}");
            until("something survives", || !members_of(group).iter().any(|member| lives(*member)));
        }
    }
}

/// How a process ends, which it has to in time.
#[track_caller]
fn ends(child: &mut Child) -> std::process::ExitStatus {
    let end = Instant::now() + super::PATIENCE;
    loop {
        if let Some(status) = child.try_wait().expect("it is a child of ours") {
            return status;
        }
        if Instant::now() > end {
            let _ = kill_process_group(pid(child.id()), Signal::KILL);
            panic!("the signal was lost");
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Two hundred signals as fast as they can be sent.
#[test]
fn a_burst_of_signals_arrives() {
    if lacks("python3") {
        return;
    }
    let home = home();
    let mut session = start(&home, Way::Supervised, "exit");
    let leader = session.leader();
    let script = "
import os, signal, sys
leader = int(sys.argv[1])
for number in [10, 12, 23, 35, 40] * 20:
    os.kill(leader, number)
    os.killpg(leader, number)
";
    let sent = home.program("python3").args(["-c", script, &leader.to_string()]).status();
    assert!(sent.expect("python").success());
    until("real-time signals were lost", || {
        [35, 40].iter().all(|number| log(&home).matches(&format!("got {number}\n")).count() >= 40)
    });
    To::Process.send(leader, Signal::TERM);
    session.wait_for("clean\n");
    let seen = seen(&home, session.end().1);
    // A common signal that waits already is not sent twice; those in real time all count.
    for signal in [Signal::USR1, Signal::USR2, Signal::URG] {
        assert!((1..=40).contains(&seen.times(signal)), "{signal:?} {seen:?}");
    }
    for number in [35, 40] {
        assert_eq!(seen.log.matches(&format!("got {number}\n")).count(), 40, "{number}");
    }
    assert_eq!(seen.times(Signal::TERM), 1);
    assert_eq!(seen.end, "exit 42");
}

/// The witness has gone, or does not answer: what is sent to xreq is passed on nevertheless.
#[test]
fn a_witness_that_is_lost_is_replaced() {
    if lacks("python3") {
        return;
    }
    for signal in [Signal::KILL, Signal::STOP] {
        let home = home();
        let mut session = start(&home, Way::Supervised, "exit");
        let leader = session.leader();
        let witness = || {
            let is_it = |process: &u32| {
                let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
                name == "signal-witness\n"
            };
            super::children(leader).into_iter().find(is_it)
        };
        let first = witness().expect("there is a witness");
        To::Process.send(first, signal);
        To::Process.send(leader, Signal::USR1);
        session.wait_for("got 10\n");
        until("there is no other witness", || witness().is_some_and(|other| other != first));
        // It knows what the first one would have known.
        To::Group.send(leader, Signal::USR2);
        session.wait_for("got 12\n");
        session.type_in("\x03");
        let seen = seen(&home, session.end().1);
        assert_eq!(seen.times(Signal::USR1), 1);
        assert_eq!(seen.times(Signal::USR2), 1);
        assert_eq!(seen.times(Signal::INT), 1);
    }
}
