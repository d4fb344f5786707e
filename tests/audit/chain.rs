//! The chain of the log: `xreq audit-log verify` tells what somebody did to it.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{file, home, lines};
use crate::support::{Home, Ran};

/// A home whose log has so many lines.
fn with_lines(count: usize) -> Home {
    let home = home("true");
    record(&home, count);
    home
}

/// Records so many lines more.
fn record(home: &Home, count: usize) {
    (0..count).for_each(|_| drop(home.xreq(&["token", "x"]).succeeds()));
}

fn verify(home: &Home, exit: i32) -> Ran {
    home.xreq(&["audit-log", "verify"]).exits(exit)
}

/// The findings as `code line`, of the last file as it is called.
#[track_caller]
fn findings(home: &Home) -> Vec<String> {
    let ran = home.xreq(&["audit-log", "verify", "--format", "json"]);
    let answer = ran.json();
    let found = answer["findings"].as_array().expect("a list");
    assert_eq!(ran.status.code(), Some(i32::from(!found.is_empty())));
    assert_eq!(answer["whole"], found.is_empty());
    let shown = |found: &Value| {
        let name = found["file"].as_str().map_or("", |file| file.rsplit('/').next().expect("one"));
        format!(
            "{} {name}:{} {}",
            found["code"].as_str().expect("a text"),
            found["line"],
            found["message"].as_str().expect("a text")
        )
    };
    found.iter().map(shown).collect()
}

/// Edits the lines of the log.
fn edit(home: &Home, edit: impl FnOnce(&mut Vec<String>)) {
    let text = fs::read_to_string(file(home)).expect("there is a log");
    let mut lines: Vec<_> = text.lines().map(|line| format!("{line}\n")).collect();
    edit(&mut lines);
    fs::write(file(home), lines.concat()).expect("it can be written");
}

/// The state of the log.
fn state(home: &Home) -> PathBuf {
    let folder = home.path().join(".local/state/xreq/audit");
    let mut entries = fs::read_dir(folder).expect("it was made");
    let state = entries.next().expect("there is one").expect("it can be read").path();
    assert!(entries.next().is_none(), "there is one log");
    state
}

#[test]
fn a_whole_log_is_proved() {
    let home = with_lines(3);
    verify(&home, 0).prints("3 lines in 1 file: whole up to record 3");
    assert_eq!(
        home.xreq(&["audit-log", "verify", "--format", "json"]).succeeds().json(),
        json!({
            "schema_version": 1, "whole": true, "files": [file(&home)], "lines": 3,
            "first_record": 1, "last_record": 3, "dropped_through": 0, "end_is_known": true,
            "findings": [], "notes": [],
        })
    );
    let lines = lines(&file(&home));
    let chain: Vec<_> = lines.iter().map(|line| line["seq"].as_u64().expect("a number")).collect();
    assert_eq!(chain, [1, 2, 3]);
    assert_eq!(lines[1]["prev"], lines[0]["mac"]);
}

#[test]
fn where_nothing_was_recorded_nothing_is_made() {
    let home = home("true");
    fs::remove_file(home.store().join("audit.key")).ok();
    let listing = || fs::read_dir(home.store()).expect("it is there").count();
    let before = listing();
    home.xreq(&["audit-log", "verify"]).exits(3).complains("there is no key");
    home.write("home/audit.key", "A".repeat(43));
    home.xreq(&["audit-log", "verify"]).exits(2).complains("there is no audit log");
    assert_eq!(listing(), before + 1);
}

