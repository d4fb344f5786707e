//! xreq becomes the agent: the same process, with all that a process has.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{self, Stdio};

use crate::launch::{covered, members_of, script, sees_the_same, text, there_is};
use crate::support::pty::Pty;
use crate::support::{Home, Ran, XREQ};

#[test]
fn the_agent_has_the_process_id_that_the_caller_was_told() {
    let home = covered();
    let xreq = script(&home, "echo $$ $PPID").stdout(Stdio::piped()).spawn().expect("xreq");
    let id = xreq.id();
    let printed = xreq.wait_with_output().expect("the agent ends").stdout;
    assert_eq!(String::from_utf8_lossy(&printed), format!("{id} {}\n", process::id()));
}

/// Parent, process group, session, terminal and niceness.
#[test]
fn family_and_priority_are_the_callers() {
    let home = covered();
    let probe = [
        "sh",
        "-c",
        "read -r pid name state rest </proc/$$/stat; set -- $rest; \
                              echo $1 $2 $3 $4 $5 ${15} ${16}",
    ];
    // Started by the same shell, which waits for both.
    let both = format!("\"$@\"; {XREQ} run -- \"$@\"; exit");
    let found = text(
        home.program("nice")
            .args(["-n", "7", "sh", "-c", &both, "sh"])
            .args(probe)
            .process_group(0),
    );
    let [alone, below] = found.lines().collect::<Vec<_>>()[..] else { panic!("{found}") };
    assert_eq!(below, alone);
    assert!(alone.ends_with(" 27 7"), "{alone}");
}

#[test]
fn limits_are_the_callers() {
    let home = covered();
    let setup = "ulimit -n 77; ulimit -c 0; ulimit -t 600; ulimit -f 12345; ulimit -S -s 4096";
    let seen = sees_the_same(&home, setup, &["cat", "/proc/self/limits"]);
    let files = seen.lines().find(|line| line.starts_with("Max open files")).expect("a limit");
    assert_eq!(files.split_whitespace().nth(3), Some("77"));
}

#[test]
fn the_umask_and_what_else_the_kernel_notes_are_the_callers() {
    let home = covered();
    let what =
        "^(Umask|Sig[BIC]|ShdPnd|Threads|Groups|Uid|Gid|Cap|NoNewPrivs|Seccomp|Cpus_allowed|Mems)";
    let probe = ["grep", "-E", what, "/proc/self/status"];
    let seen = sees_the_same(&home, "umask 0137", &probe);
    assert!(seen.contains("Umask:\t0137\n"), "{seen}");
    assert!(seen.contains("Threads:\t1\n"), "{seen}");
}

#[test]
fn the_working_directory_is_the_callers() {
    let home = covered();
    home.write("below/ünïcode \n folder/file", "");
    let setup = "cd below/*; ln -s . link; cd link";
    let seen =
        sees_the_same(&home, "cd below/*", &["sh", "-c", "readlink /proc/$$/cwd; echo $PWD"]);
    assert!(seen.contains("/below/ünïcode \n folder\n"), "{seen}");
    let seen = sees_the_same(&home, setup, &["sh", "-c", "pwd -L; pwd -P"]);
    assert!(seen.contains("/link\n"), "{seen}");
}

#[test]
fn a_working_directory_that_is_gone_is_no_obstacle() {
    let home = covered();
    let setup = "mkdir gone; cd gone; rmdir ../gone";
    let seen = sees_the_same(&home, setup, &["sh", "-c", "readlink /proc/$$/cwd"]);
    assert!(seen.ends_with("/gone (deleted)\n"), "{seen}");
    let nothing_here = format!("{setup}; exec {XREQ} run -- true");
    Ran::of(home.program("sh").args(["-c", &nothing_here]))
        .exits(125)
        .complains("manifest_missing");
}

