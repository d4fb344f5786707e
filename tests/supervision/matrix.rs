//! Every signal, sent in every way, to an agent that is started in every way.

use rustix::process::Signal;

use super::{
    Seen, To, WAYS, Way, agent_of, each, home, lives, log, same_in_all_ways, seen, start, until,
};
use crate::launch::members_of;
use crate::support::Home;
use crate::support::machine::lacks;
use crate::support::pty::ended;

/// Ask an agent to end.
const ENDING: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT];

/// Tell an agent something.
const TELLING: [Signal; 6] =
    [Signal::USR1, Signal::USR2, Signal::WINCH, Signal::CONT, Signal::PIPE, Signal::ABORT];

/// Sends a signal to an agent and then, where that one did not end it, another one that does.
fn told(home: &Home, way: Way, to: To, signal: Signal, how: &str) -> Seen {
    let mut session = start(home, way, how);
    to.send(session.leader(), signal);
    session.wait_for(&format!("got {}\n", signal.as_raw()));
    if !ENDING.contains(&signal) {
        to.send(session.leader(), Signal::TERM);
    }
    seen(home, session.end().1)
}

#[test]
fn what_asks_an_agent_to_end_is_heard_once_and_it_gets_its_time() {
    if lacks("python3") {
        return;
    }
    each(&ENDING, |to, signal| {
        let found = same_in_all_ways(|way| told(&home(), way, to, signal, "exit"));
        let log = format!("ready\ngot {}\nclean\n", signal.as_raw());
        assert_eq!(found, Seen { log, end: "exit 42".into() }, "{signal:?} {to:?}");
    });
}

#[test]
fn an_agent_that_dies_of_a_signal_after_cleaning_up_is_seen_to() {
    if lacks("python3") {
        return;
    }
    each(&ENDING, |to, signal| {
        let found = same_in_all_ways(|way| told(&home(), way, to, signal, "die"));
        assert_eq!(found.times(signal), 1, "{signal:?} {to:?}");
        assert_eq!(found.end, format!("signal {}", signal.as_raw()), "{to:?}");
    });
}

#[test]
fn what_tells_an_agent_something_is_heard_once() {
    if lacks("python3") {
        return;
    }
    each(&TELLING, |to, signal| {
        let found = same_in_all_ways(|way| told(&home(), way, to, signal, "exit"));
        let log = format!("ready\ngot {}\ngot 15\nclean\n", signal.as_raw());
        assert_eq!(found, Seen { log, end: "exit 42".into() }, "{signal:?} {to:?}");
    });
}

/// What reaches the group of xreq has not reached it, so it is passed on.
#[test]
fn an_agent_with_a_group_of_its_own_hears_the_same() {
    if lacks("python3") {
        return;
    }
    each(&[Signal::USR1, Signal::HUP], |to, signal| {
        let found = same_in_all_ways(|way| told(&home(), way, to, signal, "exit apart"));
        assert_eq!(found.times(signal), 1, "{signal:?} {to:?}");
    });
}

/// They are many, and all that are sent arrive.
#[test]
fn real_time_signals_are_heard_as_often_as_they_are_sent() {
    if lacks("python3") {
        return;
    }
    let found = same_in_all_ways(|way| {
        let home = home();
        let session = start(&home, way, "exit");
        let kill = "kill -35 $0; kill -35 $0; kill -64 -$0; kill -35 $0";
        let id = session.leader().to_string();
        let sent = home.program("bash").args(["-c", kill, &id]).status().expect("a shell");
        assert!(sent.success());
        until("one is missing", || log(&home).matches("got ").count() == 4);
        To::Process.send(session.leader(), Signal::TERM);
        session.end();
        // Which of two numbers is served first is nobody's promise.
        let log = log(&home);
        let mut lines: Vec<_> = log.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    });
    assert_eq!(found, ["clean", "got 15", "got 35", "got 35", "got 35", "got 64", "ready"]);
}

/// Ctrl-C, Ctrl-\ and a new size come to the whole group, from the kernel.
#[test]
fn keys_and_sizes_of_a_terminal_are_heard_once() {
    if lacks("python3") {
        return;
    }
    for (key, signal) in [("\x03", Signal::INT), ("\x1c", Signal::QUIT)] {
        for how in ["exit", "die"] {
            let found = same_in_all_ways(|way| {
                let home = home();
                let mut session = start(&home, way, how);
                session.type_in(key);
                seen(&home, session.end().1)
            });
            assert_eq!(found.times(signal), 1, "{found:?}");
        }
    }
    let found = same_in_all_ways(|way| {
        let home = home();
        let mut session = start(&home, way, "exit");
        for rows in [11, 12, 13] {
            session.resize(rows, 22);
            session.wait_for("got 28\n");
        }
        session.type_in("\x03");
        seen(&home, session.end().1)
    });
    assert_eq!(found.times(Signal::WINCH), 3, "{found:?}");
}

/// The terminal goes away: its session's leader is told, and what waits in it is continued.
#[test]
fn a_hang_up_is_heard_once_and_leaves_time() {
    if lacks("python3") {
        return;
    }
    for how in ["exit", "die"] {
        let found = same_in_all_ways(|way| {
            let home = home();
            let session = start(&home, way, how);
            let mut found = seen(&home, session.hang_up());
            // The kernel sends the two signals in either order.
            found.log = found.log.replace("got 18\ngot 1\n", "got 1\ngot 18\n");
            found
        });
        assert_eq!(found.times(Signal::HUP), 1, "{found:?}");
        assert_eq!(found.times(Signal::CONT), 1, "{found:?}");
        assert!(found.log.ends_with("clean\n"), "{found:?}");
    }
}

#[test]
fn nothing_survives_that_is_killed() {
    if lacks("python3") {
        return;
    }
    for to in [To::Process, To::Group] {
        for way in WAYS {
            let home = home();
            let session = start(&home, way, "exit");
            let leader = session.leader();
            let agent = if way == Way::Supervised { agent_of(leader) } else { leader };
            let group = members_of(leader);
            assert_eq!(group.len(), if way == Way::Supervised { 3 } else { 1 }, "{way:?}");
            to.send(leader, Signal::KILL);
            assert_eq!(ended(session.end().1), "signal 9", "{way:?}");
            until("the agent survives", || !lives(agent));
            assert!(!log(&home).contains("clean"), "{way:?}: it was left to end by itself");
            until("something survives", || !group.iter().any(|member| lives(*member)));
        }
    }
}
