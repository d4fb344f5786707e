//! Which manifests `validate` finds: files, folders, globs, standard input.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::machine::{self, unshared};
use crate::support::{Home, Ran};

const RIGHT: &str = "integrations: [x.tweet.read]\n";
const WRONG: &str = "integrations: [x.tweet.raed]\n";

/// A home with a file that is wrong at each of these paths: what names it in its findings was
/// checked.
fn home_with(files: &[&str]) -> Home {
    let home = Home::empty();
    for file in files {
        home.write(file, WRONG);
    }
    home
}

/// The files that a command found to be wrong, having read them all.
#[track_caller]
fn checked(ran: &Ran) -> Vec<String> {
    let status = ran.status.code();
    assert!(matches!(status, Some(0 | 1)), "{}{}", ran.stdout, ran.stderr);
    named(ran)
}

/// The files that a command found to be wrong, in its order.
pub(super) fn named(ran: &Ran) -> Vec<String> {
    let places = ran.stdout.lines().filter_map(|line| line.trim().strip_prefix("--> "));
    places.filter_map(|place| place.strip_suffix(":1:16")).map(str::to_owned).collect()
}

#[test]
fn folders_are_searched_in_the_order_of_their_names() {
    let home = home_with(&["b/xreq.yaml", "a/z/inf.yml", "a/inf.yaml", "a-b/xreq.yml", "xreq.yml"]);
    let all = ["a/inf.yaml", "a/z/inf.yml", "a-b/xreq.yml", "b/xreq.yaml", "xreq.yml"];
    assert_eq!(checked(&home.xreq(&["validate", "."])), all);
    assert_eq!(checked(&home.xreq(&["validate", "b", "a"])), [all[0], all[1], all[3]]);
}

#[test]
fn what_git_ignores_is_left_out() {
    let home = home_with(&[
        "kept/xreq.yaml",
        "built/xreq.yaml",
        "kept/deep/scratch/xreq.yaml",
        "scratch/xreq.yaml",
        "some/a/xreq.yaml",
        "some/b/xreq.yaml",
        "other/inf.yml",
        "local/xreq.yaml",
    ]);
    // No repository is needed.
    home.write(".gitignore", "/built\nsome/*\n!some/b\n");
    home.write("kept/.gitignore", "scratch/\n");
    home.write(".ignore", "inf.yml\n");
    let kept = ["kept/xreq.yaml", "local/xreq.yaml", "scratch/xreq.yaml", "some/b/xreq.yaml"];
    assert_eq!(checked(&home.xreq(&["validate", "."])), kept);
    assert_eq!(checked(&home.xreq(&["validate", "*/xreq.yaml"])), kept[..3]);
    // The rules of the folders above count, too.
    assert_eq!(checked(&home.xreq(&["validate", "some"])), kept[3..]);
    // What is named is wanted.
    let named = ["built/xreq.yaml", "other/inf.yml"];
    assert_eq!(checked(&home.xreq(&["validate", named[1], named[0]])), named);
    assert_eq!(checked(&home.xreq(&["validate", "built"])), named[..1]);
}

#[test]
fn what_a_user_and_a_repository_ignore_for_themselves_is_left_out() {
    let home = home_with(&["kept/xreq.yaml", "mine/xreq.yaml", "ours/xreq.yaml"]);
    home.write(".git/info/exclude", "ours\n");
    home.write(".config/git/ignore", "mine\n");
    assert_eq!(checked(&home.xreq(&["validate", "."])), ["kept/xreq.yaml"]);
}

#[test]
fn other_peoples_and_hidden_folders_are_left_out() {
    let home = home_with(&[
        "a/node_modules/xreq.yaml",
        "target/xreq.yaml",
        "venv/a/xreq.yaml",
        "vendor/xreq.yaml",
        ".github/xreq.yaml",
        "a/.b/xreq.yaml",
    ]);
    // Not even a rule brings a hidden folder back.
    home.write(".gitignore", "!.github\n");
    home.xreq(&["validate", "."]).exits(2).complains("manifest_missing");
    home.xreq(&["validate", "**/xreq.yaml"]).exits(2).complains("manifest_missing");
    for named in [".github", "vendor", ".*/xreq.yaml", "vendor/*.yaml", "a/.b/*"] {
        assert_eq!(checked(&home.xreq(&["validate", named])).len(), 1, "{named}");
    }
}

