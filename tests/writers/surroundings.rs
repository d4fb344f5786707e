//! State folders that cannot be used, and machines that have none.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::{RECORDS, home, import_elsewhere, launch, record, resealed, state};
use crate::support::{Home, Ran, SCOPES};

/// Runs a command where the environment names no state folder.
fn nowhere(home: &Home, args: &[&str], input: &str) -> Ran {
    Ran::with_input(home.command().env_remove("HOME").args(args), input.as_bytes())
}

/// Runs one where nothing can be made in it: not even by root.
fn unwritable(home: &Home, args: &[&str], input: &str) -> Ran {
    Ran::with_input(home.command().env("XDG_STATE_HOME", "/proc").args(args), input.as_bytes())
}

const IMPORT: [&str; 7] = ["import", "x", "--scopes", SCOPES, "--expires-in", "7200", "-"];

#[test]
fn a_launch_needs_no_state_folder() {
    let home = resealed();
    for run in [nowhere, unwritable] {
        super::is_quiet(&run(&home, &["run", "--", "true"], "").succeeds());
        run(&home, &["check"], "").succeeds();
    }
}

#[test]
fn where_no_key_can_be_kept_records_are_not_signed() {
    let home = home();
    nowhere(&home, &IMPORT, "token").succeeds().says_no_more_than_next();
    assert!(record(&home, RECORDS[0]).get("signature").is_none());
    unwritable(&home, &IMPORT, "token").succeeds().complains("note").complains("/proc/xreq");
    assert!(record(&home, RECORDS[0]).get("signature").is_none());
    launch(&home).succeeds();
    nowhere(&home, &["reseal"], "").succeeds();
    nowhere(&home, &["writer", "add", &"A".repeat(3)], "").exits(2);
}

/// Nothing that would be refused is written.
#[test]
fn where_only_signed_records_are_used_a_key_is_needed_to_write() {
    let home = resealed();
    let before = fs::read(super::path(&home, RECORDS[0])).expect("it is there");
    let key = state(&home).join("writer.key");
    fs::write(&key, "damaged").expect("it is ours");
    let ran = home.xreq_with(&IMPORT, "token").exits(3).complains("error[trust_unusable]");
    ran.complains("writer.key").complains("a new key is made");
    assert_eq!(fs::read(super::path(&home, RECORDS[0])).expect("it is there"), before);
    launch(&home).succeeds();
    fs::remove_file(&key).expect("it is there");
    home.import("token", SCOPES);
    launch(&home).succeeds();
}

#[test]
fn a_state_folder_that_others_can_write_says_nothing() {
    let home = resealed();
    import_elsewhere(&home, "foreign");
    launch(&home).exits(125).complains("writer_unknown");
    let folder = state(&home);
    fs::set_permissions(&folder, Permissions::from_mode(0o777)).expect("it is ours");
    launch(&home).succeeds().complains("note: writers are not known").complains("xreq");
    home.xreq(&["writer", "list"]).exits(3).complains("trust_unusable");
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).expect("it is ours");
    launch(&home).exits(125).complains("writer_unknown");
}

#[test]
fn a_damaged_register_is_an_error() {
    let home = resealed();
    let registers: Vec<_> = fs::read_dir(state(&home).join("writers"))
        .expect("it is there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    let [register] = &registers[..] else { panic!("{registers:?}") };
    for damaged in ["", "{", "{\"schema_version\": 2, \"store\": \"\", \"writers\": {}}"] {
        fs::write(register, damaged).expect("it is ours");
        launch(&home).exits(125).complains("error[trust_unusable]").complains("xreq reseal");
        home.xreq_with(&IMPORT, "token").exits(3).complains("trust_unusable");
    }
}

#[test]
fn a_store_that_was_moved_is_still_of_this_machine() {
    let home = resealed();
    fs::rename(home.store(), home.path().join("moved")).expect("the same folder");
    let moved = |args: &[&str]| {
        let folder = home.path().join("moved");
        Ran::of(home.command().env("XREQ_HOME", folder).args(args))
    };
    super::is_quiet(&moved(&["run", "--", "true"]).succeeds());
    super::is_quiet(&moved(&["check"]).succeeds());
}

/// A checkout in CI: nobody is known there, and nothing is refused.
#[test]
fn a_store_that_is_judged_where_nobody_is_known_gives_a_note() {
    let home = resealed();
    let store = home.store().display().to_string();
    let judge = Home::empty();
    judge.write("xreq.yaml", super::MANIFEST);
    let ran = judge.xreq(&["check", "--store", &store]).succeeds();
    assert_eq!(ran.stderr.matches("does not trust").count(), 1, "{}", ran.stderr);
    assert!(!state(&judge).exists());
}
