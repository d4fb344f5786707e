//! Owners of the home where root is at work, for its own home or for another user's.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;

use rustix::process::geteuid;

use super::super::{PRINT_TOKEN, import};
use super::{RELIED_ON, STRANGER, all, follow, furnished, is_used, set_mode, uses};
use crate::support::machine;
use crate::support::provider::House;
use crate::support::{Home, Ran};

/// Whether this process can give files away, which is said where it cannot.
fn is_root() -> bool {
    let is_root = geteuid().is_root();
    if !is_root {
        machine::skips("only root can give files away");
    }
    is_root
}

fn give(folder: &Path, owner: u32) {
    for path in all(folder) {
        chown(path, Some(owner), Some(owner)).expect("root may");
    }
}

/// Runs xreq as the stranger.
fn as_stranger(home: &Home, args: &[&str]) -> Ran {
    let (direct, stranger) = (home.command(), STRANGER.to_string());
    let mut command = Command::new("setpriv");
    command.args(["--reuid", &stranger, "--regid", &stranger, "--clear-groups"]);
    command.arg(direct.get_program()).args(args).current_dir(home.path());
    command.envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(&mut command)
}

#[test]
fn a_file_of_a_stranger_is_refused_unless_that_owner_is_trusted() {
    if !is_root() {
        return;
    }
    let home = furnished();
    for name in RELIED_ON.iter().filter(|name| !name.starts_with("clients")) {
        let path = home.store().join(name);
        chown(&path, Some(STRANGER), None).expect("root may");
        let ran = uses(&home).exits(3).complains("error[home_untrusted]");
        let ran = ran.complains(&format!("belongs to the user {STRANGER}"));
        let stranger = STRANGER.to_string();
        let args = ["--trust-owner", "12", "--trust-owner", &stranger, "refresh", "x", "--force"];
        home.xreq(&args).exits(1).complains("error[reconnect_required]");
        home.xreq(&["check"]).succeeds();
        if path.is_file() {
            follow(&home, &ran, "chown ");
            is_used(&home);
        }
        chown(&path, Some(0), None).expect("root may");
    }
}

#[test]
fn a_group_with_other_members_is_others() {
    if !is_root() {
        return;
    }
    let home = furnished();
    let path = home.store().join("config.yaml");
    chown(&path, None, Some(STRANGER)).expect("root may");
    set_mode(&path, 0o664);
    let ran = uses(&home).exits(3).complains("can be changed by its group (mode 0664)");
    follow(&home, &ran, "chmod g-w ");
    is_used(&home);
    let identity = home.store().join("identity.txt");
    chown(&identity, None, Some(STRANGER)).expect("root may");
    set_mode(&identity, 0o640);
    uses(&home).exits(3).complains("error[identity_exposed]");
}

#[test]
fn root_in_the_home_of_another_user_is_refused_and_leaves_nothing_there() {
    if !is_root() {
        return;
    }
    let home = furnished();
    home.write("home/config.yaml", "audit: true\n");
    give(&home.store(), STRANGER);
    let before = all(&home.store());
    let ran = import(&home, "work", "new").exits(3).complains("error[home_untrusted]");
    ran.complains(&format!("sudo -u '#{STRANGER}' xreq"));
    home.xreq(&["run", "--", "true"]).exits(125).complains("error[home_untrusted]");
    // A check that is denied would be recorded.
    home.write("other.yaml", "integrations: [x.dm.write]\n");
    let denied = home.xreq(&["check", "--manifest", "other.yaml"]).exits(1);
    denied.complains("warning: ").complains("belongs to the user");
    assert_eq!(all(&home.store()), before);
    assert!(before.iter().all(|path| path.metadata().expect("it is there").uid() == STRANGER));
}

