//! Programs that start others: pipelines, `setsid`, `nohup`, `timeout`, `script`, `tmux`.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{To, Way, agent, children, home, log, same_in_all_ways, seen, until};
use crate::support::Home;
use crate::support::machine::lacks;
use crate::support::pty::{Pty, ended};

/// The agent that writes down its signals, started in a way, as words of a shell.
fn words(way: Way, how: &str) -> String {
    format!("{} {}", way.wrapper(), agent(how))
}

#[test]
fn ctrl_c_reaches_every_part_of_a_pipeline_once() {
    if lacks("python3") {
        return;
    }
    let found = same_in_all_ways(|way| {
        let home = home();
        let pipeline = format!("{} | sh -c 'trap \"\" INT; exec cat'", words(way, "exit"));
        let script = format!(
            "exec bash -c '{}; echo ${{PIPESTATUS[@]}}' \"$0\"",
            pipeline.replace('\'', "'\\''")
        );
        let script = script.replacen("exec bash -c '", "exec bash -c 'trap : INT; ", 1);
        let mut session = Pty::start(&home, &script);
        session.wait_for("ready\n");
        session.type_in("\x03");
        session.wait_for("clean\n");
        let printed = session.wait_for("42 0\n");
        (log(&home), printed, ended(session.end().1))
    });
    assert_eq!(found.0, "ready\ngot 2\nclean\n");
}

/// No terminal, a session of its own, and whoever waits sees the agent's status.
#[test]
fn below_setsid() {
    if lacks("python3") || lacks("setsid") {
        return;
    }
    let found = same_in_all_ways(|way| {
        let home = home();
        let script = format!("exec setsid --wait {}", words(way, "exit"))
            .replace("$0", crate::support::XREQ);
        let mut setsid =
            home.program("sh").args(["-c", &script]).stdout(Stdio::null()).spawn().expect("sh");
        until("it is not ready", || log(&home).contains("ready\n"));
        // It is no leader of a group here, so it becomes the agent without a child in between.
        To::Process.send(setsid.id(), Signal::TERM);
        (ended(setsid.wait().expect("it ends")), log(&home))
    });
    assert_eq!(found, ("exit 42".into(), "ready\ngot 15\nclean\n".into()));
}

/// An agent that made no arrangements survives the hang-up, and one that did is told.
#[test]
fn below_nohup() {
    if lacks("python3") || lacks("nohup") {
        return;
    }
    let found = same_in_all_ways(|way| {
        let home = home();
        let script =
            format!("exec nohup {} sh -c 'echo ready >log; exec sleep 600'", way.wrapper());
        let mut process = spawn(&home, &script);
        until("it is not ready", || log(&home).contains("ready\n"));
        To::Process.send(process.id(), Signal::HUP);
        To::Process.send(process.id(), Signal::TERM);
        ended(process.wait().expect("it ends"))
    });
    assert_eq!(found, "signal 15");
    let found = same_in_all_ways(|way| {
        let home = home();
        let mut process = spawn(&home, &format!("exec nohup {}", words(way, "exit")));
        until("it is not ready", || log(&home).contains("ready\n"));
        To::Process.send(process.id(), Signal::HUP);
        (ended(process.wait().expect("it ends")), log(&home))
    });
    assert_eq!(found, ("exit 42".into(), "ready\ngot 1\nclean\n".into()));
}

/// Starts a script without a terminal, in which `$0` is xreq.
fn spawn(home: &Home, script: &str) -> std::process::Child {
    let script = script.replace("$0", crate::support::XREQ);
    let mut shell = home.program("sh");
    shell.args(["-c", &script]).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().expect("sh")
}

/// A service manager sends its signal to one process of a service after the other.
#[test]
fn a_signal_to_each_process_is_one_to_the_agent() {
    if lacks("python3") {
        return;
    }
    let mut rounds = 0;
    while rounds < 5 {
        let home = home();
        let mut xreq = spawn(&home, &format!("exec {}", words(Way::Supervised, "exit")));
        until("it is not ready", || log(&home).contains("ready\n"));
        let others = children(xreq.id());
        let began = Instant::now();
        To::Process.send(xreq.id(), Signal::TERM);
        thread::sleep(Duration::from_millis(3));
        for other in others {
            To::Process.send(other, Signal::TERM);
        }
        let took = began.elapsed();
        assert_eq!(ended(xreq.wait().expect("it ends")), "exit 42");
        // It may take too long on a machine that has other things to do.
        if took < Duration::from_millis(8) {
            assert_eq!(log(&home), "ready\ngot 15\nclean\n");
            rounds += 1;
        }
    }
}

