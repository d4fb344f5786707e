//! Owners and modes of the home: where a key is used, nobody else can change it.

mod root;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::{MANIFEST, PRINT_TOKEN, SCOPES, home, import, token};
use crate::support::machine::{self, unshared};
use crate::support::{Home, Ran};

/// Somebody else: no user of this number is on any machine.
const STRANGER: u32 = 54_321;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("it is there").mode() & 0o7777
}

/// A home with each file that is relied on.
fn furnished() -> Home {
    let home = home("old");
    home.write("home/config.yaml", "rules: {}\n");
    let identity = fs::read_to_string(home.store().join("identity.txt")).expect("it is there");
    let public = identity.split("# public key: ").nth(1).expect("it says it").lines().next();
    home.write("home/recipients.txt", public.expect("a line"));
    let provider = include_str!("../../examples/providers/minimal.yaml");
    home.write("home/providers/minimal.yaml", provider);
    home.xreq_with(&["client", "set", "x", "--id", "an-id"], "client-secret").succeeds();
    for file in ["config.yaml", "recipients.txt", "providers/minimal.yaml"] {
        set_mode(&home.store().join(file), 0o644);
    }
    set_mode(&home.store().join("providers"), 0o755);
    home
}

/// The files and folders that are relied on, from the home's folder.
const RELIED_ON: [&str; 11] = [
    "",
    "config.yaml",
    "recipients.txt",
    "providers",
    "providers/minimal.yaml",
    "grants",
    "grants/x",
    "grants/x/default.json",
    "clients",
    "clients/x",
    "clients/x/default.json",
];

/// Uses all of it: a refresh, which fails for want of a refresh token alone.
#[track_caller]
fn uses(home: &Home) -> Ran {
    home.xreq(&["refresh", "x", "--force"])
}

#[track_caller]
fn is_used(home: &Home) {
    let ran = uses(home).exits(1).complains("error[reconnect_required]");
    assert!(!ran.stderr.contains("untrusted"), "{}", ran.stderr);
}

/// Runs the first command of a hint.
#[track_caller]
fn follow(home: &Home, ran: &Ran, program: &str) {
    let command = ran.stderr.split('`').find(|word| word.starts_with(program));
    let command = command.unwrap_or_else(|| panic!("no `{program}` in {}", ran.stderr));
    assert!(home.program("sh").args(["-c", command]).status().expect("a shell").success());
}

#[test]
fn a_file_that_others_can_change_is_refused_and_the_hint_mends_it() {
    let home = furnished();
    for name in RELIED_ON {
        let path = home.store().join(name);
        let before = mode(&path);
        for bits in [0o002, 0o022] {
            // A client is opened by who has something to ask.
            let uses = if name.starts_with("clients") {
                |home: &Home| home.xreq(&["connect", "x", "--no-browser", "--timeout", "1s"])
            } else {
                uses
            };
            set_mode(&path, before | bits);
            let ran = uses(&home).exits(3).complains("error[home_untrusted]");
            let ran = ran.complains(&format!("(mode {:04o})", before | bits));
            follow(&home, &ran, "chmod ");
            assert_eq!(mode(&path), before, "{name}");
            is_used(&home);
        }
    }
}

#[test]
fn each_command_that_uses_a_key_or_writes_refuses() {
    let home = furnished();
    set_mode(&home.store(), 0o777);
    for (line, exit) in [
        ("init", 3),
        ("run -- true", 125),
        ("run --dry-run -- true", 125),
        ("run --keep-fresh -- true", 125),
        ("token x", 3),
        ("refresh x", 3),
        ("refresh --all", 3),
        ("connect x --no-browser --timeout 1s", 3),
        ("disconnect x", 3),
        ("disconnect x --local-only", 3),
        ("import x --scopes tweet.read", 3),
        ("secret set A", 3),
        ("secret rm A", 3),
        ("client set x --id id", 3),
        ("client rm x", 3),
        ("check --refresh", 3),
        ("daemon", 3),
    ] {
        let ran = home.xreq_with(&line.split(' ').collect::<Vec<_>>(), "value").exits(exit);
        ran.complains("error[home_untrusted]");
    }
    for line in [
        "check",
        "check --store home",
        "status --within 0s",
        "validate",
        "explain",
        "diff xreq.yaml xreq.yaml",
        "secret list",
        "client show",
        "catalog",
    ] {
        home.xreq(&line.split(' ').collect::<Vec<_>>()).succeeds();
    }
}

#[test]
fn a_folder_above_that_others_can_change_is_refused_unless_it_is_sticky() {
    let home = furnished();
    let above = home.path().join("a");
    fs::create_dir_all(above.join("b")).expect("it can be made");
    fs::rename(home.store(), above.join("b/home")).expect("it can be moved");
    let store = above.join("b/home");
    let home = home.var("XREQ_HOME", store.to_str().expect("a plain path"));
    is_used(&home);
    for folder in [&above, &above.join("b")] {
        let before = mode(folder);
        set_mode(folder, 0o777);
        let ran = uses(&home).exits(3).complains("error[home_untrusted]").complains("(mode 0777)");
        set_mode(folder, 0o1777);
        is_used(&home);
        set_mode(folder, 0o777);
        follow(&home, &ran, "chmod ");
        is_used(&home);
        set_mode(folder, before);
    }
}

