//! The key that a machine signs with.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use super::{RECORDS, home, key, launch, record, state};
use crate::support::trace::{can_trace, killed_before};
use crate::support::{Home, SCOPES};

#[test]
fn it_is_made_at_the_first_write_for_its_owner_alone() {
    let home = Home::with_manifest("");
    home.xreq(&["status", "--within", "1h"]).succeeds();
    assert!(!state(&home).join("writer.key").exists());
    home.import("token", SCOPES);
    let file = state(&home).join("writer.key");
    let mode = |path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(&state(&home))), (0o600, 0o700));
    let before = fs::read(&file).expect("it is there");
    home.import("another", SCOPES);
    assert_eq!(fs::read(&file).expect("it is there"), before);
}

#[test]
fn processes_that_write_first_at_the_same_time_make_one() {
    let home = Home::with_manifest("");
    let mut writers: Vec<_> = (0..50)
        .map(|number| {
            let label = format!("account-{number}");
            let file = format!("token-{number}");
            home.write(&file, "token");
            let args = [
                "import",
                "x",
                "--scopes",
                SCOPES,
                "--expires-in",
                "7200",
                "--account",
                &label,
                &file,
            ];
            let mut command = home.command();
            command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().expect("the program starts")
        })
        .collect();
    assert!(writers.iter_mut().all(|writer| writer.wait().expect("it ends").success()));
    for number in 0..50 {
        let grant = record(&home, &format!("grants/x/account-{number}.json"));
        assert_eq!(grant["signature"]["key"], key(&state(&home)));
    }
    let known = home.xreq(&["writer", "list", "--format", "json"]).succeeds().json();
    assert_eq!(known["writers"].as_array().map(Vec::len), Some(1), "{known}");
    assert_eq!(known["writers"][0]["records"].as_array().map(Vec::len), Some(50));
}

#[test]
fn a_first_write_may_be_killed_before_any_step() {
    if !can_trace() {
        return;
    }
    for call in ["pwrite64", "fsync", "renameat2", "linkat", "rename", "mkdir", "flock"] {
        for nth in 1.. {
            let home = Home::with_manifest("");
            home.write("token.txt", "token");
            let import = ["import", "x", "--scopes", SCOPES, "--expires-in", "7200", "token.txt"];
            let is_killed = killed_before(&home, &import, call, nth);
            let made = fs::read(state(&home).join("writer.key")).ok();
            home.import("token", SCOPES);
            let grant = record(&home, RECORDS[0]);
            assert_eq!(grant["signature"]["key"], key(&state(&home)), "{call} {nth}");
            let now = fs::read(state(&home).join("writer.key")).ok();
            assert!(made.is_none() || made == now, "another key was made: {call} {nth}");
            home.xreq(&["reseal"]).succeeds().prints("1 current");
            super::is_quiet(&home.xreq(&["status", "--within", "1h"]).succeeds());
            if !is_killed {
                break;
            }
        }
    }
}

#[test]
fn no_command_shows_it() {
    let home = home();
    let secret = fs::read_to_string(state(&home).join("writer.key")).expect("it was made");
    let secret = secret.trim_end().to_owned();
    let damaged = &secret[..40];
    let commands: [&[&str]; 7] = [
        &["writer", "list"],
        &["writer", "list", "--format", "json"],
        &["writer", "remove", &key(&state(&home))],
        &["status", "--verify"],
        &["reseal"],
        &["run", "--", "env"],
        &["writer", "add", &secret],
    ];
    for content in [secret.as_str(), damaged] {
        fs::write(state(&home).join("writer.key"), content).expect("it is ours");
        for args in commands {
            let ran = home.xreq(args);
            for shown in [&ran.stdout, &ran.stderr] {
                assert!(!shown.contains(&secret[..12]), "{args:?}: {shown}");
            }
        }
    }
    home.xreq(&["writer", "list"]).exits(3).complains("trust_unusable").complains("writer.key");
    // What uses no key of its own goes on.
    launch(&home).succeeds();
}
