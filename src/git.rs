//! The few questions that are asked of the `git` program: what changed since a revision, and what
//! files said then.
//!
//! `git` runs without a pager, without locks, without the variables of xreq, and without the
//! programs that a repository's configuration can name (`core.fsmonitor`, `diff.external`). A
//! revision is resolved to the id of a commit before anything else sees it, so that none is ever
//! read as an option.

mod changes;
mod objects;
mod revision;

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::env::Env;
use crate::error::{Code, Error, Result};
pub use changes::Changed;
pub use objects::{Id, Texts};
pub use revision::{Base, Commit};

/// Settings that would run other programs, or change what is asked.
const SETTINGS: [&str; 3] = ["core.fsmonitor=false", "core.quotePath=false", "diff.relative=false"];

/// The working tree of a repository, seen from a folder in it.
#[derive(Debug)]
pub struct Repository {
    folder: PathBuf,
    env: Env,
    up: PathBuf,
    down: PathBuf,
}

impl Repository {
    /// The repository that a folder belongs to. `git` gets this environment, but for what is
    /// xreq's own.
    ///
    /// # Errors
    ///
    /// There is no `git`, the folder belongs to no working tree, or `git` refuses to work there.
    pub fn around(folder: &Path, env: &Env) -> Result<Self> {
        let env = env.iter().filter(|(name, _)| !name.as_bytes().starts_with(b"XREQ_")).collect();
        let none = PathBuf::new();
        let mut repository = Self { folder: folder.to_owned(), env, up: none.clone(), down: none };
        let answer = repository.ask(&["rev-parse", "--show-prefix", "--show-cdup"])?;
        // The way up is made of `../` alone; the way down may have any character.
        let mut lines = answer.strip_suffix(b"\n").unwrap_or(&answer).rsplitn(2, |b| *b == b'\n');
        repository.up = path(lines.next().unwrap_or_default());
        repository.down = path(lines.next().unwrap_or_default());
        Ok(repository)
    }

    /// The way from the folder to the top of the working tree: `../..`, or nothing.
    pub fn top(&self) -> &Path {
        &self.up
    }

    /// The way from the folder to a file whose path starts at the top of the working tree.
    pub fn from_folder(&self, file: &Path) -> PathBuf {
        file.strip_prefix(&self.down).map_or_else(|_| self.up.join(file), Path::to_owned)
    }

    fn ask(&self, words: &[&str]) -> Result<Vec<u8>> {
        self.ask_of(words, &[])
    }

    fn ask_of(&self, words: &[&str], files: &[&Path]) -> Result<Vec<u8>> {
        let output = self.command(words).args(files).output().map_err(|e| not_started(&e))?;
        if output.status.success() { Ok(output.stdout) } else { Err(refused(&output)) }
    }

    fn run(&self, words: &[&str]) -> Result<Output> {
        self.command(words).output().map_err(|error| not_started(&error))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .env_clear()
            .envs(self.env.iter())
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("LC_ALL", "C")
            .current_dir(&self.folder)
            .arg("--no-pager")
            .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

fn not_started(error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Error::new(Code::GitFailed, "there is no `git` on the PATH")
            .with_hint("install git, or name the files to check");
    }
    Error::new(Code::GitFailed, format!("cannot start `git`: {error}"))
}

/// What `git` said of its failure, and the way out of the usual ones.
fn refused(output: &Output) -> Error {
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or_default();
    let first = first.strip_prefix("fatal: ").unwrap_or(first);
    if first.starts_with("not a git repository") || first.contains("must be run in a work tree") {
        return Error::new(Code::GitFailed, "this folder belongs to no working tree of git")
            .with_hint("change to the repository first, or name the files to check");
    }
    let error = Error::new(Code::GitFailed, format!("git: {}", first.escape_debug()));
    let trust = said.lines().map(str::trim).find(|line| line.starts_with("git config --global"));
    match trust {
        Some(command) => error.with_hint(format!("if you trust that folder: `{command}`")),
        None => error,
    }
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes).to_owned())
}
