//! The few questions that are asked of the `git` program: what changed since a revision, and what
//! files said then.
//!
//! A repository is a stranger's folder. `git` finds the working tree and its `.git` by a question
//! that runs nothing; whatever else it is asked, it reads settings of xreq in the place of
//! those of the repository, so that none of the programs that they can name is started. It gets the
//! few variables by which it finds itself and its user, and none with a token.
//!
//! A revision is resolved to the id of a commit before anything else sees it, so that none is ever
//! read as an option.

mod changes;
mod isolation;
mod objects;
mod program;
mod revision;
mod tree;

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::error::{Code, Error, Result};
use crate::sys::env::Env;
use crate::text::escape::legible;
pub use changes::Changed;
use isolation::Isolation;
pub use objects::{Id, Texts};
use program::Program;
pub use revision::{Base, Commit};
use tree::Tree;

/// The working tree of a repository, seen from a folder in it.
#[derive(Debug)]
pub struct Repository {
    program: Program,
    folder: PathBuf,
    tree: Tree,
    isolation: Isolation,
}

impl Repository {
    /// The repository whose working tree a folder is in, wherever variables of `git` say that it is:
    /// a hook gets them for another purpose.
    ///
    /// # Errors
    ///
    /// There is no `git`, the folder belongs to no working tree, or `git` refuses to work there.
    pub fn around(folder: &Path, env: &Env) -> Result<Self> {
        let program = Program::found(env)?;
        let git_dir = answer(program.command(folder).args(["rev-parse", "--absolute-git-dir"]))?;
        let tree = Tree::of(folder, &path(git_dir.strip_suffix(b"\n").unwrap_or(&git_dir)))?;
        let isolation = Isolation::of(&tree, &program)?;
        Ok(Self { program, folder: folder.to_owned(), tree, isolation })
    }

    /// The way from the folder to the top of the working tree: `../..`, or nothing.
    pub fn top(&self) -> &Path {
        &self.tree.up
    }

    /// The way from the folder to a file whose path starts at the top of the working tree.
    pub fn from_folder(&self, file: &Path) -> PathBuf {
        file.strip_prefix(&self.tree.down).map_or_else(|_| self.tree.up.join(file), Path::to_owned)
    }

    fn ask(&self, words: &[&str]) -> Result<Vec<u8>> {
        self.ask_of(words, &[])
    }

    fn ask_of(&self, words: &[&str], files: &[&Path]) -> Result<Vec<u8>> {
        answer(self.command(words).args(files)).map_err(|error| self.isolation.explained(error))
    }

    fn run(&self, words: &[&str]) -> Result<Output> {
        self.command(words).output().map_err(|error| not_started(&error))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.program.command(&self.folder);
        command.envs(self.isolation.variables()).args(words);
        command
    }
}

/// Runs `git` to its end.
fn answer(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.output().map_err(|error| not_started(&error))?;
    if output.status.success() { Ok(output.stdout) } else { Err(refused(&output)) }
}

fn not_started(error: &io::Error) -> Error {
    Error::new(Code::GitFailed, format!("cannot start `git`: {error}"))
}

/// What `git` said of its failure, and the way out of the usual ones.
fn refused(output: &Output) -> Error {
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or_default();
    let first = first.strip_prefix("fatal: ").unwrap_or(first);
    if first.starts_with("not a git repository") {
        return no_tree();
    }
    if first.starts_with("cannot use bare repository") {
        return bare();
    }
    let error = Error::new(Code::GitFailed, format!("git: {}", legible(first)));
    let trust = said.lines().map(str::trim).find(|line| line.starts_with("git config --global"));
    match trust {
        Some(command) => {
            error.with_hint(format!("if you trust that folder: `{}`", legible(command)))
        }
        None => error,
    }
}

fn no_tree() -> Error {
    Error::new(Code::GitFailed, "this folder belongs to no working tree of git")
        .with_hint("change to the repository first, or name the files to check")
}

/// A repository without a working tree may be a folder of somebody else's commit, whose settings are
/// that somebody's.
fn bare() -> Error {
    Error::new(Code::GitFailed, "this folder is in a bare repository, where nothing is compared")
        .with_hint("change to a working tree first, or name the files to check")
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes).to_owned())
}
