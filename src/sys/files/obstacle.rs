//! The link or folder that keeps a path from being reached.
//!
//! The system answers `ENOENT` for a name that nothing has, and for a link whose target is gone. The
//! one is an empty answer; the other hides a file that somebody put there.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::fault::Fault;

/// The reason why a path cannot be reached.
pub(super) enum Reach {
    /// Nothing has this name.
    Absent,
    /// Something is in the way.
    Blocked(Fault),
    /// It can be reached.
    Open,
}

/// Finds the first component of a path that cannot be reached.
pub(super) fn find(path: &Path) -> Reach {
    // Where the folder is one, the name alone is missing, or is a link.
    let start = match path.parent() {
        Some(folder) if fs::metadata(folder).is_ok_and(|found| found.is_dir()) => folder,
        _ => Path::new(""),
    };
    let mut at = start.to_owned();
    let rest = path.strip_prefix(start).unwrap_or(path);
    for part in rest.components() {
        let folder = at.clone();
        at.push(part);
        let found = match fs::symlink_metadata(&at) {
            Ok(found) => found,
            Err(error) => return missing(error.kind(), folder),
        };
        if found.is_symlink()
            && let Err(error) = fs::metadata(&at)
        {
            return Reach::Blocked(broken(error.kind(), at));
        }
        let is_on_the_way = at.as_path() != path;
        if is_on_the_way && !fs::metadata(&at).is_ok_and(|found| found.is_dir()) {
            return Reach::Blocked(Fault::NoFolder { path: at });
        }
    }
    Reach::Open
}

fn missing(error: ErrorKind, folder: PathBuf) -> Reach {
    match error {
        ErrorKind::NotFound => Reach::Absent,
        ErrorKind::NotADirectory => Reach::Blocked(Fault::NoFolder { path: folder }),
        ErrorKind::PermissionDenied => Reach::Blocked(Fault::Shut { path: folder }),
        _ => Reach::Open,
    }
}

/// Creates the fault of a link that leads to nothing.
fn broken(error: ErrorKind, link: PathBuf) -> Fault {
    let target = target(&link);
    match error {
        ErrorKind::PermissionDenied => Fault::Shut { path: target },
        ErrorKind::NotFound | ErrorKind::NotADirectory => Fault::Dangling { link, target },
        _ => Fault::Circle { link },
    }
}

/// Returns the target of a link, from the folder that it is in.
pub(super) fn target(link: &Path) -> PathBuf {
    let target = fs::read_link(link).unwrap_or_default();
    link.parent().map_or_else(|| target.clone(), |folder| folder.join(&target))
}