#[test]
fn each_change_is_told_with_its_place() {
    type Change<'a> = &'a dyn Fn(&mut Vec<String>);
    let cases: [(&str, Change<'_>); 9] = [
        ("changed audit.jsonl:2 not as it was sealed under this key", &|lines| {
            lines[1] = lines[1].replace("\"token\"", "\"check\"");
        }),
        ("changed audit.jsonl:5 not as it was sealed under this key", &|lines| {
            lines[4] = lines[4].replace("default", "another");
        }),
        ("missing audit.jsonl:3 record 3 is missing", &|lines| drop(lines.remove(2))),
        ("missing audit.jsonl:1 records 1 to 2 are missing", &|lines| drop(lines.drain(..2))),
        ("missing audit.jsonl:3 records 4 to 5 are missing", &|lines| lines.truncate(3)),
        ("missing :null records 1 to 5 are missing", &Vec::clear),
        ("repeated audit.jsonl:3 record 2 is repeated", &|lines| lines.insert(2, lines[1].clone())),
        ("out_of_order audit.jsonl:3 record 2 is out of order", &|lines| lines.swap(1, 2)),
        ("unchained audit.jsonl:4 no chain, although lines before it have one", &|lines| {
            lines.insert(3, "{\"event\":\"launch\"}\n".to_owned());
        }),
    ];
    for (expected, change) in cases {
        let home = with_lines(5);
        edit(&home, change);
        let found = findings(&home);
        assert!(found.contains(&expected.to_owned()), "{expected}: {found:?}");
        assert!(found.len() <= 2, "{expected}: {found:?}");
        verify(&home, 1).complains("find out who did it");
        // The next line does not cover it up.
        record(&home, 1);
        let code = expected.split(' ').next().expect("a word");
        assert!(findings(&home).iter().any(|found| found.starts_with(code)), "{expected}");
    }
}

#[test]
fn a_log_that_was_removed_with_its_key_does_not_begin_anew() {
    let home = with_lines(3);
    fs::remove_file(file(&home)).expect("it is there");
    assert_eq!(findings(&home), ["missing :null records 1 to 3 are missing"]);
    fs::remove_file(home.store().join("audit.key")).expect("it is there");
    home.xreq(&["audit-log", "verify"]).exits(3).complains("error[audit_failed]: there is no key");
    assert!(!home.store().join("audit.key").exists(), "verifying makes no key");
    record(&home, 2);
    assert_eq!(findings(&home), ["missing audit.jsonl:1 records 1 to 3 are missing"]);
    // Whoever did it knows the way out.
    fs::remove_file(file(&home)).expect("it is there");
    fs::remove_file(state(&home)).expect("it is there");
    record(&home, 2);
    verify(&home, 0).prints("2 lines in 1 file: whole up to record 2");
}

#[test]
fn lines_of_another_log_are_not_taken_for_those_of_this_one() {
    let (one, other) = (with_lines(2), with_lines(4));
    let added = fs::read_to_string(file(&other)).expect("there is a log");
    edit(&one, |lines| lines.push(added));
    assert_eq!(findings(&one), ["changed audit.jsonl:3 not as it was sealed under this key"]);
    verify(&one, 1).prints("audit.jsonl:3-6: not as it was sealed under this key");
}

#[test]
fn a_file_that_was_moved_on_cannot_be_taken_away() {
    let home = home("{max_size: 4kB, keep: 9}");
    record(&home, 60);
    let numbered = |number: u32| home.store().join(format!("audit.jsonl.{number}"));
    let ran = verify(&home, 0).prints("60 lines in").prints("whole up to record 60");
    assert!(numbered(3).exists(), "{}", ran.stdout);
    let last = (3..9).rev().find(|number| numbered(*number).exists()).expect("there are some");
    let aside = home.path().join("aside");
    for (number, place) in [
        (1, "audit.jsonl:1"),
        (2, "audit.jsonl.1:1"),
        (last, &format!("audit.jsonl.{}:1", last - 1)),
    ] {
        fs::rename(numbered(number), &aside).expect("it is there");
        let found = findings(&home);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("missing {place} ")), "{found:?}");
        fs::rename(&aside, numbered(number)).expect("it is there");
    }
    fs::rename(numbered(1), &aside).expect("it is there");
    fs::rename(numbered(2), numbered(1)).expect("it is there");
    fs::rename(&aside, numbered(2)).expect("it is there");
    assert!(findings(&home).iter().any(|found| found.starts_with("out_of_order")));
}