#[test]
fn links_are_not_followed_unless_they_are_named() {
    let home = home_with(&["real/xreq.yaml", "searched/inf.yml"]);
    let link = |to: &str, at: &str| symlink(to, home.path().join(at)).expect("a link");
    link("../real", "searched/folder");
    link("../real/xreq.yaml", "searched/xreq.yaml");
    link("..", "searched/up");
    link("inf.yml", "searched/app.yml");
    for search in ["searched", "searched/**/*.y*ml"] {
        let ran = home.xreq(&["validate", search]).exits(2);
        let ran = ran.complains("file_unreadable]: searched/xreq.yaml is a link");
        assert_eq!(named(&ran), ["searched/inf.yml"]);
        assert!(!ran.stderr.contains("app.yml"), "{}", ran.stderr);
    }
    link("../real/xreq.yaml", "real/inf.yml");
    fs::remove_file(home.path().join("real/xreq.yaml")).expect("it is there");
    let ran = home.xreq(&["validate", "real"]).exits(2).complains("real/inf.yml is a link");
    assert!(!ran.stderr.contains("manifest_missing"), "{}", ran.stderr);
    fs::remove_file(home.path().join("real/inf.yml")).expect("it is there");
    home.write("real/xreq.yaml", WRONG);
    let named = ["searched/folder", "searched/xreq.yaml"];
    let files = ["searched/folder/xreq.yaml", "searched/xreq.yaml"];
    assert_eq!(checked(&home.xreq(&["validate", named[0], named[1]])), files);
}

#[test]
fn globs_match_files_of_any_name() {
    let home = home_with(&["a/app.yaml", "b/app.yaml", "b/c/app.yaml", "b/x1.json", "d.yml"]);
    for (glob, files) in [
        ("*/app.yaml", &["a/app.yaml", "b/app.yaml"][..]),
        ("**/app.yaml", &["a/app.yaml", "b/app.yaml", "b/c/app.yaml"]),
        ("./b/**", &["b/app.yaml", "b/c/app.yaml", "b/x1.json"]),
        ("b/x?.json", &["b/x1.json"]),
        ("[a-c]/app.yaml", &["a/app.yaml", "b/app.yaml"]),
        ("{b/c,a}/*.yaml", &["a/app.yaml", "b/c/app.yaml"]),
        ("*.yml", &["d.yml"]),
    ] {
        assert_eq!(checked(&home.xreq(&["validate", glob])), files, "{glob}");
    }
    let absolute = format!("{}/*/x1.json", home.path().display());
    let found = checked(&home.xreq(&["validate", &absolute]));
    assert_eq!(found, [home.path().join("b/x1.json").display().to_string()]);
    for glob in ["*/no.yaml", "nowhere/*.yaml", "a/*/*"] {
        let ran = home.xreq(&["validate", glob, "a/app.yaml"]).exits(2);
        let ran = ran.complains("manifest_missing").complains(&format!("no file matches `{glob}`"));
        assert_eq!(named(&ran), ["a/app.yaml"], "the rest is checked");
    }
    home.xreq(&["validate", "a/[.yaml"]).exits(2).complains("bad_argument");
}

#[test]
fn a_file_with_wildcards_in_its_name_is_one_file() {
    let home = home_with(&["[id]/xreq.yaml", "i/xreq.yaml", "a*.yaml", "ab.yaml"]);
    assert_eq!(checked(&home.xreq(&["validate", "[id]/xreq.yaml"])), ["[id]/xreq.yaml"]);
    assert_eq!(checked(&home.xreq(&["validate", "a*.yaml"])), ["a*.yaml"]);
    assert_eq!(checked(&home.xreq(&["validate", "[id]"])), ["[id]/xreq.yaml"]);
}

#[test]
fn a_file_that_is_named_twice_is_checked_once() {
    let home = home_with(&["a/xreq.yaml", "b/xreq.yaml"]);
    let absolute = home.path().join("a/xreq.yaml").display().to_string();
    for again in
        ["a/xreq.yaml", "./a//xreq.yaml", "a", "*/xreq.yaml", "b/../a/xreq.yaml", &absolute]
    {
        let found = checked(&home.xreq(&["validate", "a/xreq.yaml", again, "b"]));
        assert_eq!(found, ["a/xreq.yaml", "b/xreq.yaml"], "{again}");
    }
}

