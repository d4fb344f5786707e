//! The working tree of a repository, and the paths that belong to it.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::fault::{bare, no_tree};
use super::path::path;
use crate::error::{Code, Error, Result};

/// A working tree: the folder whose `.git` is that of the repository, whatever `core.worktree` says.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) root: PathBuf,
    /// The folder of this working tree's own files: the index, `HEAD`.
    pub(super) git_dir: PathBuf,
    /// The folder that all working trees of the repository share: objects, branches, settings.
    pub(super) common: PathBuf,
    /// The way from the folder that was asked about to the top, and back.
    pub(super) up: PathBuf,
    pub(super) down: PathBuf,
}

impl Tree {
    /// Finds the working tree that a folder is in, by the repository that `git` found for it.
    ///
    /// # Errors
    ///
    /// No folder on the way up has this repository as its `.git`: it is a bare one.
    pub(super) fn of(folder: &Path, git_dir: &Path) -> Result<Self> {
        let real = |path: &Path| path.canonicalize().map_err(|error| unreadable(path, &error));
        let folder = real(folder)?;
        let git_dir = real(git_dir)?;
        if folder.starts_with(&git_dir) && git_dir.ends_with(".git") {
            return Err(no_tree());
        }
        let is_top = |top: &&Path| repository_of(top).is_some_and(|found| found == git_dir);
        let root = folder.ancestors().find(is_top).ok_or_else(bare)?.to_owned();
        let down = folder.strip_prefix(&root).unwrap_or(Path::new("")).to_owned();
        let up = down.components().map(|_| Component::ParentDir).collect();
        let common = match fs::read(git_dir.join("commondir")) {
            Ok(way) => real(&git_dir.join(path(line(&way))))?,
            Err(_) => git_dir.clone(),
        };
        Ok(Self { root, git_dir, common, up, down })
    }
}

/// Finds the repository that the `.git` of a folder is, or names.
fn repository_of(folder: &Path) -> Option<PathBuf> {
    let dot_git = folder.join(".git");
    if !dot_git.is_file() {
        return dot_git.canonicalize().ok();
    }
    let text = fs::read(dot_git).ok()?;
    folder.join(path(line(text.strip_prefix(b"gitdir: ")?))).canonicalize().ok()
}

fn line(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
    &text[..end]
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::of_system(Code::GitFailed, format!("cannot read {}", path.display()), error)
}