#[test]
fn rotation_that_drops_a_file_is_no_finding() {
    let home = home("{max_size: 4kB, keep: 1, keep_for: 0}");
    record(&home, 30);
    let answer = home.xreq(&["audit-log", "verify", "--format", "json"]).succeeds().json();
    let dropped = answer["dropped_through"].as_u64().expect("a number");
    assert!(dropped > 0, "{answer:#}");
    assert_eq!(answer["first_record"], dropped + 1);
    assert_eq!(answer["last_record"], 30);
    verify(&home, 0).complains(&format!("rotation has removed the records up to {dropped}"));
    fs::remove_file(home.store().join("audit.jsonl.1")).expect("it is there");
    assert_eq!(findings(&home).len(), 1);
}

#[test]
fn a_flood_pushes_no_line_out() {
    let home = home("{max_size: 4kB, keep: 1}");
    record(&home, 40);
    let names = ["audit.jsonl.1", "audit.jsonl"];
    let count: usize = names.iter().map(|name| lines(&home.store().join(name)).len()).sum();
    assert_eq!(count, 40);
    assert!(fs::metadata(file(&home)).expect("it is there").len() > 4_000, "it has grown");
    verify(&home, 0).prints("40 lines in 2 files");
}

#[test]
fn files_that_are_named_are_proved_in_any_order_and_with_a_copy_of_the_key() {
    let home = home("{max_size: 4kB, keep: 9}");
    record(&home, 25);
    let elsewhere = Home::empty();
    for name in ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2", "audit.key"] {
        fs::copy(home.store().join(name), elsewhere.path().join(name)).expect("it is there");
    }
    let verify = |files: &[&str]| {
        elsewhere.xreq(&[&["audit-log", "verify", "--key", "audit.key"], files].concat())
    };
    let whole = ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"];
    verify(&whole).succeeds().prints("whole up to record 25").complains("files were named");
    verify(&whole[1..2]).succeeds().complains("name the earlier ones, too");
    verify(&[whole[0], whole[2]]).exits(1).prints("are missing");
    verify(&[whole[0], whole[1], whole[1]]).exits(1).prints("is repeated");
    verify(&["no-such-file"]).exits(2).complains("error[file_unreadable]");
    elsewhere.xreq(&["audit-log", "verify", "audit.jsonl"]).exits(3).complains("no key");
    elsewhere.xreq(&["audit-log", "verify", "--key", "no-key", "audit.jsonl"]).exits(3);
    elsewhere.write("other.key", "A".repeat(43));
    let other = ["audit-log", "verify", "--key", "other.key", "audit.jsonl"];
    elsewhere.xreq(&other).exits(1).complains("no line fits the key");
    elsewhere
        .xreq(&["audit-log", "verify", "--key", "audit.key"])
        .exits(2)
        .complains("no audit log");
}

#[test]
fn a_file_that_cannot_be_read_is_unreadable_wherever_it_is() {
    let home = home("true");
    record(&home, 2);
    fs::create_dir(home.store().join("audit.jsonl.1")).expect("it can be made");
    fs::create_dir(home.path().join("named")).expect("it can be made");
    for files in [&[][..], &["named"]] {
        let ran = home.xreq(&[&["audit-log", "verify"], files].concat()).exits(2);
        let ran = ran.complains("error[file_unreadable]").complains("but a folder");
        assert!(!ran.stderr.contains("writable"), "{}", ran.stderr);
    }
}

/// A state that somebody wrote by hand: the numbers of the lines stay such that they can be read.
#[test]
fn a_number_beyond_all_lines_is_not_gone_on_from() {
    let home = home("true");
    record(&home, 1);
    let folder = home.path().join(".local/state/xreq/audit");
    let state = fs::read_dir(&folder).expect("it is there").next().expect("a file").expect("one");
    let text = fs::read_to_string(state.path()).expect("it is text");
    for seq in [u64::MAX, 1_000_000_000_000_000] {
        fs::write(state.path(), text.replacen("\"seq\":1,", &format!("\"seq\":{seq},"), 1))
            .expect("it is ours");
        record(&home, 1);
        home.xreq(&["audit-log", "verify"]).succeeds();
    }
}

