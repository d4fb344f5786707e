//! The few questions that are asked of the `git` program: what changed since a revision, and what a
//! file said then.
//!
//! `git` runs without a pager, without locks, without the variables of xreq, and without the
//! programs that a repository's configuration can name (`core.fsmonitor`, `diff.external`). A
//! revision is resolved to the id of a commit before anything else sees it, so that none is ever
//! read as an option.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::env::Env;
use crate::error::{Code, Error, Result};

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

/// A commit that exists, by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit(String);

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

    /// Looks a revision up: a branch, a tag, an id, or whatever else `git` takes for one.
    ///
    /// # Errors
    ///
    /// There is no such commit here.
    pub fn commit(&self, revision: &str) -> Result<Commit> {
        let commit = format!("{revision}^{{commit}}");
        let asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
        let output = self.run(&asked)?;
        match String::from_utf8(output.stdout) {
            Ok(id) if output.status.success() => Ok(Commit(id.trim_end().to_owned())),
            _ => Err(Error::new(
                Code::RevisionUnknown,
                format!("`{}` is no commit of this repository", revision.escape_debug()),
            )
            .with_hint(
                "a clone of continuous integration has one commit only; get the branch to compare \
                 with first: `git fetch --depth=1 origin main`, then name `FETCH_HEAD`",
            )),
        }
    }

    /// The files of the working tree that are not as they were where this branch left the line of
    /// a commit (or in that commit itself, where the two have nothing in common): changed, added,
    /// renamed, or new and not ignored. Paths start at the top of the working tree, and are sorted.
    pub fn changed_since(&self, commit: &Commit) -> Result<Vec<PathBuf>> {
        let base = self.merge_base(commit)?;
        let changed = self.ask(&[
            "diff",
            "--name-only",
            "-z",
            "--diff-filter=d",
            "--no-renames",
            "--no-ext-diff",
            "--ignore-submodules=all",
            &base.0,
            "--",
        ])?;
        let untracked =
            self.ask(&["ls-files", "--others", "--exclude-standard", "--full-name", "-z", ":/"])?;
        let mut files: Vec<_> = [changed, untracked].iter().flat_map(|list| paths(list)).collect();
        files.sort_unstable();
        files.dedup();
        Ok(files)
    }

    /// What a file said in a commit: at most `most` bytes of it, and nothing where it was not
    /// there. The file's path starts at the folder, and may lead up from it.
    ///
    /// # Errors
    ///
    /// It was no file then but a folder, a link or a submodule.
    pub fn text_at(&self, commit: &Commit, file: &Path, most: u64) -> Result<Option<Vec<u8>>> {
        let listed =
            self.ask_of(&["--literal-pathspecs", "ls-tree", "-z", &commit.0, "--"], Some(file))?;
        let Some(end) = listed.iter().position(|byte| *byte == b'\t') else { return Ok(None) };
        let entry = String::from_utf8_lossy(&listed[..end]);
        let fields: Vec<_> = entry.split(' ').collect();
        let ["100644" | "100755", "blob", id] = fields[..] else {
            let message = format!("{} was no file in {}", file.display(), commit.0);
            return Err(Error::new(Code::FileUnreadable, message));
        };
        self.blob(id, most).map(Some)
    }

    fn merge_base(&self, commit: &Commit) -> Result<Commit> {
        let output = self.run(&["merge-base", &commit.0, "HEAD"])?;
        let base = String::from_utf8(output.stdout).ok().filter(|_| output.status.success());
        Ok(base.map_or_else(|| commit.clone(), |id| Commit(id.trim_end().to_owned())))
    }

    fn blob(&self, id: &str, most: u64) -> Result<Vec<u8>> {
        let mut command = self.command(&["cat-file", "blob", id]);
        let mut child =
            command.stderr(Stdio::null()).spawn().map_err(|error| not_started(&error))?;
        let mut text = Vec::new();
        let read = child
            .stdout
            .take()
            .expect("standard output is a pipe")
            .take(most)
            .read_to_end(&mut text);
        // A `git` whose reader has enough of it fails, which is no failure of ours.
        let ended = child.wait().and_then(|status| read.map(|_| status));
        match ended {
            Ok(status) if status.success() || text.len() as u64 == most => Ok(text),
            Ok(status) => Err(Error::new(Code::GitFailed, format!("cannot read {id}: {status}"))),
            Err(error) => Err(Error::new(Code::GitFailed, format!("cannot read {id}: {error}"))),
        }
    }

    fn ask(&self, words: &[&str]) -> Result<Vec<u8>> {
        self.ask_of(words, None)
    }

    fn ask_of(&self, words: &[&str], file: Option<&Path>) -> Result<Vec<u8>> {
        let output = self.command(words).args(file).output().map_err(|e| not_started(&e))?;
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

fn paths(list: &[u8]) -> impl Iterator<Item = PathBuf> {
    list.split(|byte| *byte == 0).filter(|bytes| !bytes.is_empty()).map(path)
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes).to_owned())
}
