//! `validate --changed`: what `git` says has changed.

use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::manifests::named;
use crate::support::machine::lacks;
use crate::support::{Home, Ran};

const RIGHT: &str = "integrations: [x.tweet.read]\n";
const WRONG: &str = "integrations: [x.tweet.raed]\n";

/// A repository whose branch `main` has one commit, with a right manifest at each of these paths.
struct Repository(Home);

impl Repository {
    fn with(files: &[&str]) -> Option<Self> {
        if lacks("git") {
            return None;
        }
        let repository = Self(Home::empty());
        repository.0.make_repository();
        for file in files {
            repository.0.write(file, RIGHT);
        }
        repository.0.write("README.md", "These are agents.\n");
        repository.0.commit_all();
        Some(repository)
    }

    fn wrong(&self, file: &str) {
        self.0.write(file, WRONG);
    }

    /// What `validate` says in a folder of the repository.
    fn validate_in(&self, folder: &str, args: &[&str]) -> Ran {
        let mut command = self.0.command();
        command.current_dir(self.0.path().join(folder)).arg("validate").args(args);
        Ran::of(&mut command)
    }

    fn validate(&self, args: &[&str]) -> Ran {
        self.validate_in(".", args)
    }

    /// The files that are wrong among those that were checked.
    #[track_caller]
    fn checked(&self, args: &[&str]) -> Vec<String> {
        named(&self.validate(args).exits(1))
    }
}

#[test]
fn what_is_committed_staged_changed_or_new_is_checked() {
    let files = ["a/xreq.yaml", "b/xreq.yaml", "c/xreq.yaml", "d/xreq.yaml", "e/xreq.yaml"];
    let Some(repository) = Repository::with(&files) else { return };
    repository.0.git(&["switch", "-q", "-c", "work"]);
    repository.wrong("a/xreq.yaml");
    repository.0.commit_all();
    repository.wrong("b/xreq.yaml");
    repository.0.git(&["add", "b"]);
    repository.wrong("c/xreq.yaml");
    repository.wrong("new/inf.yml");
    repository.wrong("ignored/xreq.yaml");
    repository.0.write(".gitignore", "ignored\n");
    repository.0.git(&["rm", "-q", "d/xreq.yaml"]);
    std::fs::remove_file(repository.0.path().join("e/xreq.yaml")).expect("it is there");
    let found = ["a/xreq.yaml", "b/xreq.yaml", "c/xreq.yaml", "new/inf.yml"];
    let ran = repository.validate(&["--changed", "main"]).exits(1);
    assert_eq!(named(&ran), found);
    ran.prints("4 manifests changed since `main`: 4 errors, 0 warnings\n");
    assert_eq!(repository.checked(&["--changed", "HEAD"]), found[1..]);
}

#[test]
fn a_file_that_moved_is_checked_where_it_is() {
    let Some(repository) = Repository::with(&["a/xreq.yaml", "b/xreq.yaml"]) else { return };
    repository.0.git(&["mv", "a/xreq.yaml", "a/inf.yaml"]);
    repository
        .validate(&["--changed", "main"])
        .succeeds()
        .prints("1 manifest changed since `main`: 0 errors");
    repository.wrong("a/inf.yaml");
    repository.0.commit_all();
    assert_eq!(repository.checked(&["--changed", "main~1"]), ["a/inf.yaml"]);
}

#[test]
fn what_others_changed_meanwhile_is_not_ours() {
    let Some(repository) = Repository::with(&["a/xreq.yaml", "b/xreq.yaml"]) else { return };
    repository.0.git(&["switch", "-q", "-c", "work"]);
    repository.wrong("a/xreq.yaml");
    repository.0.commit_all();
    repository.0.git(&["switch", "-q", "main"]);
    repository.wrong("b/xreq.yaml");
    repository.0.commit_all();
    repository.0.git(&["switch", "-q", "work"]);
    repository
        .validate(&["--changed", "main"])
        .exits(1)
        .prints("1 manifest changed since `main`: 1 error");
    // Lines of their own have no common commit, as in a clone that is one commit deep.
    repository.0.git(&["switch", "-q", "--orphan", "apart"]);
    repository.wrong("c/xreq.yaml");
    repository.0.git(&["checkout", "-q", "main", "--", "a"]);
    repository.0.commit_all();
    assert_eq!(repository.checked(&["--changed", "main"]), ["c/xreq.yaml"]);
}

