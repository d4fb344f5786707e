//! `xreq trust`, and the file that it keeps.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::process::Stdio;

use super::{MANIFEST, home, is_launched_by, is_refused, launch, trust_file};
use crate::support::pty::{Pty, ended};
use crate::support::{Home, Ran};

fn mode(path: impl AsRef<std::path::Path>) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn the_file_is_its_owners_alone_and_in_no_home() {
    let home = home(MANIFEST);
    home.xreq(&["trust", "--yes"]).succeeds();
    let file = trust_file(&home);
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().expect("a folder")), 0o700);
    let elsewhere = home.path().join("elsewhere").display().to_string();
    let of_elsewhere =
        |args: &[&str]| Ran::of(home.command().env("XDG_STATE_HOME", &elsewhere).args(args));
    assert_eq!(of_elsewhere(&["trust", "--list"]).succeeds().stdout, "");
    of_elsewhere(&["trust", "--yes"]).succeeds();
    assert!(home.path().join("elsewhere/xreq/trust.json").exists());
    let mut nowhere = home.command();
    nowhere.env_remove("HOME").args(["trust", "--list"]);
    Ran::of(&mut nowhere).exits(2).complains("home_unknown").complains("XDG_STATE_HOME");
}

#[test]
fn somebody_at_the_terminal_is_asked_and_nobody_else() {
    let home = home(MANIFEST);
    let ran = home.xreq(&["trust"]).exits(1).complains("not_trusted").complains("--yes");
    ran.complains("on_refresh  exec touch told\n").complains("key         x.tweet.write\n");
    home.xreq_with(&["trust"], "y\n").exits(1).complains("not_trusted");
    assert!(!trust_file(&home).exists());
    for (answer, status) in [("n\n", "exit 1"), ("\n", "exit 1"), ("yes\n", "exit 0")] {
        let mut session = Pty::start(&home, "exec \"$0\" trust");
        let shown = session.wait_for("[y/N] ");
        assert!(shown.contains("exec touch told"), "{shown}");
        session.type_in(answer);
        let (_, end) = session.end();
        assert_eq!(ended(end), status, "{answer:?}");
    }
    is_launched_by(&home, &[]);
    // Ctrl-C, and Ctrl-D, leave the cursor at the start of a line.
    home.write("other.yaml", MANIFEST);
    for (key, status) in [("\x03", "signal 2"), ("\x04", "exit 1")] {
        let mut session = Pty::start(&home, "exec \"$0\" trust other.yaml");
        session.wait_for("[y/N] ");
        session.type_in(key);
        let (shown, end) = session.end();
        assert_eq!(ended(end), status, "{shown}");
        let (_, rest) = shown.split_once("[y/N] ").expect("it is asked");
        let rest = rest.strip_prefix("^C").unwrap_or(rest).trim_start_matches(['^', 'D', '\u{8}']);
        assert!(rest.starts_with('\n'), "{shown:?}");
    }
    // There is nothing new to be asked about.
    home.xreq(&["trust"]).succeeds();
}

#[test]
fn a_command_is_shown_with_all_of_its_words() {
    let long = "x".repeat(300);
    let home = home(&format!(
        "requirements:\n  on_refresh: \"exec echo {long} aB3dE5gH7jK9mN1pQ3sT5vW7yZ\\n rm \\e[8m\"\n"
    ));
    let ran = home.xreq(&["trust", "--yes"]).succeeds();
    let shown = format!("exec echo {long} aB3dE5gH7jK9mN1pQ3sT5vW7yZ\\n rm \\u{{1b}}[8m\n");
    ran.complains(&shown);
}

