//! Where the log cannot be written: nothing is launched unrecorded, and no token is lost for it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use super::{file, home, house, lines};
use crate::support::machine::{self, unshared};
use crate::support::{Home, Ran};

/// Asserts that nothing was launched, and why.
#[track_caller]
fn assert_not_launched(home: &Home, why: &str) {
    let marker = home.path().join("launched");
    let ran = home.xreq(&["run", "--", "touch", "launched"]).exits(125);
    ran.complains("error[audit_failed]").complains(why).complains("audit: false");
    assert!(!marker.exists(), "it was launched");
    let ran = home.xreq(&["token", "x"]).exits(3).complains("error[audit_failed]");
    assert_eq!(ran.stdout, "", "nobody gets a token unrecorded");
}

#[test]
fn a_full_disk_keeps_agents_from_being_launched() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let script = r#"mount -t tmpfs -o size=16k none "$XREQ_TEST_FOLDER""#;
    unshared(&["-rm"], script, "audit::trouble::on_a_small_disk", folder.path());
}

#[test]
#[ignore = "needs a small file system of its own, which another test makes"]
fn on_a_small_disk() {
    let disk = machine::folder();
    let log = disk.join("log");
    let home = home(&format!("{{file: {}}}", log.display()));
    let launch = || home.xreq(&["run", "--", "true"]);
    launch().succeeds();
    let filler = disk.join("filler");
    assert!(fs::write(&filler, vec![0; 1 << 20]).is_err(), "the disk is small");
    // What fits into the page that the log has already can still be written.
    let refused = (0..100).map(|_| launch()).find(|ran| ran.status.code() != Some(0));
    refused.expect("the disk is full").exits(125).complains("error[audit_failed]");
    let count = lines(&log).len();
    assert!(count > 1, "the page took some");
    assert_not_launched(&home, "log");
    assert_eq!(lines(&log).len(), count, "what did not fit was cut off");
    home.import("a-token-all-the-same", super::SCOPES);
    fs::remove_file(&filler).expect("it is there");
    assert_eq!(home.xreq(&["token", "x"]).succeeds().stdout, "a-token-all-the-same\n");
    assert_eq!(lines(&log).len(), count + 1);
}

#[test]
fn a_folder_that_is_read_only_keeps_agents_from_being_launched() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let script = r#"mount --bind "$XREQ_TEST_FOLDER" "$XREQ_TEST_FOLDER" &&
        mount -o remount,bind,ro "$XREQ_TEST_FOLDER""#;
    unshared(&["-rm"], script, "audit::trouble::without_being_able_to_write", folder.path());
}

#[test]
#[ignore = "needs a folder that it cannot write, which another test makes"]
fn without_being_able_to_write() {
    let file = machine::folder().join("log");
    assert!(fs::write(&file, "").is_err(), "it can be written");
    let home = home(&format!("{{file: {}}}", file.display()));
    assert_not_launched(&home, "log");
}

#[test]
fn a_refresh_that_cannot_be_recorded_is_one_nevertheless() {
    let house = house();
    fs::create_dir(file(&house.home)).expect("nothing is there");
    house.age(8_000);
    assert_eq!(house.state(), "expired");
    let warns = |ran: Ran| ran.complains("warning").complains("cannot record this");
    warns(house.home.xreq(&["refresh", "x"]).succeeds());
    assert_eq!(house.state(), "connected");
    warns(house.home.xreq(&["refresh", "x", "--force"]).succeeds());
    assert_eq!(house.refreshes().len(), 2);
    warns(house.home.xreq(&["disconnect", "x"]).succeeds());
    warns(house.connect(&[]).succeeds());
    warns(house.home.xreq(&["check", "--min-ttl", "9h"]).exits(1));
}

#[test]
fn a_link_in_its_place_is_not_followed() {
    let home = home("true");
    let elsewhere = home.path().join("elsewhere");
    fs::write(&elsewhere, "mine\n").expect("it can be written");
    for name in ["audit.jsonl", "audit.key", ".audit.jsonl.lock"] {
        let place = home.store().join(name);
        symlink(&elsewhere, &place).expect("it can be made");
        assert_not_launched(&home, "symbolic link");
        assert_eq!(fs::read_to_string(&elsewhere).expect("it is there"), "mine\n");
        fs::remove_file(&place).expect("it is there");
        home.xreq(&["run", "--", "true"]).succeeds();
        for name in ["audit.jsonl", "audit.key", ".audit.jsonl.lock"] {
            fs::remove_file(home.store().join(name)).expect("it was made");
        }
    }
}

#[test]
fn a_damaged_key_is_not_replaced() {
    let home = home("true");
    let key = home.store().join("audit.key");
    fs::write(&key, "damaged").expect("it can be written");
    assert_not_launched(&home, "no key that xreq made");
    assert_not_launched(&home, "move it away");
    assert_eq!(fs::read_to_string(&key).expect("it is there"), "damaged");
}

#[test]
fn settings_that_are_wrong_are_told() {
    let home = home("{max_size: 10mb}");
    let ran = home.xreq(&["run", "--", "true"]).exits(125).complains("error[invalid_config]");
    let ran = ran.complains("config.yaml:1:").complains("such as 10MB");
    assert_eq!(ran.stderr.matches("such as 10MB").count(), 1, "{}", ran.stderr);
}

#[test]
fn a_file_of_the_store_is_no_log() {
    for file in ["identity.txt", "grants/x/default.json", ".", "\"\""] {
        let home = home(&format!("{{file: {file}}}"));
        let identity = fs::read(home.store().join("identity.txt")).expect("it is there");
        let ran = home.xreq(&["run", "--", "true"]).exits(125).complains("error[invalid_config]");
        assert_eq!(ran.stderr.matches("`audit.file` in config.yaml").count(), 1, "{}", ran.stderr);
        let now = fs::read(home.store().join("identity.txt")).expect("it is there");
        assert_eq!(now, identity);
    }
}

/// The state is what tells that lines are missing at the end: who could write it could hide that.
#[test]
fn a_state_that_others_can_write_is_not_used_and_that_is_said() {
    const SAYS: &str = "warning: how far the audit log has come is not kept";
    let home = home("true");
    let ran = home.xreq(&["token", "x"]).succeeds();
    assert!(!ran.stderr.contains(SAYS), "{}", ran.stderr);
    let base = home.path().join(".local/state/xreq");
    for folder in [base.join("audit"), base.clone(), home.path().join(".local/state")] {
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).expect("it is ours");
        let before = fs::read_dir(base.join("audit")).expect("it is there").count();
        let ran = home.xreq(&["token", "x"]).succeeds().complains(SAYS);
        ran.complains(&folder.display().to_string()).complains("chmod");
        home.xreq(&["audit-log", "verify"]).succeeds().complains(SAYS).complains("is not known");
        assert_eq!(fs::read_dir(base.join("audit")).expect("it is there").count(), before);
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).expect("it is ours");
    }
    // What was recorded meanwhile is no finding.
    home.xreq(&["token", "x"]).succeeds();
    home.xreq(&["audit-log", "verify"]).succeeds();
}

#[test]
fn without_a_state_folder_the_log_says_that_it_tells_less() {
    let home = home("true");
    let mut command = home.command();
    Ran::of(command.env_remove("HOME").args(["token", "x"])).succeeds().complains(
        "how far the audit log has come is not kept: neither `XDG_STATE_HOME` nor `HOME` holds",
    );
    assert_eq!(lines(&file(&home)).len(), 1);
}
