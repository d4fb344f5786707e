//! xreq as the first process of a container: it buries whoever ends there.

use std::fs;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::{To, children, home, until};
use crate::launch::there_is;
use crate::support::{Home, Ran, XREQ};

/// What makes a process the first of its kind.
const FIRST: [&str; 5] = ["--pid", "--fork", "--kill-child", "--mount-proc", "--"];

/// xreq as the first process, whose agent is a script.
fn first(home: &Home, script: &str) -> Command {
    let mut command = home.program("unshare");
    command.args(FIRST).args([XREQ, "run", "--keep-fresh", "--", "sh", "-c", script]);
    command
}

fn is_possible() -> bool {
    let mut probe = FIRST.to_vec();
    probe.push("true");
    there_is("unshare", &probe)
}

/// Processes whose parents are gone become children of the first one.
#[test]
fn orphans_are_buried() {
    if !is_possible() {
        return;
    }
    let script = "
        for i in 1 2 3 4 5 6 7 8 9 10; do
            sh -c 'sh -c \"read line <$0; exit 3\" & exit 0' gate
        done
        grep -l '^PPid:.1$' /proc/[0-9]*/status | wc -l
        exec 8>gate; exec 8>&-
        # All of them have ended as soon as no process but these is left.
        while test \"$(grep -l '^State:.[ZRSD]' /proc/[0-9]*/status 2>/dev/null | wc -l)\" -gt 6; do :; done
        cat /proc/[0-9]*/status 2>/dev/null | grep -c '^State:.Z'";
    let home = home();
    let made = home.program("mkfifo").arg("gate").status().expect("mkfifo");
    assert!(made.success());
    let ran = Ran::of(&mut first(&home, script));
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert!(lines[0].parse::<u32>().expect("a number") >= 10, "no orphans: {}", ran.stdout);
    assert_eq!(lines[1..], ["0"], "{}", ran.stderr);
}

/// The kernel does not let the first process die of a signal, so a runtime sees what a shell would.
#[test]
fn the_end_of_the_agent_is_that_of_the_container() {
    if !is_possible() {
        return;
    }
    let home = home();
    Ran::of(&mut first(&home, "test \"$PPID\" = 1 && exit 7")).exits(7);
    Ran::of(&mut first(&home, "kill -TERM $$")).exits(143);
    Ran::of(&mut first(&home, "kill -KILL $$")).exits(137);
}

/// What a container's runtime sends to stop it arrives: the first process has no defaults.
#[test]
fn a_container_can_be_stopped() {
    if !is_possible() {
        return;
    }
    let home = home();
    let script = "trap 'echo stopped >stopped; exit 42' TERM; echo ready >ready; while :; do sleep 0.1; done";
    let mut runtime = first(&home, script).stdout(Stdio::null()).spawn().expect("unshare");
    until("it does not start", || home.path().join("ready").exists());
    let xreq = children(runtime.id())[0];
    To::Process.send(xreq, Signal::TERM);
    assert_eq!(runtime.wait().expect("it ends").code(), Some(42));
    assert_eq!(fs::read_to_string(home.path().join("stopped")).expect("it was told"), "stopped\n");
}
