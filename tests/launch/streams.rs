//! Standard input, output and error are the agent's: the same open files, not copies of bytes.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use rustix::pipe::pipe;

use crate::launch::{covered, launch, output, script, text};
use crate::support::machine::skips;
use crate::support::{Home, Ran, XREQ};

/// Bytes that no text has and no compression shortens.
fn noise(length: usize) -> Vec<u8> {
    let mut state: u32 = 0x9e37_79b9;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn large_binary_input_arrives_through_a_pipe() {
    let home = covered();
    let sent = noise(8 << 20);
    Ran::with_input(&mut script(&home, "cat >received"), &sent).succeeds();
    assert!(fs::read(home.path().join("received")).expect("a file") == sent);
}

#[test]
fn output_and_errors_leave_byte_for_byte() {
    let home = covered();
    let sent = noise(2 << 20);
    home.write("sent", &sent);
    assert!(output(&mut launch(&home, &["cat", "sent"])) == sent);
    let ran = script(&home, "cat sent >&2; echo done").output().expect("xreq can be started");
    assert!(ran.stderr == sent);
    assert_eq!(ran.stdout, b"done\n");
}

/// xreq adds nothing of its own where all is well.
#[test]
fn xreq_is_silent() {
    let home = covered();
    let ran = Ran::of(&mut launch(&home, &["true"])).succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

/// Not a byte of the input is xreq's: what the agent leaves is there for whoever comes next.
#[test]
fn input_that_the_agent_leaves_is_left() {
    let home = covered();
    home.write("input", "one\ntwo\nthree\n");
    let both = format!("{XREQ} run -- sh -c 'read line; echo \"agent: $line\"'; cat");
    let found = text(
        home.program("sh")
            .args(["-c", &both])
            .stdin(File::open(home.path().join("input")).expect("a file")),
    );
    assert_eq!(found, "agent: one\ntwo\nthree\n");
}

#[test]
fn a_manifest_from_standard_input_is_all_of_it() {
    let home = covered();
    let args = ["run", "--manifest", "-", "--", "sh", "-c", "wc -c; echo $XREQ_INTEGRATIONS"];
    let ran = home.xreq_with(&args, "integrations: [x.user.read]").succeeds();
    assert_eq!(ran.stdout.trim_start(), "0\nx.user.read\n");
}

/// The same file, position, mode and flags, which no pipe or copy in between would have.
#[test]
fn the_streams_are_the_callers_open_files() {
    let home = covered();
    home.write("input", "one\ntwo\n");
    let probe = "for fd in 0 1 2; do readlink /proc/$$/fd/$fd; cat /proc/$$/fdinfo/$fd; done; exit";
    let found = |wrapper: &str| {
        let script = format!("{{ read line; {wrapper} sh -c '{probe}'; }} <input >output 2>>log");
        Ran::of(home.program("sh").args(["-c", &script])).succeeds();
        fs::read_to_string(home.path().join("output")).expect("the output")
    };
    let alone = found("");
    assert_eq!(found(&format!("{XREQ} run --")), alone);
    for part in ["/input\npos:\t4\n", "/output\npos:\t", "/log\npos:\t0\nflags:\t0102001\n"] {
        assert!(alone.contains(part), "{alone}");
    }
}

#[test]
fn no_input_is_no_input() {
    let home = covered();
    assert_eq!(text(script(&home, "wc -c").stdin(Stdio::null())).trim(), "0");
    assert_eq!(text(script(&home, "wc -c").stdin(Stdio::piped())).trim(), "0");
}

/// A program that opens a file must not get it as its standard output by accident, and so what is
/// closed is `/dev/null` before anything else happens.
#[test]
fn closed_streams_are_dev_null() {
    let home = covered();
    let find = "find /proc/self/fd -lname /dev/null -fprintf found %f";
    let agent = format!("exec {XREQ} run -- {find} <&- >&- 2>&-");
    Ran::of(home.program("sh").args(["-c", &agent])).succeeds();
    let found = fs::read_to_string(home.path().join("found")).expect("what was found");
    assert!(found.starts_with("012"), "{found}");
}

/// An agent whose reader goes away dies as it would have died alone.
#[test]
fn a_broken_pipe_ends_the_agent() {
    let home = covered();
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    let mut agent = launch(&home, &["yes"]);
    let status = agent.stdout(writer).status().expect("xreq can be started");
    assert_eq!(status.signal(), Some(13));
}

/// xreq's own output, and a reader who has had enough.
#[test]
fn a_broken_pipe_of_xreq_is_quiet_and_successful() {
    let home = covered();
    for args in [
        &["catalog", "x"][..],
        &["catalog", "x", "--format", "json"],
        &["explain"],
        &["check"],
        &["status", "--within", "0s"],
        &["validate", "xreq.yaml"],
        &["schema", "manifest"],
        &["completions", "bash"],
        &["man", "run"],
        &["run", "--dry-run", "--", "true"],
        &["run", "--help"],
        &["--version"],
        &["secret", "list"],
    ] {
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let ran = Ran::of(home.command().args(args).stdout(writer)).succeeds();
        assert_eq!(ran.stderr, "", "{args:?}");
    }
    let head = format!("{XREQ} catalog x | head -1");
    let ran = Ran::of(home.program("sh").args(["-c", &head])).succeeds();
    assert_eq!((ran.stdout.lines().count(), ran.stderr.as_str()), (1, ""));
}

/// Nobody reads the complaint either: the status is all that is left, and it is the right one.
#[test]
fn a_broken_pipe_does_not_turn_a_failure_into_a_success() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    let mut agent = launch(&home, &["touch", "launched"]);
    let status = agent.stderr(writer).status().expect("xreq can be started");
    assert_eq!(status.code(), Some(125));
    assert!(!home.path().join("launched").exists());
}

#[test]
fn a_full_disk_is_a_failure() {
    let home = covered();
    let Ok(mut full) = File::options().write(true).open("/dev/full") else {
        return skips("there is no /dev/full");
    };
    assert!(full.write_all(b"full").is_err());
    Ran::of(home.command().args(["catalog", "x"]).stdout(full)).exits(3).complains("output_failed");
}