#[test]
fn lines_of_an_earlier_version_are_not_proved_and_no_finding() {
    let home = home("true");
    let old = "{\"schema_version\":1,\"time\":\"2026-11-01T00:00:00.000Z\",\"pid\":1,\"event\":\"check\",\"outcome\":\"denied\"}\n";
    fs::write(file(&home), old.repeat(2)).expect("it can be written");
    fs::write(home.store().join("audit.key"), "A".repeat(43)).expect("it can be written");
    verify(&home, 0).complains("none of the lines has a chain").prints("nothing to prove");
    record(&home, 2);
    assert_eq!(lines(&file(&home)).len(), 4);
    let begin = format!("the chain begins at {}:3", file(&home).display());
    verify(&home, 0).complains(&begin).prints("4 lines in 1 file: whole up to record 2");
    edit(&home, |lines| drop(lines.remove(2)));
    assert_eq!(findings(&home), ["missing audit.jsonl:3 record 1 is missing"]);
}

#[test]
fn a_torn_line_is_told_and_the_chain_goes_on() {
    let home = with_lines(2);
    let whole = fs::read_to_string(file(&home)).expect("there is a log");
    fs::write(file(&home), format!("{whole}{{\"schema_version\":1,\"ti")).expect("it is there");
    verify(&home, 0).complains("the last 23 bytes are a line without an end");
    record(&home, 1);
    verify(&home, 0).complains(":3: a line without an end was cut off");
    assert_eq!(lines(&file(&home))[2]["torn"], 23);
    // A line that was recorded cannot be torn unnoticed.
    let whole = fs::read_to_string(file(&home)).expect("there is a log");
    fs::write(file(&home), &whole[..whole.len() - 9]).expect("it is there");
    assert_eq!(findings(&home), ["missing audit.jsonl:2 record 3 is missing"]);
    record(&home, 1);
    assert_eq!(findings(&home), ["missing audit.jsonl:3 record 3 is missing"]);
}

#[test]
fn a_log_does_without_a_state() {
    let home = with_lines(3);
    fs::remove_file(state(&home)).expect("it is there");
    verify(&home, 0).complains("there is no state of this log");
    edit(&home, |lines| lines.truncate(2));
    assert_eq!(findings(&home), Vec::<String>::new(), "nobody can tell");
    fs::remove_dir_all(home.path().join(".local")).expect("it is there");
    home.write(".local", "no folder");
    home.xreq(&["run", "--", "true"]).succeeds();
    verify(&home, 0).prints("3 lines in 1 file: whole up to record 3");
}

#[test]
fn the_state_is_its_owners_alone_and_no_link_is_followed() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let home = with_lines(1);
    let (state, elsewhere) = (state(&home), home.path().join("elsewhere"));
    let mode = |path: &PathBuf| fs::metadata(path).expect("it is there").permissions().mode();
    assert_eq!(mode(&state) & 0o777, 0o600);
    assert_eq!(mode(&state.parent().expect("a folder").to_owned()) & 0o777, 0o700);
    fs::remove_file(&state).expect("it is there");
    fs::write(&elsewhere, "mine\n").expect("it can be written");
    symlink(&elsewhere, &state).expect("it can be made");
    record(&home, 1);
    assert_eq!(fs::read_to_string(&elsewhere).expect("it is there"), "mine\n");
    fs::remove_file(&state).expect("it is there");
    fs::hard_link(&elsewhere, &state).expect("it can be made");
    record(&home, 1);
    assert_eq!(fs::read_to_string(&elsewhere).expect("it is there"), "mine\n");
    verify(&home, 0).prints("3 lines in 1 file: whole");
}