/// An agent that does not want its standard input any more closes it for good.
#[test]
fn who_writes_to_the_agent_learns_that_it_does_not_read() {
    let found = same_in_all_ways(|way| {
        let home = home();
        let agent = "sh -c 'read line; exec <&-; for i in $(seq 1000); do
            test -e gone && exit; sleep 0.02; done; exit 1'";
        let script = format!(
            "{{ echo a line; until ! echo another; do sleep 0.02; done; echo >gone; }} 2>/dev/null \
            | {} {agent}",
            way.wrapper()
        );
        ended(spawn(&home, &format!("trap '' PIPE; {script}")).wait().expect("it ends"))
    });
    assert_eq!(found, "exit 0");
}

/// It sends its signal to its child and then to their group, when its alarm comes.
#[test]
fn below_timeout() {
    if lacks("python3") || lacks("timeout") {
        return;
    }
    for (options, status) in [
        ("600", "exit 124"),
        ("--preserve-status 600", "exit 42"),
        ("--foreground -s INT 600", "exit 124"),
    ] {
        let found = same_in_all_ways(|way| {
            let home = home();
            let script = format!("exec timeout {options} {}", words(way, "exit"));
            let mut timeout = spawn(&home, &script);
            until("it is not ready", || log(&home).contains("ready\n"));
            To::Process.send(timeout.id(), Signal::ALARM);
            let status = ended(timeout.wait().expect("it ends"));
            // The signal for the group may come while the first one waits, and is none then.
            let log = log(&home).replace("got 18\n", "").replace("got 15\ngot 15\n", "got 15\n");
            (status, log)
        });
        assert_eq!(found.0, status);
        assert!(found.1.ends_with("clean\n"), "{found:?}");
    }
}

#[test]
fn below_script() {
    if lacks("python3") || lacks("script") {
        return;
    }
    let found = same_in_all_ways(|way| {
        let home = home();
        let inner = words(way, "exit").replace("$0", crate::support::XREQ).replace('\'', "");
        let mut session = Pty::start(&home, &format!("exec script -qec 'exec {inner}' /dev/null"));
        session.wait_for("ready\n");
        session.type_in("\x03");
        let status = session.end().1;
        seen(&home, status)
    });
    assert_eq!(found.end, "exit 42");
    assert_eq!(found.log, "ready\ngot 2\nclean\n");
}

/// Keys, a new size, and a window that is closed.
#[test]
fn below_tmux() {
    if lacks("python3") || lacks("tmux") {
        return;
    }
    let found = same_in_all_ways(|way| {
        let home = home();
        let socket = home.path().join("tmux");
        let tmux = |args: &[&str]| {
            let mut tmux = home.program("tmux");
            tmux.env("TERM", "xterm").args(["-f", "/dev/null", "-S"]).arg(&socket).args(args);
            let output = tmux.output().expect("tmux");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        let run = words(way, "exit").replace("$0", crate::support::XREQ);
        let run = format!("exec {run}");
        tmux(&[
            "new-session",
            "-d",
            "-x",
            "80",
            "-y",
            "24",
            &run,
            ";",
            "set",
            "-g",
            "exit-empty",
            "off",
        ]);
        until("it is not ready", || log(&home).contains("ready\n"));
        tmux(&["resize-window", "-x", "70", "-y", "20"]);
        until("there is no new size", || log(&home).contains("got 28\n"));
        tmux(&["send-keys", "C-c"]);
        until("it does not end", || log(&home).contains("clean\n"));
        let first = log(&home).replace("got 28\n", "");
        fs::remove_file(home.path().join("log")).expect("a log");
        tmux(&["new-session", "-d", "-s", "second", &run]);
        until("it is not ready", || log(&home).contains("ready\n"));
        tmux(&["kill-session", "-t", "second"]);
        until("it does not end", || log(&home).contains("clean\n"));
        let second = log(&home);
        tmux(&["kill-server"]);
        (first, second.replace("got 18\n", ""))
    });
    assert_eq!(found.0, "ready\ngot 2\nclean\n");
    assert_eq!(found.1, "ready\ngot 1\nclean\n");
}