#[test]
fn standard_input_is_read_once_and_called_as_it_is_said() {
    let home = home_with(&["a/xreq.yaml"]);
    let run = |args: &[&str]| checked(&home.xreq_with(&[&["validate"], args].concat(), WRONG));
    assert_eq!(run(&["-", "a", "-"]), ["<stdin>", "a/xreq.yaml"]);
    let named = ["--stdin-filename", "b/xreq.yaml"];
    assert_eq!(run(&[named[0], named[1], "-"]), [named[1]]);
    assert_eq!(run(&named), [named[1]], "a name says that there is something to read");
    home.xreq(&["validate", "a", named[0], named[1]]).exits(2).complains("bad_argument");
}

#[test]
fn a_file_may_be_called_as_an_option_or_as_standard_input() {
    let home = home_with(&["-x.yaml", "d/-/xreq.yaml", "-"]);
    assert_eq!(checked(&home.xreq(&["validate", "--", "-x.yaml"])), ["-x.yaml"]);
    assert_eq!(checked(&home.xreq(&["validate", "./-x.yaml"])), ["-x.yaml"]);
    assert_eq!(checked(&home.xreq(&["validate", "d"])), ["d/-/xreq.yaml"]);
    assert_eq!(checked(&home.xreq_with(&["validate", "./-"], RIGHT)), ["./-"]);
    assert_eq!(checked(&home.xreq_with(&["validate", "*"], RIGHT)), ["./-", "-x.yaml"]);
}

#[test]
fn names_need_not_be_readable() {
    let home = home_with(&["a\nb/xreq.yaml"]);
    let folder = home.path().join(OsStr::from_bytes(b"not-\xff-utf8"));
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("xreq.yaml"), WRONG).expect("a file");
    let summary = "2 manifests: 2 errors, 0 warnings\n";
    for what in [".", "*/xreq.yaml"] {
        let ran = home.xreq(&["validate", what]).exits(1).prints(summary);
        let ran = ran.prints("--> a\\nb/xreq.yaml:1:");
        assert!(!ran.stdout.lines().any(|line| line.starts_with("b/")), "{}", ran.stdout);
    }
    let ran = Ran::of(home.command().arg("validate").arg(folder.join("xreq.yaml")));
    ran.exits(1).prints("1 manifest: 1 error");
}

#[test]
fn a_folder_that_cannot_be_read_is_told_and_the_rest_is_checked() {
    let home = home_with(&["a/xreq.yaml", "closed/xreq.yaml"]);
    let script = "chmod 000 \"$XREQ_TEST_FOLDER/closed\"";
    // In a user namespace that maps nobody, root is bound by permissions like anyone else.
    unshared(&["--user"], script, "commands::manifests::beside_a_closed_folder", home.path());
    let closed = home.path().join("closed");
    fs::set_permissions(closed, fs::Permissions::from_mode(0o755)).expect("a mode");
}

#[test]
#[ignore = "needs a folder that it cannot read, which another test makes"]
fn beside_a_closed_folder() {
    let folder = machine::folder();
    assert!(fs::read_dir(folder.join("closed")).is_err(), "it can be read");
    let validate = |what: &str| {
        let ran = Ran::of(Home::empty().command().current_dir(&folder).args(["validate", what]));
        ran.exits(2).complains("error[file_unreadable]: cannot read").complains("closed")
    };
    for what in [".", "*/xreq.yaml"] {
        let ran = validate(what).prints("1 manifest: 1 error, 0 warnings, 1 failure");
        assert_eq!(named(&ran), ["a/xreq.yaml"]);
    }
    let ran = validate("closed");
    assert!(!ran.stderr.contains("manifest_missing"), "{}", ran.stderr);
}

#[test]
fn every_one_of_ten_thousand_files_is_found() {
    let home = Home::in_memory();
    for folder in 0..100 {
        for agent in 0..100 {
            let wrong = folder == 57 && agent == 3;
            let text = if wrong { WRONG } else { RIGHT };
            home.write(&format!("team-{folder}/agents/agent-{agent}/xreq.yaml"), text);
        }
    }
    let ran = home.xreq(&["validate", "."]).exits(1);
    let ran = ran.prints("10000 manifests: 1 error, 0 warnings");
    assert_eq!(named(&ran), ["team-57/agents/agent-3/xreq.yaml"]);
}
