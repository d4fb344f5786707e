//! `xreq init --ci`: the files of the examples, at the root of the repository, and never over what
//! is there.

use std::fs;
use std::path::Path;

use super::repository::Repository;
use super::runner::root;
use crate::support::{Home, Ran};

fn example(name: &str) -> String {
    fs::read_to_string(root().join("examples/ci").join(name)).expect("it is there")
}

fn content(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("it was written")
}

fn init(repository: &Repository, folder: &str, services: &[&str]) -> Ran {
    let mut xreq = repository.home.command();
    xreq.current_dir(repository.path().join(folder)).arg("init");
    for service in services {
        xreq.args(["--ci", service]);
    }
    Ran::of(&mut xreq)
}

#[test]
fn the_files_are_those_of_the_examples() {
    let repository = Repository::new();
    let ran = init(&repository, ".", &["github", "gitlab", "pre-commit", "github"]).succeeds();
    for (file, of) in [
        (".github/workflows/xreq.yml", "github.yml"),
        (".gitlab-ci.yml", "gitlab-ci.yml"),
        (".pre-commit-config.yaml", "pre-commit-config.yaml"),
    ] {
        assert_eq!(content(repository.path(), file), example(of), "{file}");
        assert_eq!(ran.stdout.matches(&format!("ci         {file}  (new)\n")).count(), 1);
    }
    let ran = ran.prints("replace `<owner>`").prints("manifest   xreq.yaml  (new");
    assert!(!ran.stdout.contains("there already"), "{}", ran.stdout);
    init(&repository, ".", &[]).succeeds();
}

#[test]
fn nothing_is_written_over() {
    let repository = Repository::new();
    init(&repository, ".", &["github", "gitlab", "pre-commit"]).succeeds();
    for name in [".github/workflows/xreq.yml", ".gitlab-ci.yml", ".pre-commit-config.yaml"] {
        repository.write(name, &format!("# mine, with xreq: {name}\n"));
    }
    let ran = init(&repository, ".", &["github", "gitlab", "pre-commit"]).succeeds();
    assert_eq!(ran.stdout.matches("(there already)\n").count(), 4, "{}", ran.stdout);
    assert!(!ran.stdout.contains("<owner>"), "{}", ran.stdout);
    for name in [".github/workflows/xreq.yml", ".gitlab-ci.yml", ".pre-commit-config.yaml"] {
        assert_eq!(content(repository.path(), name), format!("# mine, with xreq: {name}\n"));
    }
    assert!(!repository.path().join(".gitlab").exists());
}

/// A pipeline that is there includes GitLab's file; a list of hooks is for its owner to change.
#[test]
fn what_others_have_begun_is_added_to_by_its_owner() {
    let repository = Repository::new();
    repository.write(".gitlab-ci.yml", "test: {script: [make]}\n");
    repository.write(".pre-commit-config.yaml", "repos: []\n");
    let ran = init(&repository, ".", &["gitlab", "pre-commit"]).succeeds();
    let ran = ran.prints("ci         .gitlab/xreq.yml  (new)\n  add to .gitlab-ci.yml:\n");
    let ran = ran.prints("    include:\n      - local: .gitlab/xreq.yml\n");
    let ran = ran.prints("  add to .pre-commit-config.yaml:\n").prints("- id: xreq-validate");
    assert!(!ran.stdout.contains(".pre-commit-config.yaml  (new)"), "{}", ran.stdout);
    assert_eq!(content(repository.path(), ".gitlab/xreq.yml"), example("gitlab-ci.yml"));
    assert_eq!(content(repository.path(), ".gitlab-ci.yml"), "test: {script: [make]}\n");
    assert_eq!(content(repository.path(), ".pre-commit-config.yaml"), "repos: []\n");
}

#[test]
fn the_manifest_stands_here_and_the_rest_at_the_root() {
    let repository = Repository::new();
    repository.write("agents/one/README", "");
    let ran = init(&repository, "agents/one", &["github"]).succeeds();
    let path = repository.path().join(".github/workflows/xreq.yml");
    ran.prints(&format!("ci         {}  (new)\n", path.display()));
    assert!(path.exists());
    assert!(repository.path().join("agents/one/xreq.yaml").exists());
    assert!(!repository.path().join("xreq.yaml").exists());
}

#[test]
fn a_folder_that_is_no_repository_is_its_own_root() {
    let home = Home::empty();
    home.xreq(&["init", "--ci", "github"]).succeeds();
    assert!(home.path().join(".github/workflows/xreq.yml").exists());
    home.xreq(&["init", "--ci", "jenkins"]).exits(2).complains("pre-commit");
    home.write(".gitlab-ci.yml/file", "");
    home.xreq(&["init", "--ci", "gitlab"]).exits(2).complains("cannot read .gitlab-ci.yml");
    let blocked = Home::empty();
    blocked.write(".github", "a file");
    blocked.xreq(&["init", "--ci", "github"]).exits(3).complains("cannot write .github/workflows");
}
