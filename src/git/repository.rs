//! The working tree that questions are asked about.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::isolation::Isolation;
use super::path::path;
use super::program::{Program, answer, not_started};
use super::tree::Tree;
use crate::error::Result;
use crate::sys::env::Env;

/// The working tree of a repository, seen from a folder in it.
#[derive(Debug)]
pub struct Repository {
    program: Program,
    folder: PathBuf,
    tree: Tree,
    pub(super) isolation: Isolation,
}

impl Repository {
    /// Finds the repository whose working tree a folder is in, wherever variables of `git` say that
    /// it is: a hook gets them for another purpose.
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

    /// Returns the way from the folder to the top of the working tree: `../..`, or nothing.
    pub fn top(&self) -> &Path {
        &self.tree.up
    }

    /// Returns the way from the folder to a file whose path starts at the top of the working tree.
    pub fn from_folder(&self, file: &Path) -> PathBuf {
        file.strip_prefix(&self.tree.down).map_or_else(|_| self.tree.up.join(file), Path::to_owned)
    }

    /// Asks a question, and returns the answer.
    ///
    /// # Errors
    ///
    /// `git` fails.
    pub(super) fn ask(&self, words: &[&str]) -> Result<Vec<u8>> {
        self.ask_of(words, &[])
    }

    /// Asks a question about files, and returns the answer.
    ///
    /// # Errors
    ///
    /// `git` fails.
    pub(super) fn ask_of(&self, words: &[&str], files: &[&Path]) -> Result<Vec<u8>> {
        answer(self.command(words).args(files)).map_err(|error| self.isolation.explained(error))
    }

    /// Runs `git` to its end, however that is.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub(super) fn run(&self, words: &[&str]) -> Result<Output> {
        self.command(words).output().map_err(|error| not_started(&error))
    }

    /// Returns a command that has not been started.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = self.program.command(&self.folder);
        command.envs(self.isolation.variables()).args(words);
        command
    }
}
