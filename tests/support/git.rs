//! A home that is the working tree of a git repository.

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
