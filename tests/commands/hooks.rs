//! Hooks, aliases and `rebase --exec`: `git` starts them with variables that say where it works, and
//! the working tree is found without these.

use std::path::PathBuf;

use crate::support::git::paths_of_gits;
use crate::support::machine::lacks;
use crate::support::{Home, Ran, XREQ};

const RIGHT: &str = "integrations: [x.tweet.read]\n";
const WRONG: &str = "integrations: [x.tweet.raed]\n";

/// A repository with two working trees, and a hook that validates what changed.
struct Hooked {
    home: Home,
    path: std::ffi::OsString,
    trees: [PathBuf; 2],
}

impl Hooked {
    /// One for each `git` of the machine.
    fn all(hook: &str, script: &str) -> Vec<Self> {
        if lacks("git") {
            return Vec::new();
        }
        let of = |path| {
            let home = Home::empty();
            home.write("main/a/xreq.yaml", RIGHT);
            home.write("main/b/xreq.yaml", RIGHT);
            let hooked =
                Self { trees: ["main", "linked"].map(|t| home.path().join(t)), home, path };
            hooked.git(0, &["init", "-q", "-b", "main"]).succeeds();
            hooked.git(0, &["add", "--all"]).succeeds();
            hooked.git(0, &["commit", "-q", "-m", "a"]).succeeds();
            hooked.git(0, &["worktree", "add", "-q", "-b", "topic", "../linked"]).succeeds();
            let script = format!("#!/bin/sh\n{}\n", script.replace("xreq", XREQ));
            hooked.home.write_program(&format!("main/.git/hooks/{hook}"), &script);
            hooked
        };
        paths_of_gits().into_iter().map(of).collect()
    }

    fn git(&self, tree: usize, args: &[&str]) -> Ran {
        let author = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
        let mut git = self.home.program("git");
        git.env("PATH", &self.path).current_dir(&self.trees[tree]);
        Ran::of(git.args(author).args(args))
    }

    fn write(&self, tree: usize, file: &str, text: &str) {
        std::fs::write(self.trees[tree].join(file), text).expect("there is a folder");
    }
}

#[test]
fn a_commit_is_judged_in_every_working_tree() {
    for hooked in Hooked::all("pre-commit", "exec xreq validate --changed HEAD") {
        for tree in [0, 1] {
            hooked.write(tree, "b/xreq.yaml", WRONG);
            let all: &[&str] = &["commit", "-q", "-a", "-m", "b"];
            for args in [
                all,
                &["commit", "-q", "-m", "b", "b/xreq.yaml"],
                &["commit", "-q", "-i", "-m", "b", "b"],
            ] {
                hooked.git(tree, args).exits(1).complains("b/xreq.yaml:1:16");
            }
            hooked.git(tree, &["add", "b"]).succeeds();
            hooked.git(tree, &["commit", "-q", "-m", "b"]).exits(1).complains("b/xreq.yaml:1:16");
            hooked.write(tree, "b/xreq.yaml", &RIGHT.replace("tweet", "dm"));
            hooked.git(tree, all).succeeds().complains("1 manifest changed since `HEAD`: 0 errors");
        }
    }
}

#[test]
fn a_hook_in_a_folder_below_sees_the_whole_working_tree() {
    for hooked in Hooked::all("pre-commit", "cd a && exec xreq validate --changed HEAD") {
        for tree in [0, 1] {
            hooked.write(tree, "b/xreq.yaml", WRONG);
            let ran = hooked.git(tree, &["commit", "-q", "-a", "-m", "b"]).exits(1);
            ran.complains("../b/xreq.yaml:1:16");
        }
    }
}

#[test]
fn a_push_is_judged_in_every_working_tree() {
    for hooked in Hooked::all("pre-push", "exec xreq validate --changed origin/main") {
        hooked.git(0, &["init", "-q", "--bare", "../origin"]).succeeds();
        hooked.git(0, &["remote", "add", "origin", "../origin"]).succeeds();
        hooked.git(0, &["push", "-q", "--no-verify", "origin", "main"]).succeeds();
        for (tree, branch) in [(0, "main"), (1, "topic")] {
            hooked.write(tree, "a/xreq.yaml", WRONG);
            hooked.git(tree, &["commit", "-q", "-a", "-m", branch]).succeeds();
            hooked.git(tree, &["push", "-q", "origin", branch]).exits(1).prints("a/xreq.yaml:1:16");
            hooked.write(tree, "a/xreq.yaml", RIGHT);
            hooked.git(tree, &["commit", "-q", "-a", "-m", branch]).succeeds();
            hooked.git(tree, &["push", "-q", "origin", branch]).succeeds();
        }
    }
}

#[test]
fn what_an_alias_or_a_variable_says_does_not_count() {
    for hooked in Hooked::all("unused", "") {
        let command = format!("alias.judge=!{XREQ} validate --changed HEAD");
        hooked.write(1, "b/xreq.yaml", WRONG);
        hooked.git(1, &["-c", &command, "judge"]).exits(1).prints("b/xreq.yaml:1:16");
        hooked.git(1, &["-C", "a", "-c", &command, "judge"]).exits(1).prints("b/xreq.yaml:1:16");
        let main = hooked.trees[0].join(".git");
        let variables = [("GIT_DIR", main.clone()), ("GIT_WORK_TREE", hooked.trees[0].clone())];
        let others = [("GIT_INDEX_FILE", main.join("index")), ("GIT_PREFIX", "a/".into())];
        let mut command = hooked.home.command();
        command.envs(variables.into_iter().chain(others)).current_dir(&hooked.trees[1]);
        command.env("PATH", &hooked.path);
        Ran::of(command.args(["validate", "--changed", "HEAD"]))
            .exits(1)
            .prints("b/xreq.yaml:1:16");
    }
}
