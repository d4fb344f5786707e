//! The watch of a folder's grants. `connect`, `refresh`, `import` and `disconnect` replace, make and
//! remove files, and each of these changes the folder.
//!
//! Looking at a folder costs the same however many grants are in it. If it has changed, all its files
//! are looked at; and since a store with many grants changes all the time (by what the watcher itself
//! does, too), the next time is put off for so long that it costs next to nothing, but not for longer
//! than a minute. A file changed in place, as by a restored backup, is found within a minute.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::store::FolderStore;
use super::version::Version;
use crate::error::Result;
use crate::model::credential_id::CredentialId;

/// Interval at which folders are looked at.
pub(crate) const EVERY: Duration = Duration::from_secs(1);

/// Interval at which files are looked at, whether or not their folders have changed.
const SWEEP: Duration = Duration::from_mins(1);

/// Factor by which the wait for the next look at all files is longer than the last one took.
const REST: u32 = 500;

/// File systems note times in steps, of two seconds at most: what was changed just now may be changed
/// once more without another time.
const COARSEST: i64 = 2;

/// Tracks the state of the folders.
#[derive(Debug)]
pub(crate) struct FolderWatch {
    folders: Vec<(PathBuf, Option<Mark>)>,
    is_settled: bool,
    listed: Option<FolderListing>,
}

/// By what a folder with the names in it is known again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    inode: u64,
    /// When it was modified, in seconds since 1970 and nanoseconds.
    modified: (i64, i64),
}

/// The last look at all files.
#[derive(Debug)]
struct FolderListing {
    at: Instant,
    took: Duration,
}

impl FolderWatch {
    /// Creates a watch that has looked at nothing yet.
    pub(crate) fn new() -> Self {
        Self { folders: Vec::new(), is_settled: false, listed: None }
    }

    /// Returns the grants that there are, with the versions of their files, if something may have
    /// changed.
    pub(crate) fn look(
        &mut self,
        store: &FolderStore,
    ) -> Result<Option<Vec<(CredentialId, Version)>>> {
        let since = self.listed.as_ref().map(|listed| (listed.at.elapsed(), listed.took));
        if since.is_some_and(|(ago, took)| ago < rest(took)) {
            return Ok(None);
        }
        let is_due = since.is_none_or(|(ago, _)| ago >= SWEEP) || !self.is_settled;
        if !is_due && self.folders.iter().all(|(folder, known)| is_same(folder, *known)) {
            return Ok(None);
        }
        let start = Instant::now();
        // What changes while it is listed is then seen by the next look.
        self.mark(store);
        let listed = list(store);
        self.listed = Some(FolderListing { at: Instant::now(), took: start.elapsed() });
        self.is_settled &= listed.is_ok();
        listed.map(Some)
    }

    fn mark(&mut self, store: &FolderStore) {
        let grants = store.home().grants();
        let mut paths = vec![grants.clone()];
        let entries = grants.read_dir().into_iter().flatten().flatten();
        paths.extend(entries.map(|entry| entry.path()).filter(|path| path.is_dir()));
        let marked = |folder: PathBuf| {
            let mark = mark(&folder).ok().flatten();
            (folder, mark)
        };
        self.folders = paths.into_iter().map(marked).collect();
        let now = seconds();
        let is_old = |mark: &Mark| mark.modified.0 < now - COARSEST;
        self.is_settled = self.folders.iter().all(|(_, mark)| mark.as_ref().is_none_or(is_old));
    }
}

/// Returns the wait after a look at all files, by how long that took.
fn rest(took: Duration) -> Duration {
    took.saturating_mul(REST).min(SWEEP)
}

fn is_same(folder: &Path, known: Option<Mark>) -> bool {
    mark(folder).is_ok_and(|mark| mark == known)
}

/// Returns the mark of a folder, which may be reached through links; `None` if there is none.
fn mark(folder: &Path) -> io::Result<Option<Mark>> {
    match fs::metadata(folder) {
        Ok(found) => {
            let modified = (found.mtime(), found.mtime_nsec());
            Ok(Some(Mark { inode: found.ino(), modified }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn list(store: &FolderStore) -> Result<Vec<(CredentialId, Version)>> {
    let with_version = |name| {
        let version = store.grant_version(&name);
        (name, version)
    };
    // What never expires is nobody's to keep fresh.
    let names = store.grant_names()?.into_iter().filter(|id| !id.kind.never_expires());
    Ok(names.map(with_version).collect())
}

/// Returns the seconds since 1970, by the clock that the file system goes by.
fn seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_look_blinds_for_a_minute_at_most() {
        assert_eq!(rest(Duration::from_millis(20)), Duration::from_secs(10));
        assert_eq!(rest(Duration::from_secs(8)), SWEEP);
        assert_eq!(rest(Duration::MAX), SWEEP);
    }
}
