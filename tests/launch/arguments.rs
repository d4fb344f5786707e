//! Arguments are bytes, and none of those behind `--` is xreq's.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::launch::{TOKEN, covered, launch, output, script, text};

/// Asserts that an agent finds the arguments that it is launched with.
#[track_caller]
fn arrives<S: AsRef<OsStr>>(arguments: &[S]) {
    let home = covered();
    // A shell whose last command is not `cat`, so that it stays what it is.
    let probe = ["sh", "-c", "cat /proc/$$/cmdline; exit 0"].map(OsStr::new);
    let sent: Vec<_> = probe.into_iter().chain(arguments.iter().map(AsRef::as_ref)).collect();
    let found = output(&mut launch(&home, &sent));
    let found: Vec<_> = found.split_inclusive(|byte| *byte == 0).collect();
    let expected: Vec<_> = sent.iter().map(|word| [word.as_bytes(), b"\0"].concat()).collect();
    assert_eq!(found, expected);
}

#[test]
fn any_bytes_arrive() {
    let all: Vec<u8> = (1..=255).collect();
    arrives(
        &[&all[..], b"\xff\xfe", b"\xc3\x28", b"a\xc0\x80b", b"\xed\xa0\x80"]
            .map(OsStr::from_bytes),
    );
    arrives(&["one two", "line\nbreak\r\n", "\ttab", "'\"`$(no)\\", "*", "👋 Grüße", "\x1b[31m"]);
}

#[test]
fn empty_arguments_arrive() {
    arrives(&["", "", "x", ""]);
    arrives::<&str>(&[]);
}

#[test]
fn what_looks_like_an_option_of_xreq_is_the_agents() {
    arrives(&["--", "--help", "--", "-h", "--version", "--dry-run", "--manifest", "nowhere", "-"]);
    arrives(&["run", "--", "--color=always", "--pristine", "-vvv", "--account=x=nobody"]);
}

#[test]
fn very_many_and_very_long_arguments_arrive() {
    arrives(&vec!["argument"; 20_000]);
    arrives(&["a".repeat(120_000)]);
}

/// A program that goes by several names knows itself by the one that was typed.
#[test]
fn the_agent_is_called_what_was_typed() {
    let home = covered();
    for name in ["sh", "/bin/sh", "/bin/../bin/sh"] {
        let found =
            text(&mut launch(&home, &[name, "-c", "tr '\\0' '\\n' </proc/$$/cmdline; exit"]));
        assert_eq!(found.lines().next(), Some(name));
    }
}

#[test]
fn a_command_may_begin_with_a_dash() {
    let home = covered();
    home.write_program("-agent", "#!/bin/sh\necho \"$0 $1\"\n");
    let mut agent = launch(&home, &["-agent", "-x"]);
    assert_eq!(text(agent.env("PATH", ".:/usr/bin:/bin")), "./-agent -x\n");
}

/// What a shell would do with `$NAME` or `;` is not done: there is no shell.
#[test]
fn no_shell_stands_between() {
    let home = covered();
    let found = text(&mut launch(&home, &["echo", "$X_ACCESS_TOKEN;", "`id`", "~", "&&", "*"]));
    assert_eq!(found, "$X_ACCESS_TOKEN; `id` ~ && *\n");
    let inner = text(&mut script(&home, "echo ${#X_ACCESS_TOKEN}"));
    assert_eq!(inner, format!("{}\n", TOKEN.len()));
}
