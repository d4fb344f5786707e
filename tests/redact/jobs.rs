//! Signals and job control, where the agent has a terminal of its own.

use crate::redact::{covered, in_shell, xreq};
use crate::support::machine::lacks;
use crate::support::pty::{Pty, ended};
use crate::support::wait::until;

/// An agent that counts what is sent to it, until a line is typed.
fn counting(signal: &str) -> String {
    let agent = format!(
        "n=0; trap 'n=$((n+1)); echo told $n' {signal}; echo ready; until read line; do :; done; echo $n in all"
    );
    format!("sh -c \"{}\"", agent.replace('$', "\\$"))
}

#[test]
fn ctrl_c_arrives_once() {
    let home = covered();
    let mut session = Pty::start(&home, &format!("exec {}", in_shell(&counting("INT"))));
    session.wait_for("ready\n");
    for number in 1..=3 {
        session.type_in("\x03");
        session.wait_for(&format!("told {number}\n"));
    }
    session.type_in("\n");
    session.wait_for("3 in all\n");
    assert_eq!(ended(session.end().1), "exit 0");
}

#[test]
fn ctrl_c_and_ctrl_backslash_kill_the_agent_and_xreq_the_same_way() {
    let home = covered();
    for (key, end) in [("\x03", "signal 2"), ("\x1c", "signal 3")] {
        let script = format!("ulimit -c 0; exec {}", in_shell("sh -c 'echo ready; exec cat'"));
        let mut session = Pty::start(&home, &script);
        session.wait_for("ready\n");
        session.type_in(key);
        assert_eq!(ended(session.end().1), end);
    }
}

/// What is sent to xreq alone, and what is sent to its group.
#[test]
fn signals_arrive_once() {
    let home = covered();
    for signal in ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "WINCH"] {
        for to in ["", "-"] {
            let script = format!("exec {}", in_shell(&counting(signal)));
            let mut session = Pty::start(&home, &script);
            session.wait_for("ready\n");
            for number in 1..=2 {
                let to = format!("{to}{}", session.leader());
                let kill = home.program("kill").args([&format!("-{signal}"), "--", &to]).status();
                assert!(kill.expect("kill can be started").success());
                session.wait_for(&format!("told {number}\n"));
            }
            session.type_in("\n");
            session.wait_for("2 in all\n");
            assert_eq!(ended(session.end().1), "exit 0", "{signal} {to}");
        }
    }
}

#[test]
fn ctrl_z_stops_and_fg_continues() {
    let home = covered();
    let script = format!(
        "set -m
        {}
        echo stopped with $?; read line
        fg >/dev/null
        echo ended with $?",
        in_shell(
            "sh -c 'echo ready; read line; echo got $line; read line; echo got $line; exit 5'"
        )
    );
    let mut session = Pty::start(&home, &script);
    session.wait_for("ready\n");
    let modes = session.modes();
    session.type_in("\x1a");
    session.wait_for("stopped with 148\n");
    assert_ne!(session.modes(), modes, "the terminal is as it was");
    session.type_in("\n");
    session.type_in("a line\n");
    session.wait_for("got a line\n");
    assert_eq!(session.modes(), modes, "xreq passes keys on again");
    session.type_in("another\n");
    session.wait_for("got another\n");
    session.wait_for("ended with 5\n");
    assert_eq!(ended(session.end().1), "exit 0");
}

/// A shell with job control below a shell with job control.
#[test]
fn an_interactive_shell_works() {
    if lacks("bash") {
        return;
    }
    let home = covered().var("PS1", "prompt> ").var("TERM", "dumb");
    let agent = "bash --norc --noprofile -i";
    let mut session = Pty::start(&home, &format!("exec {}", in_shell(agent)));
    session.wait_for("prompt> ");
    session.type_in("sh -c 'echo began; exec sleep 100'\n");
    session.wait_for("\nbegan\n");
    session.type_in("\x1a");
    session.wait_for("Stopped");
    session.type_in("echo $X_ACCESS_TOKEN; jobs; kill %1\n");
    session.wait_for("***\n");
    // The first time it may warn of the job.
    session.type_in("exit 6\nexit 6\n");
    assert_eq!(ended(session.end().1), "exit 6");
}

/// A person's shell, and a script of theirs, which is stopped together with xreq.
#[test]
fn it_is_a_job_of_an_interactive_shell() {
    if lacks("bash") {
        return;
    }
    let home = covered().var("PS1", "prompt> ").var("TERM", "dumb");
    let mut session = Pty::start(&home, "exec bash --norc --noprofile -i");
    session.wait_for("prompt> ");
    let agent = "sh -c \"echo ready; cat; exit 9\"";
    session.type_in(&format!("sh -c '{} run --redact -- {agent}; exit $?'\n", xreq()));
    session.wait_for("\nready\n");
    session.type_in("one\n");
    session.wait_for("one\none\n");
    session.type_in("\x1a");
    session.wait_for("Stopped");
    session.wait_for("prompt> ");
    session.type_in("echo between\n");
    session.wait_for("between\n");
    session.type_in("fg\n");
    session.wait_for("run --redact");
    session.type_in("two\n");
    session.wait_for("two\n");
    session.wait_for("two\n");
    session.type_in("\x04");
    session.wait_for("prompt> ");
    session.type_in("echo status $?\n");
    session.wait_for("status 9\n");
    session.type_in("exit\n");
    session.end();
}

/// Whoever looks after the job continues it as soon as they see it stopped, which its leader is first.
#[test]
fn what_continues_a_stopping_job_is_never_lost() {
    const ROUNDS: u32 = 200;
    let home = covered();
    let agent = format!(
        "sh -c \"i=0; while [ \\$i -lt {ROUNDS} ]; do i=\\$((i+1)); kill -TSTP \\$\\$; done; echo all done\""
    );
    let script = format!(
        "set -m; stops=0
        sh -c '{} run --redact -- {agent}; exit $?'
        while [ $? -gt 128 ]; do stops=$((stops+1)); fg >/dev/null; done
        echo stopped $stops times",
        xreq()
    );
    let mut session = Pty::start(&home, &script);
    session.wait_for("all done\n");
    session.wait_for(&format!("stopped {ROUNDS} times\n"));
    assert_eq!(ended(session.end().1), "exit 0");
}

/// Whoever kills xreq kills the agent.
#[test]
fn a_killed_xreq_leaves_nobody_behind() {
    let home = covered();
    let script = format!("{}; echo gone", in_shell("sh -c 'echo id $$; exec sleep 60'"));
    let mut session = Pty::start(&home, &script);
    session.wait_for("id ");
    let agent = session.wait_for("\n").trim().to_owned();
    let stat = |id: &str| std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let parent_of = |id: &str| -> String {
        let stat = stat(id);
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        after_name.split_whitespace().nth(1).unwrap_or_default().to_owned()
    };
    let xreq = parent_of(&parent_of(&agent));
    assert!(home.program("kill").args(["-KILL", &xreq]).status().expect("kill").success());
    session.wait_for("gone\n");
    until("the agent is gone", || stat(&agent).is_empty() || stat(&agent).contains(") Z "));
}
