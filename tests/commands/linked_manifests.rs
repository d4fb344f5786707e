//! A manifest that nobody named, and that is no file of its folder: no command reads it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::{Home, Ran, SCOPES};

const SECRET: &str = "machine example.com password canary\n";
const MANIFEST: &str = "integrations: [x.tweet.write]\n";

/// The commands that read the manifest that is here, and their exit status where it cannot be read.
const COMMANDS: [(&[&str], i32); 8] = [
    (&["check"], 2),
    (&["explain"], 2),
    (&["validate"], 2),
    (&["validate", "."], 2),
    (&["connect", "x", "--paste"], 2),
    (&["run", "--", "true"], 125),
    (&["run", "--dry-run", "--", "true"], 125),
    (&["run", "--keep-fresh", "--", "true"], 125),
];

/// A home with a store, a file of its owner's, and an empty folder for an app.
fn home() -> Home {
    let home = Home::empty();
    home.xreq(&["init"]).succeeds();
    home.import("token", SCOPES);
    home.write("netrc", SECRET);
    home.write("outside/app.yaml", SECRET);
    fs::create_dir(home.path().join("app")).expect("a folder");
    home
}

fn ran(home: &Home, args: &[&str]) -> Ran {
    let mut command = home.command();
    command.env("XREQ_HOME", home.store()).env("X_CLIENT_ID", "id");
    Ran::of(command.current_dir(home.path().join("app")).args(args))
}

#[track_caller]
fn is_refused(home: &Home, what: &str, by: &str) {
    for (args, status) in COMMANDS {
        // A search passes over what is neither a file nor a link.
        if args == ["validate", "."] && by == "no regular file" {
            continue;
        }
        let ran = ran(home, args);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            !said.contains("canary") && !said.contains("XREQ_HOME"),
            "{what}: {args:?}: {said}"
        );
        assert!(
            said.contains("error[file_unreadable]") && said.contains(by),
            "{what}: {args:?}: {said}"
        );
        ran.exits(status);
    }
}

#[test]
fn a_link_out_of_its_folder_is_refused_by_every_command() {
    let home = home();
    let app = home.path().join("app");
    let absolute = home.path().join("netrc").display().to_string();
    symlink("../netrc", app.join("one")).expect("a link");
    symlink("../outside", app.join("folder")).expect("a link");
    symlink("one", app.join("two")).expect("a link");
    for name in ["xreq.yaml", "xreq.yml", "inf.yml", "inf.yaml"] {
        for target in [
            absolute.as_str(),
            "../netrc",
            "../app/../netrc",
            "two",
            "folder/app.yaml",
            "/proc/self/environ",
            "/dev/zero",
            "/dev/stdin",
            "nowhere",
            "../nowhere",
            "xreq.yaml",
            "a\u{1b}[2J",
        ] {
            symlink(target, app.join(name)).expect("a link");
            is_refused(&home, target, "link");
            let ran = ran(&home, &["check"]);
            assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
            fs::remove_file(app.join(name)).expect("it is there");
        }
    }
}

#[test]
fn what_is_no_file_is_refused_by_every_command() {
    let home = home();
    let fifo = home.path().join("app/xreq.yaml");
    assert!(home.program("mkfifo").arg(&fifo).status().expect("it is there").success());
    is_refused(&home, "a FIFO", "no regular file");
    fs::remove_file(&fifo).expect("it is there");
    fs::create_dir(&fifo).expect("a folder");
    is_refused(&home, "a folder", "no regular file");
    fs::remove_dir(&fifo).expect("it is there");
    symlink(".", &fifo).expect("a link");
    is_refused(&home, "a link to its folder", "xreq.yaml is ");
}

#[test]
fn a_link_within_its_folder_is_followed() {
    let home = home();
    let app = home.path().join("app");
    home.write("app/agents/app.yaml", MANIFEST);
    home.write("app/..2026/xreq.yaml", MANIFEST);
    symlink("..2026", app.join("..data")).expect("a link");
    symlink("app.yaml", app.join("agents/other.yaml")).expect("a link");
    let absolute = app.join("agents/app.yaml").display().to_string();
    for target in ["agents/app.yaml", "agents/other.yaml", "..data/xreq.yaml", &absolute] {
        symlink(target, app.join("xreq.yaml")).expect("a link");
        for args in [&["check"][..], &["explain"], &["validate"], &["run", "--", "true"]] {
            ran(&home, args).succeeds();
        }
        fs::remove_file(app.join("xreq.yaml")).expect("it is there");
    }
}

#[test]
fn who_names_a_manifest_may_name_any() {
    let home = home();
    home.write("outside/app.yaml", MANIFEST);
    symlink("../outside/app.yaml", home.path().join("app/xreq.yaml")).expect("a link");
    let refused = ran(&home, &["check"]).exits(2);
    refused.complains("../outside/app.yaml").complains("`--manifest xreq.yaml`");
    ran(&home, &["check", "--manifest", "xreq.yaml"]).succeeds();
    ran(&home, &["explain", "--manifest", "xreq.yaml"]).succeeds();
    ran(&home, &["validate", "xreq.yaml"]).succeeds();
    ran(&home, &["diff", "xreq.yaml", "xreq.yaml"]).succeeds();
    ran(&home, &["run", "--manifest", "xreq.yaml", "--", "true"]).succeeds();
    let mut command = home.command();
    command.current_dir(home.path().join("app")).env("XREQ_MANIFEST", "xreq.yaml");
    Ran::of(command.arg("check")).succeeds();
}

/// The first name that is taken decides, also where it is taken by a link to nothing.
#[test]
fn a_dangling_link_is_not_passed_over() {
    let home = home();
    let app = home.path().join("app");
    symlink("nowhere", app.join("xreq.yaml")).expect("a link");
    home.write("app/inf.yml", MANIFEST);
    is_refused(&home, "nowhere", "xreq.yaml is a link");
    ran(&home, &["init"]).succeeds().prints("manifest   there already");
    assert!(!Path::new(&app.join("nowhere")).exists());
}
