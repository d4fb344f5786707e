//! Manifests that were found: each once, in the order of their paths.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::app::display_paths::STDIN;
use crate::app::manifest_discovery::ManifestPlace;
use crate::error::Error;

/// The manifests that were found.
#[derive(Debug, Default)]
pub(crate) struct FoundManifests {
    /// `-` for standard input, then the files sorted by their paths, each once.
    pub(crate) paths: Vec<PathBuf>,
    /// Those of them that were named themselves.
    pub(super) named: HashSet<PathBuf>,
    /// Failures of paths that cannot be searched, or have nothing to find.
    pub(crate) failures: Vec<Error>,
}

impl FoundManifests {
    /// Returns where one of the paths is.
    pub(crate) fn place(&self, path: &Path) -> ManifestPlace {
        if self.named.contains(path) {
            ManifestPlace::named(path)
        } else {
            ManifestPlace::found(path)
        }
    }
}

/// Sorts files, and leaves those out that were named before: in another way, too.
pub(super) fn each_once(mut files: Vec<PathBuf>) -> Vec<PathBuf> {
    if files.iter().all(|file| is_from_here(file)) {
        files.sort_unstable_by(|file, other| by_parts(file, other));
        files.dedup();
    } else {
        let mut places = Places::default();
        let mut known: Vec<_> = files.into_iter().map(|file| (places.of(&file), file)).collect();
        known.sort_by(|(place, _), (other, _)| by_parts(place, other));
        known.dedup_by(|(place, _), (first, _)| place == first);
        files = known.into_iter().map(|(_, file)| file).collect();
    }
    files.into_iter().map(named_as_file).collect()
}

/// Compares paths part by part, which is the order of their bytes if a slash comes before all others.
fn by_parts(file: &Path, other: &Path) -> Ordering {
    let bytes = |path| OsStr::as_bytes(Path::as_os_str(path));
    let (file, other) = (bytes(file), bytes(other));
    let same = file.iter().zip(other).take_while(|(one, two)| one == two).count();
    let rank = |path: &[u8]| path.get(same).map(|byte| if *byte == b'/' { 0 } else { *byte });
    rank(file).cmp(&rank(other))
}

fn is_from_here(file: &Path) -> bool {
    file.components().all(|part| matches!(part, Component::Normal(_)))
}

/// Returns a path that is not taken for standard input, whose name a file can have.
pub(super) fn named_as_file(file: PathBuf) -> PathBuf {
    if file == Path::new(STDIN) { Path::new(".").join(file) } else { file }
}

/// The places of files that may be named by an absolute path, or over a parent folder.
#[derive(Default)]
struct Places {
    folders: HashMap<PathBuf, Option<PathBuf>>,
}

impl Places {
    /// Returns the path from this folder.
    fn of(&mut self, file: &Path) -> PathBuf {
        self.known(file).unwrap_or_else(|| file.to_owned())
    }

    fn known(&mut self, file: &Path) -> Option<PathBuf> {
        if is_from_here(file) {
            return None;
        }
        let (folder, name) = (file.parent()?, file.file_name()?);
        if !self.folders.contains_key(folder) {
            self.folders.insert(folder.to_owned(), from_here(folder));
        }
        Some(self.folders[folder].as_ref()?.join(name))
    }
}

fn from_here(folder: &Path) -> Option<PathBuf> {
    let folder = fs::canonicalize(folder).ok()?;
    let here = fs::canonicalize(".").ok()?;
    Some(folder.strip_prefix(here).map(Path::to_owned).unwrap_or(folder))
}

#[cfg(test)]
mod tests {
    use super::super::word;
    use super::*;

    #[test]
    fn the_order_of_paths_is_that_of_their_parts() {
        let mut paths = vec![String::new()];
        for _ in 0..4 {
            let longer =
                paths.iter().flat_map(|path| ["/", "a", "-", "é"].map(|c| path.clone() + c));
            paths = paths.iter().cloned().chain(longer).collect();
        }
        let paths: Vec<_> = paths.iter().map(|path| word::plain(Path::new(path))).collect();
        for one in &paths {
            for other in &paths {
                assert_eq!(by_parts(one, other), one.cmp(other), "{one:?} and {other:?}");
            }
        }
    }
}