/// Descriptors that the caller left open for the agent stay, and none is added.
#[test]
fn open_descriptors_are_the_callers() {
    let home = covered();
    home.write("seven", "through descriptor 7\n");
    let probe = ["sh", "-c", "ls /proc/$$/fd; exit"];
    let setup = "exec 7<seven 9>/dev/null </dev/null 2>/dev/null";
    let seen = sees_the_same(&home, setup, &probe);
    assert!(["0", "7", "9"].iter().all(|fd| seen.lines().any(|line| line == *fd)), "{seen}");
    let read = sees_the_same(&home, setup, &["sh", "-c", "cat <&7"]);
    assert_eq!(read, "through descriptor 7\n");
}

/// The numbers of the signals of one set that a program finds in its status.
fn signals(set: &str, status: &str) -> Vec<u32> {
    let line = status.lines().find(|line| line.starts_with(set)).expect("a set");
    let bits = line.split_whitespace().nth(1).expect("a number");
    let bits = u64::from_str_radix(bits, 16).expect("it is hexadecimal");
    // Real-time signals, which no shell can ignore, are this machine's.
    (1..32).filter(|signal| bits >> (signal - 1) & 1 == 1).collect()
}

/// The status of a program that xreq launches after this setup, and its status without xreq.
fn statuses(setup: &str) -> [String; 2] {
    let home = covered();
    [format!("{XREQ} run --"), String::new()].map(|wrapper| {
        let script = format!("{setup} {wrapper} cat /proc/self/status");
        text(home.program("sh").args(["-c", &script]))
    })
}

/// Rust ignores SIGPIPE before `main`, and nothing of it is left.
#[test]
fn no_signal_is_ignored_blocked_or_caught() {
    for status in statuses("exec") {
        for set in ["SigIgn", "SigBlk", "SigCgt"] {
            assert_eq!(signals(set, &status), [0; 0], "{set}");
        }
    }
}

/// `nohup` and every shell's `&` rely on it.
#[test]
fn signals_that_the_caller_ignores_stay_ignored() {
    for (setup, ignored) in [
        ("trap '' HUP; exec", &[1][..]),
        ("trap '' HUP INT QUIT USR1 TERM; exec", &[1, 2, 3, 10, 15]),
        ("exec nohup", &[1]),
    ] {
        for status in statuses(setup) {
            assert_eq!(signals("SigIgn", &status), ignored, "{setup}");
        }
    }
}

/// The exception, which Python and others ignore and then forget: an agent can be sure of it.
#[test]
fn sigpipe_has_its_default_action() {
    let [below, alone] = statuses("trap '' USR2 PIPE; exec");
    assert_eq!(signals("SigIgn", &alone), [12, 13]);
    assert_eq!(signals("SigIgn", &below), [12]);
}

#[test]
fn signals_that_the_caller_blocks_stay_blocked() {
    if there_is("env", &["--block-signal=USR1", "true"]) {
        for status in statuses("exec env --block-signal=USR1,TERM") {
            assert_eq!(signals("SigBlk", &status), [10, 15]);
        }
    }
}

/// Neither a helper process, nor a child that nobody waits for.
#[test]
fn the_agent_is_alone() {
    let home = covered();
    let mut session = Pty::start(&home, "exec \"$0\" run -- sh -c 'echo ready; read line'");
    session.wait_for("ready\n");
    let agent = session.leader();
    assert_eq!(members_of(agent), [agent]);
    assert_eq!(fs::read_dir(format!("/proc/{agent}/task")).expect("the agent").count(), 1);
    session.type_in("\n");
    assert!(session.end().1.success());
}

/// No grant, no secret, no identity: the least that a launch can be.
#[test]
fn an_app_that_needs_nothing_needs_no_store() {
    let home = Home::empty();
    home.write("xreq.yaml", "name: an app\n");
    assert_eq!(text(&mut script(&home, "echo \"[$XREQ_INTEGRATIONS]\"")), "[]\n");
    assert!(!home.store().exists());
}