#[test]
fn nothing_changed_is_said() {
    let Some(repository) = Repository::with(&["a/xreq.yaml"]) else { return };
    let ran = repository.validate(&["--changed", "main"]).succeeds();
    assert_eq!(ran.stdout, "no manifest changed since `main`\n");
    repository.0.write("README.md", "Changed.\n");
    repository.wrong("a/other.yaml");
    repository.validate(&["--changed", "main"]).succeeds().prints("no manifest changed");
    repository.validate(&["--changed", "main", "a"]).succeeds().prints("no manifest changed");
    let json = repository.validate(&["--changed", "main", "--format", "json"]).succeeds().json();
    assert_eq!((&json["valid"], &json["files"]), (&true.into(), &0.into()));
}

/// The workflow that `init --ci github` writes is called like a manifest, and is none.
#[test]
fn files_of_services_are_no_manifests_unless_they_are_named() {
    let Some(repository) = Repository::with(&["a/xreq.yaml"]) else { return };
    let files = [
        ".circleci/xreq.yml",
        ".github/workflows/xreq.yml",
        ".github/xreq.yaml",
        ".gitlab/xreq.yml",
    ];
    for file in files {
        repository.wrong(file);
    }
    for args in [&["HEAD"][..], &["HEAD", "."], &["HEAD", "**/*.yml"]] {
        let validate = [&["--changed"], args].concat();
        repository.validate(&validate).succeeds().prints("no manifest changed");
        let diff = repository.0.xreq(&[&["diff", "--git"], args].concat()).succeeds();
        assert!(!diff.stdout.contains("xreq.y"), "{args:?}: {}", diff.stdout);
    }
    repository.validate(&["."]).succeeds().prints("1 manifest:");
    assert_eq!(repository.checked(&["--changed", "HEAD", ".github"]), files[1..3]);
    assert_eq!(
        repository.checked(&["--changed", "HEAD", ".github/workflows/xreq.yml"]),
        files[1..2]
    );
    assert_eq!(repository.checked(&["--changed", "HEAD", ".*/*.yml"]), [files[0], files[3]]);
    // Elsewhere the name of the folder means nothing to a service.
    repository.wrong("b/.github/xreq.yaml");
    assert_eq!(repository.checked(&["--changed", "HEAD"]), ["b/.github/xreq.yaml"]);
}

#[test]
fn paths_say_which_of_the_changes_count() {
    let Some(repository) = Repository::with(&["a/xreq.yaml", "ab/xreq.yaml"]) else { return };
    for file in ["a/xreq.yaml", "ab/xreq.yaml", "a/deep/app.yaml", "a/.hidden/xreq.yaml"] {
        repository.wrong(file);
    }
    for (path, found) in [
        ("a", &["a/.hidden/xreq.yaml", "a/xreq.yaml"][..]),
        ("./ab/", &["ab/xreq.yaml"]),
        (".", &["a/.hidden/xreq.yaml", "a/xreq.yaml", "ab/xreq.yaml"]),
        ("a/deep/app.yaml", &["a/deep/app.yaml"]),
        ("a/**/*.yaml", &["a/.hidden/xreq.yaml", "a/deep/app.yaml", "a/xreq.yaml"]),
        ("*/xreq.yaml", &["a/xreq.yaml", "ab/xreq.yaml"]),
        ("a/.hidden", &["a/.hidden/xreq.yaml"]),
    ] {
        assert_eq!(repository.checked(&["--changed", "HEAD", path]), found, "{path}");
    }
    repository.validate(&["--changed", "HEAD", "README.md"]).succeeds().prints("no manifest");
    let missing = repository.validate(&["--changed", "HEAD", "no.yaml", "a"]).exits(2);
    let found = ["a/.hidden/xreq.yaml", "a/xreq.yaml"];
    assert_eq!(named(&missing.complains("file_unreadable")), found);
    let elsewhere = TempDir::new().expect("a folder");
    let elsewhere = elsewhere.path().to_str().expect("it is UTF-8");
    let ran = repository.validate(&["--changed", "HEAD", elsewhere]);
    ran.exits(2).complains("is not in the repository");
}

