//! Output that cannot be written.

use std::fs::{File, OpenOptions};
use std::process::Stdio;

use super::{home, token};
use crate::support::{Home, Ran, XREQ, machine};

/// Runs a command with a device that is always full in the place of a stream.
fn into_full(home: &Home, line: &str, fill: fn(&mut std::process::Command, Stdio)) -> Option<Ran> {
    let Ok(device) = OpenOptions::new().write(true).open("/dev/full") else {
        machine::skips("there is no /dev/full here");
        return None;
    };
    let mut command = home.command();
    command.args(line.split(' '));
    fill(&mut command, Stdio::from(device));
    let child = command.spawn().expect("the program starts");
    Some(Ran::from(child.wait_with_output().expect("it ends")))
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let home = home("old");
    home.write("token.txt", "token");
    for line in [
        "status",
        "status --format json",
        "check",
        "check --format json",
        "explain",
        "explain --format json",
        "validate",
        "validate --format json",
        "catalog",
        "catalog x",
        "catalog x.dm.read --format json",
        "schema",
        "schema manifest",
        "completions zsh",
        "man",
        "init",
        "demo",
        "--help",
        "--version",
        "import --help",
        "help run",
        "import x --scopes tweet.read token.txt",
    ] {
        let full = |command: &mut std::process::Command, full| {
            command.stdout(full).stderr(Stdio::piped());
        };
        let Some(ran) = into_full(&home, line, full) else { return };
        let ran = ran.exits(3).complains("error[output_failed]").complains("No space left");
        assert!(!ran.stderr.contains("panicked"), "{line}: {}", ran.stderr);
    }
    let full = |command: &mut std::process::Command, full| {
        command.stdout(full).stderr(Stdio::piped());
    };
    home.import("old", super::SCOPES);
    into_full(&home, "run --dry-run -- true", full)
        .expect("it is there")
        .exits(125)
        .complains("error[output_failed]");
}

/// Rust's own stream takes a file that was opened for reading alone for one that takes everything.
#[test]
fn a_result_that_goes_where_nothing_can_be_written_is_a_failure() {
    let home = home("old");
    for line in
        ["status", "check", "catalog x", "schema manifest", "--help", "--version", "token x"]
    {
        let device = File::open("/dev/null").expect("it is everywhere");
        let mut command = home.command();
        let ran = Ran::of(command.args(line.split(' ')).stdout(device)).exits(3);
        ran.complains("error[output_failed]").complains("Bad file descriptor");
    }
}

/// Python's `DEVNULL` and Node's `ignore` are the device, open for reading and writing. So it is where
/// the runtime finds standard output closed: only what must not be lost takes one for the other.
#[test]
fn a_result_that_is_thrown_away_is_none() {
    let home = home("old");
    let device = || OpenOptions::new().read(true).write(true).open("/dev/null").expect("a device");
    for (line, exit) in [("catalog x", 0), ("check", 0), ("--version", 0), ("token x", 3)] {
        let mut command = home.command();
        Ran::of(command.args(line.split(' ')).stdout(device())).exits(exit);
    }
}

#[test]
fn a_complaint_that_cannot_be_written_changes_nothing() {
    let home = home("old");
    for (line, exit) in [
        ("check", 0),
        ("check --manifest none.yaml", 2),
        ("check --min-ttl 3h", 1),
        ("check --no-such-option", 2),
        ("status y", 2),
        ("run --min-ttl 3h -- true", 125),
        ("run -- true", 0),
        ("run -- no-such-command", 127),
    ] {
        let full = |command: &mut std::process::Command, full| {
            command.stderr(full).stdout(Stdio::piped());
        };
        let Some(ran) = into_full(&home, line, full) else { return };
        ran.exits(exit);
    }
    assert_eq!(token(&home), "old");
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let home = home("old");
    for line in ["catalog x", "schema manifest", "--help", "check", "status --within 0s"] {
        let mut command = home.command();
        command.args(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        drop(child.stdout.take());
        let ran = Ran::from(child.wait_with_output().expect("it ends"));
        // A short result may have been written before the reader went away.
        assert_eq!(ran.exits(0).stderr, "", "{line}");
    }
}

/// A token is lost unless somebody gets it, however standard output came to take nothing.
#[test]
fn a_token_that_nobody_gets_is_a_failure() {
    let home = home("the-token");
    for format in ["text", "json", "header"] {
        let line = format!("token x --format {format}");
        let full = |command: &mut std::process::Command, full| {
            command.stdout(full).stderr(Stdio::piped());
        };
        let Some(ran) = into_full(&home, &line, full) else { return };
        ran.exits(3).complains("error[output_failed]").complains("No space left");

        let closed = format!("exec \"$0\" {line} >&-");
        let ran = Ran::of(home.program("sh").args(["-c", &closed, XREQ])).exits(3);
        ran.complains("error[output_failed]").complains("standard output is closed");

        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = home.command();
        let ran = Ran::of(command.args(line.split(' ')).stdout(writer)).exits(3);
        let ran = ran.complains("error[output_failed]").complains("Broken pipe");
        assert!(!ran.stderr.contains("the-token"), "{}", ran.stderr);
    }
    // Who throws it away gets what they ask for.
    let thrown = "exec \"$0\" token x >/dev/null";
    Ran::of(home.program("sh").args(["-c", thrown, XREQ])).succeeds();
}

/// Texts of others could tell a terminal to clear itself, to rename its window, or to type.
#[test]
fn no_text_of_others_reaches_the_terminal_as_a_command() {
    let home = home("old");
    let escape = "\\u001b]0;owned\\u0007\\u001b[2J\\u009b2J";
    let response = format!(r#"{{"access_token":"a","scope":"tweet.read {escape}"}}"#);
    let ran = home.xreq_with(&["--color=always", "import", "x"], response).exits(2);
    ran.complains("error[scopes_unknown]");
    let args = ["import", "x", "--scopes", "tweet.read \u{1b}[2J"];
    home.xreq_with(&args, "token").exits(2).complains("no scope has");

    let content = std::fs::read_to_string(home.grant("default")).expect("it can be read");
    let edited = content.replacen("\"tweet.read\"", &format!("\"{escape}\""), 1);
    assert_ne!(edited, content);
    std::fs::write(home.grant("default"), edited).expect("it can be written");
    home.xreq(&["status"]).exits(1).complains("error[store_corrupt]");

    home.import("old", super::SCOPES);
    for manifest in [
        format!("integrations: [{{key: x.tweet.read, description: \"a {escape} b\"}}]\n"),
        format!("integrations: [x.tweet.read, \"{escape}\"]\n"),
        format!("secrets: [{{key: \"{escape}\"}}]\n"),
        format!("\"{escape}\": 1\nsecrets: [{{\"{escape}\": 1}}]\n"),
    ] {
        home.write("xreq.yaml", manifest);
        for line in ["explain", "check", "validate", "run -- true", "run --dry-run -- true"] {
            let args = [&["--color=always"], &*line.split(' ').collect::<Vec<_>>()].concat();
            let ran = home.xreq(&args);
            for shown in [&ran.stdout, &ran.stderr] {
                let commands = ["\u{1b}]", "\u{1b}[2J", "\u{7}", "\u{9b}"];
                assert!(!commands.iter().any(|bad| shown.contains(bad)), "{line}: {shown:?}");
            }
        }
    }
}
