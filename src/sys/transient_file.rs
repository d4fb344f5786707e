//! A file that is there for as long as the process that made it.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file that is removed when this is dropped, unless something else has taken its place.
#[derive(Debug)]
pub(crate) struct TransientFile {
    path: PathBuf,
    inode: Option<u64>,
}

impl TransientFile {
    /// Returns the file that is at a path now.
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), inode: inode(path) }
    }
}

impl Drop for TransientFile {
    fn drop(&mut self) {
        if self.inode.is_some() && self.inode == inode(&self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn inode(path: &Path) -> Option<u64> {
    fs::symlink_metadata(path).as_ref().map(Metadata::ino).ok()
}
