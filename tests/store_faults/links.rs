//! Links that lead nowhere: never "no file", and never a file that is made at their target.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::{SCOPES, home, import};
use crate::support::{Home, Ran};

/// A home with a grant and each file that a person may put there.
fn furnished() -> Home {
    let home = home("old");
    home.xreq_with(&["secret", "set", "FAL_KEY"], "value").succeeds();
    home.xreq_with(&["client", "set", "x", "--id", "an-id"], "client-secret").succeeds();
    home.write("home/config.yaml", "audit: true\n");
    let identity = fs::read_to_string(home.store().join("identity.txt")).expect("it is there");
    let public = identity.split("# public key: ").nth(1).expect("it says it").lines().next();
    home.write("home/recipients.txt", public.expect("a line"));
    let provider = include_str!("../../examples/providers/minimal.yaml");
    home.write("home/providers/minimal.yaml", provider);
    home.xreq(&["run", "--", "true"]).succeeds();
    home
}

/// Puts a link to nowhere in the place of something in the home; gives what brings it back.
fn unmount(home: &Home, name: &str) -> (PathBuf, PathBuf) {
    let (path, target) = (home.path().join(name), home.path().join("unmounted/it"));
    let kept = home.path().join("kept");
    let _ = fs::remove_dir_all(&kept);
    if path.exists() {
        fs::rename(&path, &kept).expect("it can be moved");
    }
    symlink(&target, &path).expect("the place is free");
    (path, target)
}

fn bring_back(home: &Home, link: &Path) {
    fs::remove_file(link).expect("it is a link");
    let _ = fs::rename(home.path().join("kept"), link);
}

#[track_caller]
fn names_both(ran: Ran, link: &Path, target: &Path) -> Ran {
    assert!(!ran.status.success(), "{}", ran.stderr);
    ran.complains(link.to_str().expect("plain")).complains(target.to_str().expect("plain"))
}

#[test]
fn a_link_to_nowhere_is_an_error_that_names_both() {
    let home = furnished();
    for (name, lines) in [
        ("home/config.yaml", &["run -- true", "check", "validate", "diff xreq.yaml xreq.yaml"][..]),
        ("home/providers", &["run -- true", "check", "validate", "catalog"]),
        ("home/providers/minimal.yaml", &["run -- true", "check", "validate", "catalog"]),
        ("home/providers/other.yaml", &["run -- true", "check", "catalog"]),
        ("home/identity.txt", &["run -- true", "token x", "refresh x"]),
        (
            "home/recipients.txt",
            &["token x", "refresh x", "import x --scopes tweet.read", "secret set A"],
        ),
        ("home/audit.jsonl", &["run -- true"]),
        ("home/grants", &["run -- true", "check", "status", "refresh --all", "daemon"]),
        ("home/grants/x", &["run -- true", "check", "status", "refresh --all"]),
        ("home/grants/minimal", &["status", "refresh --all"]),
        ("home/clients", &["client show", "client set x --id other", "client rm x"]),
        ("home/clients/x", &["client show", "client set x --id other"]),
        ("home/secrets", &["secret list", "secret set FAL_KEY", "secret rm FAL_KEY"]),
        ("home", &["run -- true", "check", "status", "validate", "secret list", "init"]),
    ] {
        let (link, target) = unmount(&home, name);
        for line in lines {
            let args: Vec<_> = line.split(' ').collect();
            let ran = names_both(home.xreq_with(&args, "value"), &link, &target);
            ran.complains("unmounted");
        }
        assert!(link.is_symlink() && !target.exists(), "{name}");
        bring_back(&home, &link);
        home.xreq(&["run", "--", "true"]).succeeds();
    }
}

#[test]
fn a_link_to_nowhere_on_the_way_is_one_too() {
    let home = furnished();
    let (link, target) = unmount(&home, "home");
    let deep = link.join("deeper/still");
    let home = home.var("XREQ_HOME", deep.to_str().expect("a plain path"));
    for line in ["run -- true", "check", "status", "init", "import x --scopes tweet.read"] {
        let args: Vec<_> = line.split(' ').collect();
        names_both(home.xreq_with(&args, "value"), &link, &target);
    }
    assert!(!target.exists());
}

