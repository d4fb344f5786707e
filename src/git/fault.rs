//! Failures that say where a command can be run instead.

use crate::error::{Code, Error};

/// Returns the failure for a folder outside of any repository.
pub(super) fn no_tree() -> Error {
    Error::new(Code::GitFailed, "this folder belongs to no working tree of git")
        .with_hint("change to the repository first, or name the files to check")
}

/// Returns the failure for a repository without a working tree. It may be a folder of somebody else's
/// commit, whose settings are that somebody's.
pub(super) fn bare() -> Error {
    Error::new(Code::GitFailed, "this folder is in a bare repository, where nothing is compared")
        .with_hint("change to a working tree first, or name the files to check")
}
