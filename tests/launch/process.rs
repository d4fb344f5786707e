//! xreq becomes the agent: the same process, with all that a process has.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{self, Stdio};

use crate::launch::{covered, members_of, script, sees_the_same, text, there_is};
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

/// The sets of signals that a program has when xreq launches it after this setup, each beside what
/// it has without xreq.
fn signals(setup: &str) -> [(String, String); 3] {
    let home = covered();
    let status = |wrapper: &str| {
        let script = format!("{setup} {wrapper} cat /proc/self/status");
        text(home.program("sh").args(["-c", &script]))
    };
    let (below, alone) = (status(&format!("{XREQ} run --")), status(""));
    ["SigIgn", "SigBlk", "SigCgt"].map(|set| {
        let of = |status: &str| -> String {
            let line = status.lines().find(|line| line.starts_with(set)).expect("a set");
            // Without the real-time signals, which no shell ignores: they are this machine's.
            let bits = line.split_whitespace().nth(1).expect("a number");
            let bits = u64::from_str_radix(bits, 16).expect("it is hexadecimal") & 0x7fff_ffff;
            let members: Vec<_> = (0..31).filter(|bit| bits & 1 << bit != 0).collect();
            members.iter().map(|bit| (bit + 1).to_string() + " ").collect()
        };
        (of(&below), of(&alone))
    })
}

fn both(signals: &str) -> (String, String) {
    (signals.to_owned(), signals.to_owned())
}

/// Rust ignores SIGPIPE before `main`, and nothing of it is left.
#[test]
fn no_signal_is_ignored_blocked_or_caught() {
    assert_eq!(signals("exec"), [both(""), both(""), both("")]);
}

/// `nohup` and every shell's `&` rely on it. The exception is SIGPIPE, which Python and others
/// ignore and then forget: an agent can be sure that it has its default action.
#[test]
fn signals_that_the_caller_ignores_stay_ignored() {
    assert_eq!(signals("trap '' HUP; exec")[0], both("1 "));
    assert_eq!(signals("trap '' HUP INT QUIT USR1 TERM; exec")[0], both("1 2 3 10 15 "));
    assert_eq!(signals("exec nohup")[0], both("1 "));
    let with_pipe = &signals("trap '' USR2 PIPE; exec")[0];
    assert_eq!(*with_pipe, ("12 ".to_owned(), "12 13 ".to_owned()));
}

#[test]
fn signals_that_the_caller_blocks_stay_blocked() {
    if there_is("env", &["--block-signal=USR1", "true"]) {
        assert_eq!(signals("exec env --block-signal=USR1,TERM")[1], both("10 15 "));
    }
}

/// Neither a helper process, nor a child that nobody waits for.
#[test]
fn the_agent_is_alone() {
    let home = covered();
    let mut agent = script(&home, "echo ready; read line; exit 0");
    // A group of its own, which whatever xreq had started would be in.
    agent.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut agent = agent.spawn().expect("xreq can be started");
    let mut ready = String::new();
    BufReader::new(agent.stdout.as_mut().expect("a pipe")).read_line(&mut ready).expect("a line");
    let group = members_of(agent.id());
    let threads = fs::read_dir(format!("/proc/{}/task", agent.id())).expect("the agent").count();
    drop(agent.stdin.take());
    assert!(agent.wait().expect("a child").success());
    assert_eq!((ready.as_str(), threads), ("ready\n", 1));
    assert_eq!(group, [agent.id()]);
}

/// No grant, no secret, no identity: the least that a launch can be.
#[test]
fn an_app_that_needs_nothing_needs_no_store() {
    let home = Home::empty();
    home.write("xreq.yaml", "name: an app\n");
    assert_eq!(text(&mut script(&home, "echo \"[$XREQ_INTEGRATIONS]\"")), "[]\n");
    assert!(!home.store().exists());
}
