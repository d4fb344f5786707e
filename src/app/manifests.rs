//! Which manifests a command was asked to look at: files, folders, globs, standard input, and what
//! changed since a revision.
//!
//! A file that is named is taken whatever it is called. A folder is searched for manifests by their
//! names, and for whatever a glob matches, without hidden folders, folders of other people's files,
//! and what `.gitignore` and its kin leave out. No link is followed; one that has the name of a
//! manifest is a failure, since a launch would follow it.

mod changed;
mod folders;
mod word;

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::app::context::Context;
use crate::app::manifest_discovery::{Place, locate};
use crate::app::manifest_source::STDIN;
use crate::cli::Validate;
use crate::error::{Code, Error, Result};
use crate::text::escape::legible;
pub(crate) use changed::{Changes, Chosen};
pub(crate) use folders::{is_manifest, no_link};
use word::Word;

/// What was asked for.
pub(crate) struct Asked<'a> {
    /// Files, folders, globs, and `-` for standard input.
    pub(crate) paths: &'a [PathBuf],
    /// Only what changed since this revision.
    pub(crate) changed: Option<&'a str>,
    /// Whether standard input has a name; without paths it is read then.
    pub(crate) has_stdin_filename: bool,
}

/// What there is of it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// `-` for standard input, then the files sorted by their paths, each once.
    pub(crate) paths: Vec<PathBuf>,
    /// Those of them that were named themselves.
    named: HashSet<PathBuf>,
    /// What cannot be searched, or has nothing to find.
    pub(crate) failures: Vec<Error>,
}

impl Found {
    /// Where one of the paths is.
    pub(crate) fn place(&self, path: &Path) -> Place {
        if self.named.contains(path) { Place::named(path) } else { Place::found(path) }
    }
}

impl<'a> From<&'a Validate> for Asked<'a> {
    fn from(args: &'a Validate) -> Self {
        Self {
            paths: &args.paths,
            changed: args.changed.as_deref(),
            has_stdin_filename: args.stdin_filename.is_some(),
        }
    }
}

impl Changes {
    /// What of it was asked for, by paths that are no standard input.
    ///
    /// # Errors
    ///
    /// One of the paths is a glob that cannot be read.
    pub(crate) fn chosen(&self, paths: &[PathBuf]) -> Result<Chosen<'_>> {
        Ok(self.named(&words(&paths.iter().collect::<Vec<_>>())?))
    }
}

/// Finds the manifests that were asked for; without any path, the one that is here.
///
/// # Errors
///
/// There is no manifest here, the arguments contradict each other, or `git` cannot say what changed.
pub(crate) fn find(asked: &Asked, context: &Context) -> Result<Found> {
    let is_stdin = |path: &&PathBuf| *path == Path::new(STDIN);
    let (stdin, files): (Vec<_>, Vec<_>) = asked.paths.iter().partition(is_stdin);
    if asked.has_stdin_filename && stdin.is_empty() && !files.is_empty() {
        let message = "`--stdin-filename` names standard input, which is not asked for";
        return Err(Error::new(Code::BadArgument, message)
            .with_hint("add `-`, or leave the other paths out"));
    }
    let reads_stdin = !stdin.is_empty() || asked.has_stdin_filename;
    if let Some(revision) = asked.changed {
        if reads_stdin {
            let message = "`--changed` compares files, and standard input is none";
            return Err(
                Error::new(Code::BadArgument, message).with_hint("leave `-` out, or `--changed`")
            );
        }
        return changed::find(&words(&files)?, revision, context);
    }
    if files.is_empty() && !reads_stdin {
        let here = locate(None, context).map_err(|error| {
            error.with_hint("name a file or a folder, or write one with `xreq init`")
        })?;
        let mut found = Found { paths: vec![here.path.clone()], ..Found::default() };
        found.named.extend(here.is_named.then_some(here.path));
        return Ok(found);
    }
    let mut found = collect(&words(&files)?);
    if reads_stdin {
        found.paths.insert(0, PathBuf::from(STDIN));
        found.named.insert(PathBuf::from(STDIN));
    }
    Ok(found)
}

fn words(paths: &[&PathBuf]) -> Result<Vec<Word>> {
    paths.iter().map(|path| Word::of(path)).collect()
}

fn collect(words: &[Word]) -> Found {
    let mut found = Found::default();
    let mut files = Vec::new();
    let mut roots = Vec::new();
    for word in words {
        match word {
            Word::File(path) => {
                found.named.insert(named_as_file(path.clone()));
                files.push(path.clone());
            }
            Word::Folder(path) => roots.push(path.as_path()),
            Word::Glob(glob) => {
                let before = files.len() + found.failures.len();
                let searched = folders::matching(glob);
                files.extend(searched.files);
                found.failures.extend(searched.failures);
                if files.len() + found.failures.len() == before {
                    found.failures.push(nothing_matches(glob));
                }
            }
        }
    }
    let searched = folders::manifests(&roots);
    files.extend(searched.files);
    found.failures.extend(searched.failures);
    found.paths = each_once(files);
    found
}

fn nothing_matches(glob: &word::Glob) -> Error {
    Error::new(Code::ManifestMissing, format!("no file matches `{}`", legible(&glob.text)))
        .with_hint("name the folder itself to search it for manifests: `xreq validate FOLDER`")
}

/// Sorts files, and leaves those out that were named before: in another way, too.
fn each_once(mut files: Vec<PathBuf>) -> Vec<PathBuf> {
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

/// The order of paths part by part, which is that of their bytes if a slash comes before all others.
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

/// A file can have the name that stands for standard input.
fn named_as_file(file: PathBuf) -> PathBuf {
    if file == Path::new(STDIN) { Path::new(".").join(file) } else { file }
}

/// Where files are that may be named by an absolute path, or over a parent folder.
#[derive(Default)]
struct Places {
    folders: HashMap<PathBuf, Option<PathBuf>>,
}

impl Places {
    /// The path from this folder.
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