#[test]
fn files_that_variables_name_are_no_exception() {
    let home = furnished();
    let (link, target) = (home.path().join("link"), home.path().join("unmounted"));
    symlink(&target, &link).expect("the place is free");
    let link_text = link.to_str().expect("a plain path").to_owned();
    let with = |name: &str, line: &str| {
        let args: Vec<_> = line.split(' ').collect();
        let mut command = home.command();
        names_both(Ran::of(command.args(args).env(name, &link_text)), &link, &target);
    };
    with("XREQ_IDENTITY_FILE", "run -- true");
    with("XREQ_HOME", "check");
    with("XREQ_MANIFEST", "check");
    names_both(home.xreq(&["validate", "--catalog", &link_text]), &link, &target);
    names_both(home.xreq(&["check", "--store", &link_text]), &link, &target);
    names_both(home.xreq(&["import", "x", "--scopes", SCOPES, &link_text]), &link, &target);
}

#[test]
fn a_rotated_audit_log_behind_a_link_to_nowhere_is_not_written_over() {
    let home = furnished();
    home.write("home/config.yaml", "audit: {max_size: 4kB, keep: 2}\n");
    let (link, target) = unmount(&home, "home/audit.jsonl.1");
    let ran = (0..100).map(|_| home.xreq(&["run", "--", "true"])).find(|ran| !ran.status.success());
    names_both(ran.expect("the log is full one day"), &link, &target)
        .exits(125)
        .complains("error[audit_failed]");
    assert_eq!(fs::read_link(&link).expect("it is a link"), target);
}

#[test]
fn the_thing_in_the_way_is_named() {
    let home = furnished();
    let config = home.store().join("config.yaml");
    fs::remove_file(&config).expect("it is there");
    symlink(&config, &config).expect("the place is free");
    home.xreq(&["check"]).exits(2).complains("config.yaml` leads in a circle");
    fs::remove_file(&config).expect("it is a link");

    symlink(home.path().join("xreq.yaml/config.yaml"), &config).expect("the place is free");
    home.xreq(&["check"]).complains("error[").complains("/xreq.yaml/config.yaml");
    fs::remove_file(&config).expect("it is a link");

    let file = home.path().join("xreq.yaml").to_str().expect("plain").to_owned();
    let home = home.var("XREQ_HOME", &file);
    home.xreq(&["check"]).complains("error[").complains("/xreq.yaml` is no folder");
}

#[test]
fn an_absent_file_is_still_nothing() {
    let home = Home::with_manifest("name: nothing\n");
    home.xreq(&["check"]).succeeds();
    home.xreq(&["status"]).succeeds();
    home.xreq(&["secret", "list"]).succeeds();
    import(&home, "default", "new").succeeds();
    let nowhere = home.path().join("not/here").to_str().expect("plain").to_owned();
    let home = home.var("XREQ_HOME", &nowhere);
    home.xreq(&["check"]).succeeds();
    home.xreq(&["status"]).succeeds();
}

/// What was named is not in the home: that is not what has to be elsewhere.
#[test]
fn a_manifest_that_cannot_be_reached_is_told_with_the_way_out() {
    let home = home("old");
    symlink("gone.yaml", home.path().join("dangling.yaml")).expect("the place is free");
    home.write("file", "");
    for command in ["validate", "check"] {
        let of = |path: &str| match command {
            "validate" => home.xreq(&[command, path]).exits(2),
            _ => home.xreq(&[command, "--manifest", path]).exits(2),
        };
        of("dangling.yaml").complains("error[file_unreadable]").complains("which is not there");
        of("dangling.yaml").complains("rm dangling.yaml");
        let ran = of("file/xreq.yaml").complains("`file` is no folder");
        let ran = ran.complains("name a file that you can read");
        assert!(!ran.stderr.contains("XREQ_HOME"), "{}", ran.stderr);
    }
}
