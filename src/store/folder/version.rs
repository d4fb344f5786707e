//! Versions of the files of the folder, by which a change is seen.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The version of a file at a path, or that there is none: it differs from what it was whenever a
/// writer of the store wrote, or removed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(Option<(u64, i64, i64)>);

/// Returns the version of a file.
pub(in crate::store) fn of(path: &Path) -> Version {
    let metadata = fs::symlink_metadata(path).ok();
    Version(metadata.map(|file| (file.ino(), file.mtime(), file.mtime_nsec())))
}
