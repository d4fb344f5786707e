//! xreq becomes the agent: the same process, with all that a process has.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{self, Stdio};

use crate::launch::{covered, launch, script, sees_the_same, text, there_is};
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
    let probe = ["sh", "-c", "find /proc/$$/fd -type l -printf '%f %l\\n' | sort; exit"];
    let setup = "exec 7<seven 9>/dev/null </dev/null 2>/dev/null";
    let seen = sees_the_same(&home, setup, &probe);
    let found: Vec<_> = seen.lines().map(|line| line.split(' ').next().expect("a word")).collect();
    assert_eq!(found, ["0", "1", "2", "7", "9"], "{seen}");
    let read = sees_the_same(&home, setup, &["sh", "-c", "cat <&7"]);
    assert_eq!(read, "through descriptor 7\n");
}

#[test]
fn no_signal_is_ignored_blocked_or_pending() {
    let home = covered();
    let found = text(&mut launch(
        &home,
        &["grep", "-E", "^(Sig(Pnd|Blk|Ign|Cgt)|ShdPnd)", "/proc/self/status"],
    ));
    let none = "0000000000000000";
    assert_eq!(
        found,
        format!(
            "SigPnd:\t{none}\nShdPnd:\t{none}\nSigBlk:\t{none}\nSigIgn:\t{none}\nSigCgt:\t{none}\n"
        )
    );
}

/// `nohup` and every shell's `&` rely on it. The exception is SIGPIPE, which Python and others
/// ignore and then forget: an agent can be sure that it has its default action.
#[test]
fn signals_that_the_caller_ignores_stay_ignored() {
    let home = covered();
    let probe = ["grep", "^SigIgn", "/proc/self/status"];
    let bits = |numbers: &[u32]| -> String {
        let mask: u64 = numbers.iter().map(|number| 1 << (number - 1)).sum();
        format!("SigIgn:\t{mask:016x}\n")
    };
    assert_eq!(sees_the_same(&home, "trap '' HUP", &probe), bits(&[1]));
    assert_eq!(
        sees_the_same(&home, "trap '' HUP INT QUIT TERM USR1", &probe),
        bits(&[1, 2, 3, 10, 15])
    );
    let mut agent = home.program("nohup");
    agent.arg(XREQ).args(["run", "--"]).args(probe);
    assert_eq!(text(&mut agent), bits(&[1]));
    let with_pipe =
        format!("trap '' PIPE USR2; exec {XREQ} run -- {} '{}' {}", probe[0], probe[1], probe[2]);
    assert_eq!(text(home.program("sh").args(["-c", &with_pipe])), bits(&[12]));
}

#[test]
fn no_signal_stays_blocked() {
    if !there_is("env", &["--block-signal=USR1", "true"]) {
        return;
    }
    let home = covered();
    let mut agent = home.program("env");
    agent.args([
        "--block-signal=USR1,TERM",
        XREQ,
        "run",
        "--",
        "grep",
        "^SigBlk",
        "/proc/self/status",
    ]);
    assert_eq!(text(&mut agent), "SigBlk:\t0000000000000000\n");
}

/// Neither a helper process, nor a child that nobody waits for.
#[test]
fn the_agent_is_alone() {
    let home = covered();
    let mut agent = script(&home, "echo ready; read line; exit");
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

/// The processes of a group.
fn members_of(group: u32) -> Vec<u32> {
    let ids = fs::read_dir("/proc")
        .expect("processes")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    ids.filter(|id: &u32| {
        // `pid (name) state ppid pgrp …`; a process that has just ended has no such file.
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        after_name.split_whitespace().nth(2) == Some(&group.to_string())
    })
    .collect()
}

/// No grant, no secret, no identity: the least that a launch can be.
#[test]
fn an_app_that_needs_nothing_needs_no_store() {
    let home = Home::empty();
    home.write("xreq.yaml", "name: an app\n");
    assert_eq!(text(&mut script(&home, "echo \"[$XREQ_INTEGRATIONS]\"")), "[]\n");
    assert!(!home.store().exists());
}
