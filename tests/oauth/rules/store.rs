//! Where tokens rest (rule 22). What the disk and other processes do to the store is tested in
//! `faults`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use xreq::sandbox::{Endpoint, Fault};

use crate::oauth::PRINT_TOKEN;
use crate::support::provider::{House, PATIENCE};

/// The permissions of all that is in a folder and below it, the folder included.
fn permissions(path: &Path) -> Vec<(String, bool, u32)> {
    let metadata = fs::symlink_metadata(path).expect("it is there");
    let mode = metadata.permissions().mode() & 0o7777;
    let mut found = vec![(path.display().to_string(), metadata.is_dir(), mode)];
    if metadata.is_dir() {
        for entry in fs::read_dir(path).expect("it can be read") {
            found.extend(permissions(&entry.expect("it can be read").path()));
        }
    }
    found
}

/// A command below a shell that lets everybody read what is made.
fn carelessly(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 0; exec \"$@\"", "sh"]).arg(command.get_program());
    shell.args(command.get_args()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(command.get_current_dir().expect("a home has one"));
    shell
}

#[test]
fn rule_22_only_the_owner_reads_the_store() {
    let house = House::new();
    let connect = {
        let mut command = house.home.command();
        command.args(["connect", "x", "--no-browser", "--timeout", "1m"]);
        carelessly(&command)
    };
    let connecting = crate::support::provider::Connecting::run(&mut { connect });
    connecting.comes_back(&house.consent(&connecting.url, "alice", |_| true));
    connecting.end().succeeds();
    let mut refresh = house.home.command();
    let refreshed = carelessly(refresh.args(["refresh", "x", "--force"])).status();
    assert!(refreshed.expect("it starts").success());
    for part in ["grants", "clients"] {
        let found = permissions(&house.home.store().join(part));
        assert!(found.len() > 2, "{found:?}");
        for (path, is_folder, mode) in found {
            assert_eq!(mode, if is_folder { 0o700 } else { 0o600 }, "{path}: {mode:o}");
        }
    }
}

#[test]
fn rule_22_a_grant_that_is_a_link_is_refused() {
    let house = House::connected();
    let (grant, elsewhere) = (house.home.grant("default"), house.home.path().join("elsewhere"));
    fs::rename(&grant, &elsewhere).expect("it can be moved");
    symlink(&elsewhere, &grant).expect("a link can be made");
    let before = fs::read(&elsewhere).expect("it is there");
    for args in [
        &["refresh", "x", "--force"][..],
        &["token", "x"],
        &["disconnect", "x"],
        &["run", "--", "true"],
    ] {
        let ran = house.home.xreq(args).complains("error[store_symlink]");
        assert!(!ran.status.success());
    }
    assert_eq!(fs::read(&elsewhere).ok(), Some(before));
    assert_eq!(house.refreshes(), []);
}

#[test]
fn rule_22_killed_at_any_moment_the_store_has_the_old_grant_or_the_new_one() {
    let house = House::connected();
    for moment in 0..40 {
        let before = house.refreshes().len();
        house.control().fault(Endpoint::Token, Fault::Slow(std::time::Duration::from_millis(5)), 1);
        let mut command = house.home.command();
        command.args(["refresh", "x", "--force"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        if moment % 2 == 0 {
            // Around the request: its answer is on the way.
            let asked = |log: &[xreq::sandbox::LogEntry]| {
                log.iter().filter(|l| l.grant_type.as_deref() == Some("refresh_token")).count()
                    > before
            };
            assert!(house.control().wait_until(PATIENCE, asked));
        }
        std::thread::sleep(std::time::Duration::from_millis(moment / 2));
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        house.control().clear_faults();
        let state = house.state();
        assert!(["connected", "in_doubt"].contains(&state.as_str()), "{state}");
        // What the agent gets is a token that works, whatever became of the refresh.
        house.home.xreq(&PRINT_TOKEN).succeeds();
        if state == "in_doubt" {
            house.connect(&[]).succeeds();
        }
    }
    // What a killed writer left is the next one's.
    house.connect(&[]).succeeds();
    let left = fs::read_dir(house.home.store().join("grants/x")).expect("it is there");
    let names: Vec<_> = left.map(|entry| entry.expect("it is there").file_name()).collect();
    let stray = |name: &&std::ffi::OsString| {
        let name = name.to_string_lossy();
        !name.ends_with(".json") && !name.ends_with(".lock")
    };
    assert_eq!(names.iter().find(stray), None);
}
