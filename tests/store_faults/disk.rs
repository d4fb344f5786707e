//! Disks that are full or cannot be written.

use std::fs;
use std::process::Command;

use super::{MANIFEST, SCOPES, assert_only_default, home, import, import_args, names, token};
use crate::support::machine::{self, unshared};
use crate::support::{Home, Ran};

/// So long that it needs some pages of a disk.
fn long_token() -> String {
    "t".repeat(20_000)
}

/// Asserts that a command could not write the store, and that the old grant still works.
#[track_caller]
fn assert_unwritable(home: &Home, ran: Ran, file: &str, hint: &str) {
    let ran = ran.exits(3).complains("error[store_unwritable]").complains(file).complains(hint);
    assert_eq!(ran.stdout, "");
    assert_eq!(token(home), "old");
    assert_only_default(home);
}

#[test]
fn a_full_disk_loses_nothing() {
    let home = home("old");
    let script = r#"mount -t tmpfs -o size=64k none "$XREQ_TEST_FOLDER" &&
        cp -a "$XREQ_TEST_FOLDER-before/." "$XREQ_TEST_FOLDER""#;
    let mounted = home.store();
    fs::rename(&mounted, mounted.with_file_name("home-before")).expect("it can be moved");
    fs::create_dir(&mounted).expect("it was moved");
    unshared(&["-rm"], script, "store_faults::disk::on_a_small_disk", &mounted);
}

#[test]
#[ignore = "needs a small file system of its own, which another test makes"]
fn on_a_small_disk() {
    let store = machine::folder();
    let path = store.as_os_str().to_str().expect("a plain path").to_owned();
    let home = Home::empty().var("XREQ_HOME", &path);
    home.write("xreq.yaml", MANIFEST);
    let filler = store.join("filler");
    let fill = |size: usize| fs::write(&filler, vec![0; size]);
    assert!(fill(1 << 20).is_err(), "the disk is small");
    let in_store = |home: &Home| {
        assert_eq!(names(store.join("grants/x")), [".default.lock", "default.json"]);
        token(home)
    };
    assert_eq!(in_store(&home), "old");

    // No room at all, and then room for the beginning of a new file but not for its end.
    for room in [0, 8 << 10, 16 << 10] {
        if room > 0 {
            fs::remove_file(&filler).expect("it is there");
            assert!(fill(1 << 20).is_err(), "the disk is small");
            let size = fs::metadata(&filler).expect("it is there").len();
            let filler = fs::OpenOptions::new().write(true).open(&filler).expect("it is there");
            filler.set_len(size - room).expect("it gets smaller");
        }
        let assert_no_room = |ran: Ran, file: &str| {
            let ran = ran.exits(3).complains("error[store_unwritable]").complains(file);
            assert!(ran.complains("free some space").stdout.is_empty());
        };
        assert_no_room(import(&home, "default", &long_token()), "/grants/x/default.json");
        assert_eq!(in_store(&home), "old");
        assert_no_room(home.xreq_with(&["secret", "set", "LONG"], long_token()), "/secrets/");
        assert!(!store.join("secrets/LONG.json").exists());
        home.xreq(&["check"]).succeeds();
        home.xreq(&["status", "--within", "0s"]).succeeds();
    }

    fs::remove_file(&filler).expect("it is there");
    home.import(&long_token(), SCOPES);
    assert_eq!(in_store(&home), long_token());
    assert_eq!(names(store.join("secrets")), [".LONG.lock"]);
}

#[test]
fn no_identity_is_better_than_half_of_one() {
    let home = Home::empty();
    let script = r#"mount -t tmpfs -o size=16k none "$XREQ_TEST_FOLDER""#;
    unshared(&["-rm"], script, "store_faults::disk::init_on_a_full_disk", home.path());
}

