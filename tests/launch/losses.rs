//! What may keep an agent from the variables that it is given is noted, and keeps no agent from its
//! launch.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::{SCOPES, covered};
use crate::support::trace::{calls, can_trace};
use crate::support::{Home, Ran};

const MANIFEST: &str = "integrations: [x.tweet.read]\nsecrets: [FAL_KEY]\n";
const CANARY: &str = "canary-of-the-dotenv-tests";

/// A home in which everything is met, with a file `.env`.
fn with_dotenv(content: &str) -> Home {
    let home = Home::with_manifest(MANIFEST);
    home.import("a-token", SCOPES);
    home.xreq_with(&["secret", "set", "FAL_KEY"], "value").succeeds();
    home.write(".env", content);
    home
}

fn launched(home: &Home) -> Ran {
    home.xreq(&["run", "--", "true"]).succeeds()
}

#[test]
fn a_dotenv_file_that_sets_the_same_variables_is_noted() {
    let home = with_dotenv(&format!("A=1\nexport X_ACCESS_TOKEN={CANARY}\nFAL_KEY='{CANARY}'\n"));
    home.write(".env.local", format!("FAL_KEY={CANARY}\n"));
    let note = launched(&home).stderr;
    for part in ["`X_ACCESS_TOKEN` (.env:2)", "`FAL_KEY` (.env:3)", "`FAL_KEY` (.env.local:1)"] {
        assert_eq!(note.matches(part).count(), 1, "{part}: {note}");
    }
    assert_eq!(note.lines().count(), 1, "{note}");
    assert_eq!(home.xreq(&["run", "--dry-run", "--", "true"]).succeeds().stderr, note);
    let elsewhere = home.path().join("another state");
    let mut stays = home.command();
    stays.env("XDG_STATE_HOME", elsewhere).args(["run", "--redact", "--", "true"]);
    assert_eq!(Ran::of(&mut stays).succeeds().stderr, note);

    let check = home.xreq(&["check"]).succeeds().complains("note[variable/dotenv-override]");
    let explained = home.xreq(&["explain"]).succeeds().prints("`FAL_KEY` (.env.local:1)");
    let json = home.xreq(&["explain", "--format", "json"]).succeeds();
    let first = &json.json()["overrides"][0];
    assert_eq!((&first["variable"], &first["line"]), (&"X_ACCESS_TOKEN".into(), &2.into()));
    let page =
        home.xreq(&["explain", "--format", "markdown"]).succeeds().prints("(.env.local&#58;");
    for ran in [check, explained, json, page] {
        assert!(!format!("{ran:?}").contains(CANARY), "{ran:?}");
    }
    assert!(!note.contains(CANARY), "{note}");
}

#[test]
fn the_folder_of_the_manifest_is_looked_at_too() {
    let home = with_dotenv("FAL_KEY=1\n");
    home.write("sub/.env", "X_ACCESS_TOKEN=1\n");
    let mut command = home.command();
    let folder = home.path().join("sub");
    command.current_dir(&folder).args(["run", "--manifest", "../xreq.yaml", "--", "true"]);
    let ran = Ran::of(&mut command).succeeds();
    ran.complains("`X_ACCESS_TOKEN` (.env:1)").complains("`FAL_KEY` (../.env:1)");
}