#[test]
fn from_a_folder_below_the_whole_repository_is_looked_at() {
    let Some(repository) = Repository::with(&["a/b/xreq.yaml", "c/xreq.yaml"]) else { return };
    repository.wrong("a/b/xreq.yaml");
    repository.wrong("c/xreq.yaml");
    repository.wrong("d/xreq.yaml");
    repository.0.git(&["config", "diff.relative", "true"]);
    let ran = repository.validate_in("a", &["--changed", "HEAD"]).exits(1);
    assert_eq!(named(&ran), ["../c/xreq.yaml", "../d/xreq.yaml", "b/xreq.yaml"]);
    let ran = repository.validate_in("a", &["--changed", "HEAD", ".", "../c"]).exits(1);
    assert_eq!(named(&ran), ["../c/xreq.yaml", "b/xreq.yaml"]);
}

#[test]
fn names_that_need_quotes_are_found() {
    let names = ["a\nb/xreq.yaml", "é \"q\"/xreq.yaml", "-x/xreq.yaml"];
    let Some(repository) = Repository::with(&names) else { return };
    for name in names {
        repository.wrong(name);
    }
    repository.wrong("ü/xreq.yaml");
    repository.validate(&["--changed", "HEAD"]).exits(1).prints("4 manifests changed");
    repository.validate(&["--changed", "HEAD", "--", "-x"]).exits(1).prints("1 manifest changed");
}

#[test]
fn links_are_followed_only_where_they_are_named() {
    let Some(repository) = Repository::with(&["a/app.yaml"]) else { return };
    repository.wrong("a/app.yaml");
    let link = repository.0.path().join("a/xreq.yaml");
    symlink("app.yaml", link).expect("a link");
    for args in [&["--changed", "HEAD"][..], &["--changed", "HEAD", "a"]] {
        repository.validate(args).exits(2).complains("a/xreq.yaml is a link");
    }
    assert_eq!(repository.checked(&["--changed", "HEAD", "a/xreq.yaml"]), ["a/xreq.yaml"]);
}

#[test]
fn a_revision_is_never_an_option() {
    let Some(repository) = Repository::with(&["xreq.yaml"]) else { return };
    let bad =
        ["--output=x", "-x", "nowhere", "main..main", "main:xreq.yaml", "", "--all", "main\n"];
    for revision in bad {
        let ran = repository.validate(&[&format!("--changed={revision}")]).exits(2);
        let ran = ran.complains("revision_unknown");
        assert!(!ran.stderr.contains("git fetch"), "{}", ran.stderr);
    }
    repository.validate(&["--changed", "--output=x"]).exits(2).complains("unexpected argument");
    assert!(!repository.0.path().join("x").exists());
    for revision in ["main", "HEAD", "@", "refs/heads/main", "main^{/Agents}"] {
        repository.validate(&["--changed", revision]).succeeds();
    }
}

#[test]
fn what_git_refuses_is_told_with_the_way_out() {
    if lacks("git") {
        return;
    }
    let home = Home::empty();
    let ran = home.xreq(&["validate", "--changed", "main"]).exits(3);
    ran.complains("git_failed").complains("no working tree");
    let ran = home.xreq(&["validate", "--changed", "main", "-"]).exits(2);
    ran.complains("bad_argument");
    let ran =
        Ran::of(home.command().env("PATH", "/nowhere").args(["validate", "--changed", "main"]));
    ran.exits(3).complains("git_failed").complains("there is no `git`");
    // What git says of a folder that belongs to somebody else.
    home.make_repository();
    let path = std::env::var("PATH").expect("it is UTF-8");
    let script =
        format!("#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 PATH='{path}' exec git \"$@\"\n");
    let git = home.write_program("of another/git", &script);
    let folder = git.parent().expect("it is in a folder");
    let mut command = home.command();
    let ran = Ran::of(command.env("PATH", folder).args(["validate", "--changed", "main"])).exits(3);
    ran.complains("git_failed").complains("git config --global --add safe.directory");
}

#[test]
fn programs_that_a_repository_names_are_not_started() {
    let Some(repository) = Repository::with(&["xreq.yaml"]) else { return };
    repository.wrong("xreq.yaml");
    let trap = format!("touch {}", repository.0.path().join("sprung").display());
    for name in ["core.fsmonitor", "diff.external", "core.pager", "pager.diff"] {
        repository.0.git(&["config", name, &trap]);
    }
    assert_eq!(repository.checked(&["--changed", "HEAD"]), ["xreq.yaml"]);
    assert!(!repository.0.path().join("sprung").exists());
}