#[test]
#[ignore = "needs a small file system of its own, which another test makes"]
fn init_on_a_full_disk() {
    let store = machine::folder();
    let home = Home::empty().var("XREQ_HOME", store.as_os_str().to_str().expect("a plain path"));
    let filler = store.join("filler");
    assert!(fs::write(&filler, vec![0; 1 << 20]).is_err(), "the disk is small");
    home.xreq(&["init"]).exits(3).complains("error[store_unwritable]").complains("identity.txt");
    assert_eq!(names(&store), ["filler"]);
    fs::remove_file(&filler).expect("it is there");
    home.xreq(&["init"]).succeeds();
    home.write("xreq.yaml", MANIFEST);
    home.import("token", SCOPES);
    assert_eq!(token(&home), "token");
}

#[test]
fn a_disk_that_is_read_only_can_be_read() {
    let home = home("old");
    home.xreq_with(&["secret", "set", "FAL_KEY"], "value").succeeds();
    let script = r#"mount --bind "$XREQ_TEST_FOLDER" "$XREQ_TEST_FOLDER" &&
        mount -o remount,bind,ro "$XREQ_TEST_FOLDER""#;
    unshared(&["-rm"], script, "store_faults::disk::without_being_able_to_write", &home.store());
}

#[test]
fn a_store_without_write_permission_can_be_read() {
    let home = home("old");
    home.xreq_with(&["secret", "set", "FAL_KEY"], "value").succeeds();
    let script = r#"chmod -R a-w "$XREQ_TEST_FOLDER""#;
    // In a user namespace that maps nobody, root is bound by permissions like anyone else.
    let test = "store_faults::disk::without_being_able_to_write";
    unshared(&["--user"], script, test, &home.store());
    let status = Command::new("chmod").args(["-R", "u+w"]).arg(home.store()).status();
    assert!(status.expect("`chmod` starts").success());
    assert_eq!(token(&home), "old");
    assert_only_default(&home);
}

#[test]
#[ignore = "needs a store that it cannot write, which other tests make"]
fn without_being_able_to_write() {
    let store = machine::folder();
    assert!(fs::write(store.join("new"), "").is_err(), "it can be written");
    let home = Home::empty().var("XREQ_HOME", store.as_os_str().to_str().expect("a plain path"));
    home.write("xreq.yaml", "integrations: [x.tweet.read]\nsecrets: [FAL_KEY]\n");
    for line in
        ["check", "check --format json", "status --within 0s", "explain", "secret list", "init"]
    {
        home.xreq(&line.split(' ').collect::<Vec<_>>()).succeeds();
    }
    assert_eq!(token(&home), "old");
    for (args, input) in [
        (&import_args("default")[..], "new"),
        (&import_args("other"), "new"),
        (&["secret", "set", "FAL_KEY"], "new"),
        (&["secret", "set", "OTHER"], "new"),
        (&["secret", "rm", "FAL_KEY"], ""),
    ] {
        let ran = home.xreq_with(args, input).exits(3).complains("error[store_unwritable]");
        assert!(ran.complains("writable").stdout.is_empty());
    }
    assert_eq!(token(&home), "old");
    home.xreq(&["run", "--", "sh", "-c", "test \"$FAL_KEY\" = value"]).succeeds();
}

#[test]
fn a_file_that_cannot_grow_is_not_put_in_place() {
    let home = home("old");
    home.write("token.txt", long_token());
    let direct = home.command();
    let limited = |script: &str, args: &[&str]| {
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(direct.get_program()).args(args);
        command.envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Ran::of(command.current_dir(home.path()))
    };
    let import = [&import_args("default")[..], &["token.txt"]].concat();
    let secret = ["secret", "set", "FAL_KEY"];
    let ignoring = "trap '' XFSZ; ulimit -f 4; exec \"$@\" <token.txt";
    assert_unwritable(&home, limited(ignoring, &import), "default.json", "help:");
    assert_unwritable(&home, limited(ignoring, &secret), "FAL_KEY.json", "help:");
    assert_eq!(names(home.store().join("secrets")), [".FAL_KEY.lock"]);

    // Without the trap the kernel kills the process in the middle of the write.
    let ran = limited("ulimit -c 0; ulimit -f 4; exec \"$@\"", &import);
    assert_eq!(ran.status.code(), None);
    assert_eq!(token(&home), "old");
    home.import("new", SCOPES);
    assert_eq!(token(&home), "new");
    assert_only_default(&home);
}
