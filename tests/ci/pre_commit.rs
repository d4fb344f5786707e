//! The hook, run by pre-commit itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::files::python;
use super::repository::{Repository, git};
use super::runner::{root, yaml};
use crate::support::{Ran, XREQ};

const GOOD: &str =
    "requirements:\n  integrations:\n    - key: x.tweet.write\n      description: Post\n";

/// A repository that has the hooks of this one, but for their language: pre-commit would build the
/// program for minutes, where the one under test is at hand.
fn hooks(repository: &Repository) -> (PathBuf, String) {
    let folder = repository.home.path().join("hooks");
    fs::create_dir(&folder).expect("a folder can be made");
    let hooks = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).expect("it is there");
    let here = hooks.replace("language: rust", "language: system");
    assert_ne!(hooks, here);
    fs::write(folder.join(".pre-commit-hooks.yaml"), here).expect("a file can be written");
    let run = |args: &[&str]| Ran::of(git(&repository.home, &folder).args(args)).succeeds();
    run(&["init", "--quiet"]);
    run(&["add", "--all"]);
    run(&["commit", "--quiet", "--message=hooks"]);
    let revision = run(&["rev-parse", "HEAD"]).stdout.trim().to_owned();
    (folder, revision)
}

/// pre-commit in a repository, with the program under test on its path.
fn pre_commit(repository: &Repository) -> Option<Command> {
    let mut command = python(&repository.home, "pre_commit")?;
    let programs = Path::new(XREQ).parent().expect("it is in a folder");
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").expect("it is UTF-8"));
    command.env("PATH", path).env("PRE_COMMIT_HOME", repository.home.path().join("cache"));
    command.current_dir(repository.path());
    Some(command)
}

#[test]
fn the_hook_judges_the_manifests_that_are_committed() {
    let repository = Repository::with_manifest(GOOD);
    let (folder, revision) = hooks(&repository);
    let config = fs::read_to_string(root().join("examples/ci/pre-commit-config.yaml"));
    let config = config
        .expect("it is there")
        .replace("https://github.com/<owner>/xreq", folder.to_str().expect("it is UTF-8"));
    let version = format!("v{}", env!("CARGO_PKG_VERSION"));
    repository.write(".pre-commit-config.yaml", &config.replace(&version, &revision));
    let run = || {
        repository.git(&["add", "--all"]);
        Some(Ran::of(pre_commit(&repository)?.args(["run", "--verbose"])))
    };
    let Some(ran) = run() else { return };
    assert!(ran.stdout.contains("(no files to check)Skipped"), "{}{}", ran.stdout, ran.stderr);
    ran.exits(0);

    repository.write("an agent/inf.yml", GOOD);
    run().expect("it is there").exits(0).prints("1 manifest: 0 errors");
    repository.write("other/xreq.yml", &GOOD.replace("write", "wriet"));
    repository.write("not-xreq.yaml", "a: [");
    let ran = run().expect("it is there").exits(1).prints("2 manifests: 1 error");
    ran.prints("did you mean `x.tweet.write`").prints("other/xreq.yml:3:12");
}

#[test]
fn the_files_are_such_as_pre_commit_takes() {
    let repository = Repository::new();
    let Some(mut command) = pre_commit(&repository) else { return };
    let manifest = root().join(".pre-commit-hooks.yaml");
    Ran::of(command.arg("validate-manifest").arg(manifest)).succeeds();
    let mut command = pre_commit(&repository).expect("it was there");
    let config = root().join("examples/ci/pre-commit-config.yaml");
    Ran::of(command.arg("validate-config").arg(config)).succeeds();
}

#[test]
fn the_example_names_a_hook_that_exists() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let config = yaml("examples/ci/pre-commit-config.yaml");
    assert_eq!(config["repos"][0]["hooks"][0]["id"], hooks[0]["id"]);
    assert_eq!(hooks[0]["entry"], "xreq validate");
}
