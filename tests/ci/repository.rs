//! A git repository in which an app is kept, with its manifest and, perhaps, its sealed store.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Home, Ran, SCOPES};

/// A repository in a folder of a home.
pub(super) struct Repository {
    pub(super) home: Home,
    folder: PathBuf,
}

impl Repository {
    /// A repository without a commit, in a folder whose name has a space.
    pub(super) fn new() -> Self {
        let home = Home::empty();
        let folder = home.path().join("my app");
        std::fs::create_dir(&folder).expect("a folder can be made");
        let repository = Self { home, folder };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// A repository with this manifest, committed.
    pub(super) fn with_manifest(manifest: &str) -> Self {
        let repository = Self::new();
        repository.write("xreq.yaml", manifest);
        repository.commit();
        repository
    }

    pub(super) fn path(&self) -> &Path {
        &self.folder
    }

    pub(super) fn write(&self, name: &str, content: &str) {
        self.home.write(&format!("my app/{name}"), content);
    }

    /// Puts a store into the folder `name` that has a grant with the scopes of posting.
    pub(super) fn keep_store(&self, name: &str) {
        self.keep_store_of(name, SCOPES);
    }

    /// The same with other scopes.
    pub(super) fn keep_store_of(&self, name: &str, scopes: &str) {
        self.home.xreq(&["init"]).succeeds();
        self.home.import("token", scopes);
        copy(&self.home.store().join("grants"), &self.folder.join(name).join("grants"));
    }

    /// Commits everything; gives the commit.
    pub(super) fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=a change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Commits nothing; gives the commit.
    pub(super) fn commit_empty(&self) -> String {
        self.git(&["commit", "--quiet", "--allow-empty", "--message=nothing"]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(super) fn git(&self, args: &[&str]) -> String {
        Ran::of(git(&self.home, &self.folder).args(args)).succeeds().stdout.trim().to_owned()
    }
}

/// git in a folder, with no settings of whoever runs the tests.
pub(super) fn git(home: &Home, folder: &Path) -> Command {
    let mut git = home.program("git");
    git.current_dir(folder).env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{role}_NAME"), "somebody");
        git.env(format!("GIT_{role}_EMAIL"), "somebody@example.com");
    }
    git
}

/// Copies a folder as a checkout has it: readable to everybody.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("a folder can be read") {
        let entry = entry.expect("an entry can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            let content = std::fs::read(entry.path()).expect("a file can be read");
            std::fs::write(target, content).expect("a file can be written");
        }
    }
}