#[test]
fn what_is_trusted_is_listed_and_removed() {
    let home = home(MANIFEST);
    assert_eq!(home.xreq(&["trust", "--list"]).succeeds().stdout, "");
    home.write("b/xreq.yaml", MANIFEST.replace("told", "b"));
    home.xreq(&["trust", "--yes"]).succeeds();
    home.xreq(&["trust", "--yes", "b/xreq.yaml"]).succeeds();
    let here = home.path().canonicalize().expect("it is there").display().to_string();
    let list = home.xreq(&["trust", "--list"]).succeeds().prints("  on_refresh  exec touch told\n");
    list.prints(&format!("{here}/b/xreq.yaml  trusted 20"));
    let json = home.xreq(&["trust", "--list", "--format", "json"]).succeeds().json();
    let paths: Vec<_> = json["manifests"].as_array().expect("a list").iter().collect();
    assert_eq!(paths.len(), 2);
    assert_eq!(paths[0]["path"], format!("{here}/b/xreq.yaml"));
    assert_eq!(paths[0]["authority"]["on_refresh"], serde_json::json!(["exec touch b"]));
    fs::remove_dir_all(home.path().join("b")).expect("it is there");
    home.xreq(&["trust", "--remove", &format!("{here}/b/xreq.yaml")]).succeeds();
    home.xreq(&["trust", "--remove", "b/xreq.yaml"]).exits(2).complains("not_stored");
    let list = home.xreq(&["trust", "--list"]).succeeds().stdout;
    assert!(list.contains("touch told") && !list.contains("touch b"), "{list}");
}

#[test]
fn what_is_wrong_is_not_trusted() {
    let home = home(MANIFEST);
    home.write("xreq.yaml", MANIFEST.replace("write", "wriet"));
    home.xreq(&["trust", "--yes"]).exits(1).complains("manifest_invalid");
    fs::remove_file(home.path().join("xreq.yaml")).expect("it is there");
    home.xreq(&["trust", "--yes"]).exits(2).complains("manifest_missing");
    home.xreq(&["trust", "--yes", "nowhere.yaml"]).exits(2).complains("file_unreadable");
    symlink("/etc/hostname", home.path().join("xreq.yaml")).expect("a link");
    home.xreq(&["trust", "--yes"]).exits(2).complains("is a link");
    assert!(!trust_file(&home).exists());
}

/// A file that somebody else could have written says nothing: nor is it written over.
#[test]
fn a_file_that_others_can_write_is_refused() {
    let home = home(MANIFEST);
    home.xreq(&["trust", "--yes"]).succeeds();
    let file = trust_file(&home);
    let folder = file.parent().expect("a folder").to_owned();
    let before = fs::read(&file).expect("it is there");
    let is_unusable = |home: &Home, by: &str| {
        launch(home, &[]).exits(125).complains("trust_unusable").complains(by);
        home.xreq(&["trust", "--yes"]).exits(3).complains("trust_unusable").complains(by);
        home.xreq(&["trust", "--list"]).exits(3).complains("trust_unusable");
        home.xreq(&["trust", "--remove"]).exits(3).complains("trust_unusable");
    };
    let set = |path: &std::path::Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
    };
    for bad in [0o602, 0o622, 0o666] {
        set(&file, bad);
        is_unusable(&home, "chmod go-w");
    }
    set(&file, 0o600);
    for bad in [0o702, 0o777] {
        set(&folder, bad);
        is_unusable(&home, "chmod go-w");
    }
    set(&folder, 0o700);
    is_launched_by(&home, &[]);
    if rustix::process::geteuid().is_root() {
        for path in [&file, &folder] {
            chown(path, Some(1234), None).expect("root may");
            is_unusable(&home, "belongs to the user 1234");
            chown(path, Some(0), None).expect("root may");
        }
    }
    assert_eq!(fs::read(&file).expect("it is there"), before);
    let moved = folder.join("moved.json");
    fs::rename(&file, &moved).expect("the same folder");
    symlink(&moved, &file).expect("a link");
    is_unusable(&home, "trust.json");
    fs::remove_file(&file).expect("it is there");
    for damaged in ["", "{}", "{\"schema_version\":2,\"manifests\":{}}", "[]"] {
        fs::write(&file, damaged).expect("it is ours");
        is_unusable(&home, "remove it");
        assert_eq!(fs::read_to_string(&file).expect("it is there"), damaged);
    }
    fs::remove_file(&file).expect("it is there");
    assert!(home.program("mkfifo").arg(&file).status().expect("it is there").success());
    is_unusable(&home, "no regular file");
    fs::remove_file(&file).expect("it is there");
    is_refused(&home, "touch told");
}

