//! Which of the files that were asked for have changed since a revision.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::folders::{is_manifest, is_searched, named};
use super::word::Word;
use super::{Found, each_once};
use crate::commands::Context;
use crate::error::{Code, Error, Result};
use crate::git::Repository;

/// The changed files among those that the words name; without words, the changed manifests of the
/// whole repository.
///
/// # Errors
///
/// `git` cannot say what changed.
pub(super) fn find(words: &[Word], revision: &str, context: &Context) -> Result<Found> {
    let repository = Repository::around(Path::new("."), &context.env)?;
    let changed = repository.changed_since(&repository.commit(revision)?)?;
    let mut found = Found::default();
    let mut files = Vec::new();
    if words.is_empty() {
        let manifests = changed.iter().filter(|file| is_searched_for(file));
        files.extend(
            manifests.map(|file| repository.from_folder(file)).filter(|file| is_file(file)),
        );
    }
    let known: HashSet<_> = changed.iter().map(PathBuf::as_path).collect();
    for word in words {
        match inside(&repository, word.root()) {
            Ok(root) => files.extend(selected(word, &root, &changed, &known)),
            Err(failure) => found.failures.push(failure),
        }
    }
    found.paths = each_once(files);
    Ok(found)
}

/// The changed files that a word names, by paths that start as the word does.
fn selected(word: &Word, root: &Path, changed: &[PathBuf], known: &HashSet<&Path>) -> Vec<PathBuf> {
    let is_wanted = |rest: &Path| match word {
        Word::File(_) => false,
        Word::Folder(_) => is_searched_for(rest),
        Word::Glob(glob) => glob.takes(rest) && is_within_reach(rest, glob.names_hidden),
    };
    if let Word::File(path) = word {
        return known.contains(root).then(|| path.clone()).into_iter().collect();
    }
    let below = changed.iter().filter_map(|file| file.strip_prefix(root).ok());
    let wanted = below.filter(|rest| is_wanted(rest)).map(|rest| word.root().join(rest));
    wanted.filter(|file| is_file(file)).collect()
}

fn is_searched_for(file: &Path) -> bool {
    is_manifest(file) && is_within_reach(file, false)
}

/// Whether a search that starts above would come to this file.
fn is_within_reach(file: &Path, hidden: bool) -> bool {
    let folders = file.parent().into_iter().flat_map(Path::iter);
    folders.into_iter().all(|folder: &OsStr| is_searched(folder, hidden))
}

/// No link, no folder, and not left out of a sparse working tree.
fn is_file(file: &Path) -> bool {
    fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_file())
}

/// The path of a file or a folder from the top of the working tree.
pub(in crate::commands) fn inside(repository: &Repository, path: &Path) -> Result<PathBuf> {
    let unreadable = |error: std::io::Error| {
        let message = format!("cannot read {}: {error}", path.display());
        Error::new(Code::FileUnreadable, message)
    };
    let top = fs::canonicalize(named(repository.top())).map_err(unreadable)?;
    // A link is compared as what it is: a file of the repository.
    let place = match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) if !path.is_dir() => {
            fs::symlink_metadata(path).map_err(unreadable)?;
            fs::canonicalize(named(folder)).map_err(unreadable)?.join(name)
        }
        _ => fs::canonicalize(named(path)).map_err(unreadable)?,
    };
    place.strip_prefix(&top).map(Path::to_owned).map_err(|_| {
        let message = format!("{} is not in the repository of this folder", path.display());
        Error::new(Code::BadArgument, message).with_hint("change to its repository first")
    })
}
