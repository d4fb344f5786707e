//! The folders above a folder, up to the top of the working tree that it is in.
//!
//! `git` is not asked: it may not be there, and to start it costs more than a launch. The same rules
//! hold. The nearest folder with a `.git` is the top, a submodule's and a worktree's included; in the
//! folder of a repository itself there is no working tree; a search does not leave the file system.

use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::sys::files::Trust;

/// A folder or a `.git` of somebody else's, for which no folder above is looked into.
pub(crate) struct Foreign {
    pub(crate) path: PathBuf,
    pub(crate) owner: u32,
}

/// Returns the folders above a folder, the nearest first, up to the top of its working tree; none
/// where it is in no working tree, or is the top.
///
/// # Errors
///
/// One of them, or the repository, belongs to another user.
pub(crate) fn above(folder: &Path, trust: &Trust) -> Result<Vec<PathBuf>, Foreign> {
    let mut passed: Vec<(&Path, Metadata)> = Vec::new();
    for folder in folder.ancestors() {
        let Ok(found) = folder.symlink_metadata() else { break };
        if passed.last().is_some_and(|(_, below)| below.dev() != found.dev()) || is_bare(folder) {
            break;
        }
        passed.push((folder, found));
        let mark = folder.join(".git");
        let Ok(repository) = mark.symlink_metadata() else { continue };
        if !leads_to_repository(&mark) {
            break;
        }
        let folders = passed.iter().map(|(path, found)| (*path, found));
        for (path, found) in folders.chain([(mark.as_path(), &repository)]) {
            if !trust.is_own(found.uid()) {
                return Err(Foreign { path: path.to_owned(), owner: found.uid() });
            }
        }
        return Ok(passed.iter().skip(1).map(|(path, _)| path.to_path_buf()).collect());
    }
    Ok(Vec::new())
}

/// Returns whether a folder is that of a repository, as `.git` is.
fn is_bare(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

/// Returns whether a `.git` is a repository, or the file of a worktree or submodule that names one.
fn leads_to_repository(mark: &Path) -> bool {
    const BEGINNING: &[u8] = b"gitdir: ";
    let mut first = [0; BEGINNING.len()];
    is_bare(mark)
        || mark.is_file()
            && File::open(mark).and_then(|mut file| file.read_exact(&mut first)).is_ok()
            && first == BEGINNING
}
