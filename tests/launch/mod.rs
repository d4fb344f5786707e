//! `xreq run` launches agents as if they had been started without it.
//!
//! What an agent can see of its surroundings is seen twice by the same program: started directly,
//! and started below xreq. The two may differ in nothing that xreq does not promise to change.

mod arguments;
mod colour;
mod environment;
mod exits;
mod expiry;
mod hidden;
mod interpreters;
mod light;
mod losses;
mod needs;
mod plan;
mod process;
mod programs;
mod prompt;
mod proxies;
mod streams;
mod terminal;
mod told_once;

use std::ffi::OsStr;
use std::fs;
use std::process::{Command, Output};

use crate::support::machine::skips;
use crate::support::{Home, XREQ};

const MANIFEST: &str = "integrations:\n  - x.tweet.read\n";
const SCOPES: &str = "tweet.read users.read";
const TOKEN: &str = "the-access-token-of-the-launch-tests";

/// A home in which everything is met, so that every launch opens the store.
fn covered() -> Home {
    let home = Home::with_manifest(MANIFEST);
    home.import(TOKEN, SCOPES);
    home
}

/// `xreq run` of a command.
fn launch<S: AsRef<OsStr>>(home: &Home, agent: &[S]) -> Command {
    let mut xreq = home.command();
    xreq.args(["run", "--"]).args(agent);
    xreq
}

/// `xreq run` of a shell script.
fn script(home: &Home, script: &str) -> Command {
    launch(home, &["sh", "-c", script])
}

/// The output of a command that succeeds.
#[track_caller]
fn output(command: &mut Command) -> Vec<u8> {
    let Output { status, stdout, stderr } = command.output().expect("the command can be started");
    assert!(status.success(), "{status}: {}", String::from_utf8_lossy(&stderr));
    stdout
}

/// The same as text.
#[track_caller]
fn text(command: &mut Command) -> String {
    String::from_utf8(output(command)).expect("text")
}

/// Asserts that a probe prints the same below xreq as without, after a shell has executed the
/// setup, and answers what that is.
#[track_caller]
fn sees_the_same(home: &Home, setup: &str, probe: &[&str]) -> String {
    let start = |wrapper: &[&str]| {
        let script = format!("{setup}\nexec \"$@\"");
        text(home.program("sh").args(["-c", &script, "sh"]).args(wrapper).args(probe))
    };
    let alone = start(&[]);
    let manifest = home.path().join("xreq.yaml");
    let manifest = manifest.to_str().expect("a temporary folder has a simple name");
    assert_eq!(start(&[XREQ, "run", "--manifest", manifest, "--"]), alone);
    alone
}

/// Whether a program can do what a test needs; where it cannot, that is said.
#[track_caller]
pub(crate) fn there_is(program: &str, probe: &[&str]) -> bool {
    let works = Command::new(program).args(probe).output().is_ok_and(|out| out.status.success());
    if !works {
        skips(&format!("`{program} {}` fails", probe.join(" ")));
    }
    works
}

/// The processes of a group.
pub(crate) fn members_of(group: u32) -> Vec<u32> {
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