#[test]
fn the_target_of_a_link_is_judged_with_all_above_it() {
    let home = furnished();
    let dotfiles = home.path().join("dotfiles");
    fs::create_dir(&dotfiles).expect("it can be made");
    set_mode(&dotfiles, 0o755);
    for name in ["config.yaml", "providers", "grants/x"] {
        let (path, target) = (home.store().join(name), dotfiles.join("it"));
        fs::rename(&path, &target).expect("it can be moved");
        symlink(&target, &path).expect("the place is free");
        is_used(&home);
        let before = mode(&target);
        set_mode(&target, before | 0o002);
        uses(&home).exits(3).complains("error[home_untrusted]");
        set_mode(&target, before);
        set_mode(&dotfiles, 0o777);
        uses(&home).exits(3).complains("error[home_untrusted]").complains("/dotfiles`");
        set_mode(&dotfiles, 0o755);
        fs::remove_file(&path).expect("it is a link");
        fs::rename(&target, &path).expect("it can be moved back");
    }
}

#[test]
fn an_identity_that_others_can_read_is_refused() {
    let home = home("old");
    let identity = home.store().join("identity.txt");
    let elsewhere = home.path().join("its own place");
    fs::copy(&identity, &elsewhere).expect("it can be copied");
    for (path, variable) in [(&identity, None), (&elsewhere, Some("XREQ_IDENTITY_FILE"))] {
        let run = || {
            let mut command = home.command();
            command.args(PRINT_TOKEN);
            command.envs(variable.map(|name| (name, path)));
            Ran::of(&mut command)
        };
        for (mode, is_refused) in
            [(0o600, false), (0o400, false), (0o604, true), (0o644, true), (0o666, true)]
        {
            set_mode(path, mode);
            let ran = run();
            if !is_refused {
                assert_eq!(ran.succeeds().stdout, "old");
                continue;
            }
            let ran = ran.exits(125).complains("error[identity_exposed]");
            let ran = ran.complains(&format!("mode {mode:04o}"));
            follow(&home, &ran, "chmod 600 ");
            run().succeeds();
        }
    }
    // A command that uses no key does not ask.
    set_mode(&identity, 0o644);
    home.xreq(&["check"]).succeeds();
}

/// A folder and all below it.
fn all(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it is there").path();
        if path.is_dir() { found.extend(all(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn an_option_before_the_command_leaves_a_launch_a_launch() {
    let home = home("old");
    home.xreq(&["--trust-owner", "5", "run", "--no-such-option"]).exits(125);
    home.xreq(&["--trust-owner", "me", "run", "--", "true"]).exits(125).complains("--trust-owner");
    home.xreq(&["--trust-owner", "me", "check"]).exits(2);
}

/// As Kubernetes mounts a secret: links into a folder with the time in its name, below a sticky one.
#[test]
fn a_sticky_volume_may_be_read_by_a_group() {
    let home = furnished();
    let (store, version) = (home.store(), home.store().join("..2026_11_29"));
    fs::create_dir(&version).expect("it can be made");
    symlink("..2026_11_29", store.join("..data")).expect("the place is free");
    for name in ["identity.txt", "config.yaml", "recipients.txt"] {
        fs::rename(store.join(name), version.join(name)).expect("it can be moved");
        symlink(Path::new("..data").join(name), store.join(name)).expect("the place is free");
        set_mode(&version.join(name), 0o440);
        if geteuid().is_root() {
            chown(version.join(name), None, Some(STRANGER)).expect("root may");
        }
    }
    set_mode(&version, 0o2755);
    set_mode(&store, 0o1777);
    is_used(&home);
    if geteuid().is_root() {
        set_mode(&store, 0o755);
        uses(&home).exits(3).complains("error[identity_exposed]");
    }
}

#[test]
fn a_mount_that_is_read_only_may_be_read_by_a_group() {
    let home = home("old");
    let script = r#"mount --bind "$XREQ_TEST_FOLDER" "$XREQ_TEST_FOLDER" &&
        mount -o remount,bind,ro "$XREQ_TEST_FOLDER""#;
    for path in all(&home.store()) {
        set_mode(&path, if path.is_dir() { 0o2775 } else { 0o440 });
        if geteuid().is_root() {
            chown(path, None, Some(STRANGER)).expect("root may");
        }
    }
    set_mode(&home.store(), 0o1777);
    unshared(&["-rm"], script, "store_faults::owners::in_a_mount_that_is_read_only", &home.store());
}

#[test]
#[ignore = "needs a read-only mount, which another test makes"]
fn in_a_mount_that_is_read_only() {
    let store = machine::folder();
    let home = Home::empty().var("XREQ_HOME", store.as_os_str().to_str().expect("a plain path"));
    home.write("xreq.yaml", MANIFEST);
    assert_eq!(token(&home), "old");
    import(&home, "default", "new").exits(3).complains("error[store_unwritable]");
    home.xreq_with(&["import", "x", "--scopes", SCOPES], "new").exits(3);
}
