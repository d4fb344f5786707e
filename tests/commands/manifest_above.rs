//! A manifest in a folder above: it is found within the same repository, and nowhere else.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::Path;

use crate::support::{Home, Ran, SCOPES};

const ABOVE: &str = "there is none in this folder";

/// A home whose working folder is a repository with a manifest and a grant for it.
fn repository() -> Home {
    let home = Home::with_manifest("integrations: [x.tweet.write]\n");
    home.import("token", SCOPES);
    home.make_repository();
    fs::create_dir_all(home.path().join("a/b")).expect("folders");
    home
}

fn ran(home: &Home, folder: &str, args: &[&str]) -> Ran {
    Ran::of(home.command().current_dir(home.path().join(folder)).args(args))
}

#[track_caller]
fn is_missing(home: &Home, folder: &str) -> Ran {
    ran(home, folder, &["check"]).exits(2).complains("error[manifest_missing]")
}

#[test]
fn every_command_takes_the_manifest_of_the_repository_and_says_which() {
    let home = repository();
    for args in [
        &["check"][..],
        &["check", "--format", "json"],
        &["explain"],
        &["validate"],
        &["trust", "--yes"],
        &["run", "--", "true"],
        &["run", "--dry-run", "--", "true"],
        &["run", "--keep-fresh", "--", "true"],
    ] {
        let deep = ran(&home, "a/b", args).succeeds();
        let note = format!("note: the manifest is ../../xreq.yaml: {ABOVE}");
        assert_eq!(deep.stderr.matches(&note).count(), 1, "{args:?}: {}", deep.stderr);
        let here = ran(&home, "", args).succeeds();
        assert!(!here.stderr.contains("the manifest is"), "{args:?}: {}", here.stderr);
    }
    for command in ["check", "explain"] {
        let json = ran(&home, "a/b", &[command, "--format", "json"]).succeeds().json();
        assert_eq!(json["manifest"], "../../xreq.yaml", "{command}");
    }
    let connect = ran(&home, "a", &["connect", "--paste", "--expect", "@me"]);
    connect.complains("the manifest is ../xreq.yaml").complains("no client of X");
    let findings = ran(&home, "a", &["validate", "--format", "github"]);
    findings.succeeds().prints("");
}

#[test]
fn an_agent_starts_in_the_working_folder() {
    let home = repository();
    let agent = ran(&home, "a/b", &["run", "--", "sh", "-c", "pwd; echo \"$XREQ_INTEGRATIONS\""]);
    let expected = home.path().join("a/b").canonicalize().expect("it is there");
    agent.succeeds().prints(&format!("{}\nx.tweet.write\n", expected.display()));
}

#[test]
fn what_was_named_and_what_is_nearer_comes_first() {
    let home = repository();
    home.write("a/inf.yml", "integrations: [x.tweet.read]\n");
    ran(&home, "a/b", &["explain"]).complains("the manifest is ../inf.yml").prints("x.tweet.read");
    let named = ran(&home, "a/b", &["explain", "--manifest", "../../xreq.yaml"]).succeeds();
    assert!(named.stdout.contains("x.tweet.write") && !named.stderr.contains(ABOVE));
    let mut command = home.command();
    command.env("XREQ_MANIFEST", "../../xreq.yaml").current_dir(home.path().join("a/b"));
    let named = Ran::of(command.arg("explain")).succeeds();
    assert!(named.stdout.contains("x.tweet.write") && !named.stderr.contains(ABOVE));
    home.write("a/b/xreq.yml", "integrations: [x.dm.read]\n");
    let here = ran(&home, "a/b", &["explain"]).succeeds();
    assert!(here.stdout.contains("x.dm.read") && !here.stderr.contains("the manifest is"));
}

#[test]
fn no_search_leaves_the_repository() {
    let home = repository();
    home.git(&["init", "-q", "a/inner"]);
    home.git(&["init", "-q", "--bare", "a/bare.git"]);
    fs::create_dir_all(home.path().join("a/inner/deep")).expect("folders");
    // A repository within: its top is the end.
    is_missing(&home, "a/inner").complains("no manifest here: none of");
    is_missing(&home, "a/inner/deep").complains("nor above it in this repository");
    home.write("a/inner/xreq.yaml", "integrations: [x.dm.read]\n");
    ran(&home, "a/inner/deep", &["explain"]).complains("is ../xreq.yaml").prints("x.dm.read");
    // In the folder of a repository there is no working tree.
    for folder in [".git", ".git/refs", "a/bare.git", "a/bare.git/refs", "a/inner/.git"] {
        is_missing(&home, folder);
    }
}

#[test]
fn without_a_repository_there_is_no_search() {
    let home = Home::with_manifest("integrations: []\n");
    fs::create_dir(home.path().join("a")).expect("a folder");
    is_missing(&home, "a");
    // What is called like one is none.
    fs::create_dir(home.path().join(".git")).expect("a folder");
    is_missing(&home, "a");
    fs::remove_dir(home.path().join(".git")).expect("it is empty");
    home.write(".git", "not the file of a worktree");
    is_missing(&home, "a");
}

#[test]
fn a_worktree_is_a_repository_of_its_own() {
    let home = repository();
    home.write("a/file", "");
    home.git(&["add", "a/file"]);
    home.git(&["commit", "-q", "-m", "A file"]);
    home.git(&["worktree", "add", "-q", "a/tree"]);
    let tree = home.path().join("a/tree");
    assert!(tree.join(".git").is_file());
    is_missing(&home, "a/tree/a");
    home.write("a/tree/xreq.yaml", "integrations: [x.dm.read]\n");
    ran(&home, "a/tree/a", &["explain"]).complains("is ../xreq.yaml").prints("x.dm.read");
}

#[test]
fn a_link_out_of_its_folder_is_refused_above_too() {
    let home = repository();
    home.write("a/outside.yaml", "password canary\n");
    fs::create_dir(home.path().join("a/b/c")).expect("a folder");
    symlink("../outside.yaml", home.path().join("a/b/xreq.yaml")).expect("a link");
    let refused =
        ran(&home, "a/b/c", &["check"]).exits(2).complains("leads to no file in its folder");
    assert!(!refused.stderr.contains("canary"), "{}", refused.stderr);
}

/// Gives a file to another user, and back.
fn as_of_another(path: &Path, check: impl FnOnce()) {
    let owner = fs::symlink_metadata(path).expect("it is there").uid();
    std::os::unix::fs::lchown(path, Some(12_345), None).expect("root may do so");
    check();
    chown(path, Some(owner), None).expect("root may do so");
}

#[test]
fn folders_of_other_users_end_the_search() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can give files to others");
        return;
    }
    let home = repository();
    for other in ["a/b", "a", "", ".git", "xreq.yaml"] {
        as_of_another(&home.path().join(other), || {
            is_missing(&home, "a/b")
                .complains("belongs to another user")
                .complains("--trust-owner 12345");
            let trusted = ran(&home, "a/b", &["--trust-owner", "12345", "validate"]);
            trusted.succeeds().complains(ABOVE);
        });
    }
    ran(&home, "a/b", &["validate"]).succeeds();
}
