//! The two programs: `xreq` does a launch with fresh grants by itself, and `xreq-main` beside it all else.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use super::{covered, text};
use crate::support::machine::lacks;
use crate::support::{Home, Ran, XREQ, XREQ_MAIN};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The path of a copy of `xreq` in a folder of its own, with `xreq-main` as a link to a program, if one
/// is named.
fn apart(home: &Home, main: Option<&str>) -> PathBuf {
    let folder = home.path().join("programs");
    fs::create_dir(&folder).expect("a folder can be made");
    // As `write_program`: a file that this process had open for writing could not be executed.
    let copied = Command::new("cp").arg(XREQ).arg(&folder).status().expect("`cp` starts");
    assert!(copied.success());
    if let Some(main) = main {
        symlink(main, folder.join("xreq-main")).expect("a link can be made");
    }
    folder.join("xreq")
}

#[test]
fn a_launch_with_fresh_grants_needs_no_other_program() {
    let home = covered();
    let xreq = apart(&home, None);
    let agent = ["run", "--", "sh", "-c", "echo ${#X_ACCESS_TOKEN}"];
    let launched = text(home.program(&xreq).args(agent));
    assert_eq!(launched, format!("{}\n", super::TOKEN.len()));
    // Statuses of the launch alone.
    Ran::of(home.program(&xreq).args(["run", "--", "sh", "-c", "exit 7"])).exits(7);
}

#[test]
fn a_program_that_is_missing_is_named_with_its_package() {
    let home = covered();
    let xreq = apart(&home, None);
    let path = home.path().canonicalize().expect("it is there").join("programs/xreq-main");
    for (args, status) in [
        (&["check"][..], 3),
        (&["--help"], 3),
        (&[], 3),
        (&["run", "--dry-run", "--", "true"], 125),
        (&["run", "--keep-fresh", "--", "true"], 125),
        (&["--color", "never", "run", "--", "true"], 125),
        (&["run", "--min-ttl", "100d", "--strict", "--", "true"], 125),
    ] {
        Ran::of(home.program(&xreq).args(args))
            .exits(status)
            .complains("error[program_missing]")
            .complains(&format!("the program `{}` is missing", path.display()))
            .complains("of the package `xreq`")
            .complains("cargo build --release");
    }
}

#[test]
fn a_link_to_the_program_finds_the_other_one() {
    let home = covered();
    symlink(XREQ, home.path().join("linked")).expect("a link can be made");
    Ran::of(home.program(home.path().join("linked")).arg("check")).succeeds();
}

/// Runs `xreq-main` as if `xreq` of some version had become it, in the process `id` of the shell.
fn of_version(home: &Home, id: &str, version: &str, args: &[&str]) -> Ran {
    let script = format!("XREQ_STARTED_BY=\"{id} {version}\" exec \"$0\" \"$@\"");
    Ran::of(home.program("sh").args(["-c", &script, XREQ_MAIN]).args(args))
}

#[test]
fn a_program_of_another_version_is_refused_and_both_are_named() {
    let home = covered();
    for (args, status) in [(&["check"][..], 3), (&["run", "--", "true"], 125), (&["@stage"], 3)] {
        of_version(&home, "$$", "0.0.7", args)
            .exits(status)
            .complains("error[program_mismatch]")
            .complains(&format!("`xreq` is of version 0.0.7, `xreq-main` beside it of {VERSION}"));
    }
    of_version(&home, "$$", VERSION, &["check"]).succeeds();
    // It was meant for another process, which this one is below.
    of_version(&home, "1", "0.0.7", &["check"]).succeeds();
}

/// Words, environment, working directory, descriptors, blocked and ignored signals.
#[test]
fn the_other_program_is_the_same_process() {
    if lacks("python3") {
        return;
    }
    let home = covered();
    home.write("seven", "");
    let xreq = apart(&home, Some("/bin/cat"));
    // Signal 10 is blocked, 1 is ignored; descriptor 7 is open; a name is there twice.
    let start = "import os, signal, sys\n\
        signal.pthread_sigmask(signal.SIG_BLOCK, [10])\n\
        signal.signal(1, signal.SIG_IGN)\n\
        os.dup2(os.open('seven', os.O_RDONLY), 7)\n\
        os.execv(sys.argv[1], ['a name', *sys.argv[2:]])";
    let files = ["cmdline", "environ", "status", "stat", "fdinfo/7"];
    let files = files.map(|file| format!("/proc/self/{file}"));
    let mut command = home.program("python3");
    command.args(["-c", start]).arg(&xreq).args(&files).env("ODD", "a\nb=c");
    let child = command.stdout(std::process::Stdio::piped()).spawn().expect("it starts");
    let id = child.id();
    let output = child.wait_with_output().expect("it ends");
    let seen = String::from_utf8(output.stdout).expect("it is text");
    let words = [&["a name".to_owned()], &files[..]].concat().join("\0");
    assert!(seen.starts_with(&format!("{words}\0")), "{seen}");
    assert!(seen.contains("\0ODD=a\nb=c\0"), "{seen}");
    assert!(seen.contains(&format!("\0XREQ_STARTED_BY={id} {VERSION}\0")), "{seen}");
    assert!(seen.contains(&format!("\nPid:\t{id}\n")), "{seen}");
    let mask = |set: &str| {
        let line = seen.lines().find_map(|line| line.strip_prefix(set)).expect("a set of signals");
        u64::from_str_radix(line.trim(), 16).expect("it is hexadecimal")
    };
    assert_eq!(mask("SigBlk:"), 1 << 9);
    assert_eq!(mask("SigIgn:") & 1, 1);
    assert!(seen.contains("\npos:\t0\n"), "descriptor 7 is open: {seen}");
}

/// The variable by which the programs speak to each other is neither an agent's nor part of a plan.
#[test]
fn agents_do_not_see_how_they_were_started() {
    let home = covered();
    for options in [&[][..], &["--redact"], &["--min-ttl", "1m"]] {
        let mut command = home.command();
        let seen = text(command.arg("run").args(options).args(["--", "env"]));
        assert!(seen.contains("X_ACCESS_TOKEN=") && !seen.contains("XREQ_STARTED_BY"), "{seen}");
    }
}

#[test]
fn both_programs_call_themselves_xreq() {
    let home = covered();
    for args in
        [&["--help"][..], &["run", "--help"], &["run"], &["check", "--no-such"], &["--version"]]
    {
        let [small, whole] =
            [XREQ, XREQ_MAIN].map(|program| Ran::of(home.program(program).args(args)));
        assert_eq!(small.status.code(), whole.status.code(), "{args:?}");
        assert_eq!((&small.stdout, &small.stderr), (&whole.stdout, &whole.stderr), "{args:?}");
        assert!(!(small.stdout + &small.stderr).contains("xreq-main"), "{args:?}");
    }
}

/// A pipe can be read once: the program that has to word something must find all of it.
#[test]
fn what_can_be_read_once_is_left_to_one_program() {
    let home = covered();
    let manifest = "integrations: [x.tweet.read, x.dm.read]\n";
    home.xreq_with(&["run", "--manifest", "-", "--", "true"], manifest)
        .exits(125)
        .complains("Missing scope: dm.read");
    let met = "integrations: [x.tweet.read]\n";
    home.xreq_with(&["run", "--manifest", "/dev/stdin", "--", "true"], met).succeeds();
}
