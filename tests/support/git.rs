//! A home that is the working tree of a git repository.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Home, Ran};

impl Home {
    /// Makes a repository of the working folder, whose branch is `main`.
    pub fn make_repository(&self) {
        self.git(&["init", "-q", "-b", "main"]);
    }

    /// Runs `git`, which must succeed.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> Ran {
        let author = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
        Ran::of(self.program("git").args(author).args(args)).succeeds()
    }

    /// Commits everything in the working folder.
    #[track_caller]
    pub fn commit_all(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "-m", "Agents"]);
    }
}

/// The values of `PATH` by which each `git` of this machine is found first.
pub fn paths_of_gits() -> Vec<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let has_git = |folder: &&PathBuf| folder.join("git").is_file();
    let paths = folders.iter().filter(has_git).map(|folder| {
        let path = [folder].into_iter().chain(&folders);
        std::env::join_paths(path).expect("they were parts of one text")
    });
    paths.collect()
}