#[test]
fn a_file_that_root_writes_into_a_trusted_home_is_its_owners() {
    if !is_root() || machine::lacks("setpriv") {
        return;
    }
    let home = furnished();
    home.write("home/config.yaml", "audit: true\n");
    give(home.path(), STRANGER);
    set_mode(home.path(), 0o755);
    let stranger = STRANGER.to_string();
    let trusting = |line: &str| {
        let args =
            [&["--trust-owner", &stranger], &line.split(' ').collect::<Vec<_>>()[..]].concat();
        home.xreq_with(&args, "value").succeeds()
    };
    trusting("import x --account work --scopes tweet.read --expires-in 2h");
    trusting("secret set FAL_KEY");
    trusting("client set x --id id");
    trusting("run -- true");
    trusting("trust --yes");
    trusting("run --keep-fresh --deliver file -- true");
    let made = all(home.path());
    for end in ["home/run", ".local/state/xreq/trust.json", ".local/state/xreq/trust.json.lock"] {
        assert!(made.contains(&home.path().join(end)), "{end}: {made:?}");
    }
    assert!(made.iter().any(|path| path.starts_with(home.path().join(".local/state/xreq/audit"))));
    for path in made {
        assert_eq!(path.metadata().expect("it is there").uid(), STRANGER, "{}", path.display());
    }
    // Those who have it can use it, and so can root after them.
    let run = |args: &[&str]| as_stranger(&home, args);
    run(&["status", "--within", "0s"]).succeeds().prints("x (work)");
    run(&["run", "--keep-fresh", "--deliver", "file", "--", "true"]).succeeds();
    run(&["trust", "--list"]).succeeds().prints("xreq.yaml  trusted 20");
    trusting("run --keep-fresh --deliver file -- true");
    home.xreq(&["--trust-owner", &stranger, "audit-log", "verify"]).succeeds();
}

#[test]
fn a_user_relies_on_files_of_their_own_and_of_root() {
    if !is_root() || machine::lacks("setpriv") {
        return;
    }
    let home = furnished();
    set_mode(home.path(), 0o755);
    let run = |args: &[&str]| as_stranger(&home, args);
    give(&home.store(), STRANGER);
    run(&PRINT_TOKEN).succeeds();
    let config = home.store().join("config.yaml");
    chown(&config, Some(0), Some(0)).expect("root may");
    run(&PRINT_TOKEN).succeeds();
    chown(&config, Some(STRANGER + 1), Some(0)).expect("root may");
    let ran = run(&PRINT_TOKEN).exits(125).complains("error[home_untrusted]");
    let ran = ran.complains(&format!("sudo chown -h {STRANGER} "));
    assert!(!ran.stderr.contains("sudo -u"), "{}", ran.stderr);
    let other = (STRANGER + 1).to_string();
    run(&["run", "--trust-owner", &other, "--", "true"]).succeeds();
}

#[test]
fn workers_trust_whom_their_parent_trusts() {
    if !is_root() {
        return;
    }
    let house = House::connected();
    house.age(8_000);
    give(&house.home.store(), STRANGER);
    let stranger = STRANGER.to_string();
    let args = ["--trust-owner", &stranger, "run", "--keep-fresh", "--", "true"];
    house.home.xreq(&args).succeeds();
    assert!(!house.refreshes().is_empty());
}

/// The first user of most systems after root, who has a group of the same number.
#[test]
fn the_group_of_a_trusted_owner_alone_may_write() {
    const DAEMON: u32 = 1;
    if !is_root() {
        return;
    }
    let users = fs::read_to_string("/etc/passwd").expect("it is there");
    if !users.lines().any(|line| line.starts_with("daemon:x:1:1:")) {
        machine::skips("there is no user `daemon`");
        return;
    }
    let home = furnished();
    give(&home.store(), DAEMON);
    set_mode(&home.store(), 0o775);
    set_mode(&home.store().join("config.yaml"), 0o664);
    let refresh = ["--trust-owner", "1", "refresh", "x", "--force"];
    home.xreq(&refresh).exits(1).complains("error[reconnect_required]");
    chown(home.store().join("config.yaml"), None, Some(STRANGER)).expect("root may");
    home.xreq(&refresh).exits(3).complains("can be changed by its group (mode 0664)");
}