/// Who can write above the folder, or to where a link in its place leads, could put another there.
#[test]
fn a_folder_of_others_around_the_file_is_refused() {
    let home = home(MANIFEST);
    home.xreq(&["trust", "--yes"]).succeeds();
    let (folder, around) = (home.path().join(".local/state/xreq"), home.path().join("around"));
    let is_unusable = |by: &str| {
        launch(&home, &[]).exits(125).complains("error[trust_unusable]").complains(by);
        home.xreq(&["trust", "--list"]).exits(3).complains("error[trust_unusable]");
    };
    let set = |path: &std::path::Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
    };
    let state = home.path().join(".local/state");
    set(&state, 0o777);
    is_unusable("can be changed by others (mode 0777)");
    set(&state, 0o1777);
    is_launched_by(&home, &[]);
    set(&state, 0o755);
    fs::create_dir(&around).expect("it can be made");
    fs::rename(&folder, around.join("xreq")).expect("it can be moved");
    symlink(around.join("xreq"), &folder).expect("the place is free");
    is_launched_by(&home, &[]);
    set(&around, 0o777);
    is_unusable("/around` can be changed by others");
    fs::remove_file(&folder).expect("it is a link");
    symlink("nowhere", &folder).expect("the place is free");
    is_unusable("which is not there");
    fs::remove_file(&folder).expect("it is a link");
    fs::write(&folder, "").expect("it can be written");
    let ran = home.xreq(&["trust", "--list"]).exits(3).complains("is no folder");
    ran.complains("point `XDG_STATE_HOME` to");
}

/// The manifest is a pipe behind a link: who has it read from there has put another file into its place
/// before it ends.
#[test]
fn a_manifest_that_was_replaced_while_it_was_read_is_not_trusted() {
    let home = home(MANIFEST);
    let pipe = home.path().join("pipe");
    assert!(home.program("mkfifo").arg(&pipe).status().expect("it is there").success());
    let link = home.path().join("link.yaml");
    symlink(&pipe, &link).expect("the place is free");
    home.write("other.yaml", "integrations: [x.tweet.read]\n");
    let mut command = home.command();
    command.args(["trust", "--yes", "link.yaml"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut xreq = command.spawn().expect("xreq");
    // It is open once both have it.
    let mut writer = fs::File::options().write(true).open(&pipe).expect("it is there");
    fs::remove_file(&link).expect("it is a link");
    symlink("other.yaml", &link).expect("the place is free");
    std::io::Write::write_all(&mut writer, MANIFEST.as_bytes()).expect("it is read");
    drop(writer);
    assert_eq!(xreq.wait().expect("it ends").code(), Some(2));
    assert!(!trust_file(&home).exists());
}

/// What is shown of a name can be the name of another file.
#[test]
fn a_hint_names_the_manifest_itself() {
    let home = home("");
    for (name, word) in [
        ("a\u{1b}[8m.yaml", r"`xreq trust $'a\033[8m.yaml'`"),
        ("a b.yaml", "`xreq trust 'a b.yaml'`"),
        ("-a.yaml", "`xreq trust ./-a.yaml`"),
    ] {
        home.write(name, MANIFEST);
        let option = format!("--manifest={name}");
        launch(&home, &[&option]).exits(125).complains("error[not_trusted]").complains(word);
    }
}

#[test]
fn nothing_is_lost_where_many_are_trusted_at_once() {
    let home = home(MANIFEST);
    let names: Vec<_> = (0..12).map(|at| format!("{at}.yaml")).collect();
    let start = |name: &String| {
        home.write(name, MANIFEST);
        let mut command = home.command();
        let quiet = command.args(["trust", "--yes", name]).stdout(Stdio::null());
        quiet.stderr(Stdio::null()).spawn().expect("xreq")
    };
    let all: Vec<_> = names.iter().map(start).collect();
    for mut xreq in all {
        assert!(xreq.wait().expect("it ends").success());
    }
    let list = home.xreq(&["trust", "--list"]).succeeds().stdout;
    assert!(names.iter().all(|name| list.contains(&format!("/{name}  trusted"))), "{list}");
    let folder = trust_file(&home).parent().expect("a folder").to_owned();
    let left = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("trust.json")).collect();
    assert_eq!(left.len(), 2, "the file and its lock: {left:?}");
}