#[test]
fn the_note_can_be_allowed() {
    let home = with_dotenv("FAL_KEY=1\nX_ACCESS_TOKEN=1\n");
    home.write(
        "xreq.yaml",
        "integrations: [x.tweet.read]\nsecrets:\n  # xreq: allow variable/dotenv-override our own\n  - \
         FAL_KEY\n",
    );
    let note = launched(&home).stderr;
    assert!(note.contains("X_ACCESS_TOKEN") && !note.contains("FAL_KEY"), "{note}");
    let config = home.store().join("config.yaml");
    fs::write(config, "rules: {variable/dotenv-override: allow, variable/not-handed-on: allow}\n")
        .expect("it is written");
    assert_eq!(launched(&home).stderr, "");
    let ran = home.xreq(&["run", "--dry-run", "--", "docker", "run", "agent"]).succeeds();
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_strange_dotenv_file_hurts_no_launch() {
    let home = with_dotenv("");
    let path = home.path().join(".env");
    let quiet = |what: &str, make: &dyn Fn()| {
        fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)).expect("it goes");
        make();
        assert_eq!(launched(&home).stderr, "", "{what}");
    };
    quiet("a pipe", &|| {
        assert!(Command::new("mkfifo").arg(&path).status().expect("it starts").success());
    });
    quiet("a folder", &|| fs::create_dir(&path).expect("it is made"));
    quiet("a link to nothing", &|| symlink("nowhere", &path).expect("it is made"));
    quiet("a link to itself", &|| symlink(".env", &path).expect("it is made"));
    quiet("a device", &|| symlink("/dev/zero", &path).expect("it is made"));
    quiet("no text", &|| fs::write(&path, [0xff, 0, 0xfe, b'\n', 0x80].repeat(99)).expect("done"));
    quiet("UTF-16", &|| fs::write(&path, b"\xff\xfeF\0A\0L\0").expect("it is written"));
    quiet("a large file", &|| {
        let file = fs::File::create(&path).expect("it is made");
        file.set_len(1 << 40).expect("holes cost nothing");
    });
    quiet("a shut file", &|| {
        fs::write(&path, "OTHER=1\n").expect("it is written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("it is ours");
    });
    fs::remove_file(&path).expect("it goes");
    home.write("real", b"\xef\xbb\xbfFAL_KEY=1\r\n# caf\xe9\nX_ACCESS_TOKEN=1");
    symlink("real", &path).expect("it is made");
    launched(&home).complains("`FAL_KEY` (.env:1)").complains("`X_ACCESS_TOKEN` (.env:3)");
}

#[test]
fn a_launch_without_such_files_opens_each_place_once() {
    if !can_trace() {
        return;
    }
    let home = covered();
    let made = calls(&home, &["run", "--", "/bin/true"], "all");
    let looked: Vec<_> = made.lines().filter(|line| line.contains("\".env")).collect();
    assert_eq!(looked.len(), 2, "{looked:?}");
    assert!(
        looked.iter().all(|line| line.contains("open") && line.contains("ENOENT")),
        "{looked:?}"
    );
}

#[test]
fn a_program_that_hands_nothing_on_is_noted_once() {
    let home = with_dotenv("");
    home.write_program("docker", "#!/bin/sh\necho \"$@\"\n");
    let path = format!("{}:/usr/bin:/bin", home.path().display());
    let ran = |args: &[&str]| {
        let mut command = home.command();
        command.env("PATH", &path).env("XDG_STATE_HOME", home.path().join(args[0]));
        command.arg("run").args(args);
        Ran::of(&mut command).succeeds()
    };
    for options in [&["--"][..], &["--redact", "--"]] {
        let said = ran(&[options, &["docker", "run", "agent"]].concat());
        assert_eq!(said.stdout.trim_end(), "run agent", "nothing is added");
        let note = "note: `docker run` does not hand X_ACCESS_TOKEN, FAL_KEY on to what it starts: add \
                    `-e X_ACCESS_TOKEN -e FAL_KEY`";
        assert_eq!(said.stderr.matches(note).count(), 1, "{}", said.stderr);
        assert_eq!(said.stderr.lines().count(), 1, "{}", said.stderr);
    }
    let all = ["--", "docker", "run", "-e", "X_ACCESS_TOKEN", "--env=FAL_KEY", "agent"];
    assert_eq!(ran(&all).stderr, "");
    assert_eq!(ran(&["--", "docker", "ps"]).stderr, "");
}

#[test]
fn what_is_no_matter_of_a_launch_is_left_to_check() {
    let home = Home::with_manifest("integrations: [x.tweet.read, x.tweet.write]\n");
    home.import("a-token", &format!("{SCOPES} dm.read"));
    let ran = home.xreq(&["run", "--", "true"]).exits(125);
    assert!(ran.stderr.contains("scope/missing") && !ran.stderr.contains("dm.read"), "{ran:?}");
    let said = home.xreq(&["check"]).exits(1).stderr;
    let (_, note) = said.split_once("note[scope/over-granted]").expect("check says it");
    let (note, _) = note.split_once("\n\n").expect("it ends");
    assert!(note.contains("the grant of x (default)") && !note.contains("x.tweet"), "{note}");
}
