//! The selected files that have changed since a revision.
//!
//! `git` says what changed, and nothing else does: a file that it keeps counts wherever it is, since
//! what a search leaves out is for the author of a change to say. The one exception is the
//! configuration of the service that hosts a repository, unless it is named.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::folders::{is_manifest, is_of_service, no_link};
use super::found::{FoundManifests, each_once, named_as_file};
use super::word::Word;
use crate::app::context::Context;
use crate::error::{Code, Error, Result};
use crate::git::{ChangedFile, Commit, Repository};
use crate::text::escape::quoted;

/// The changes since this branch left a revision.
pub(crate) struct Changes {
    pub(crate) repository: Repository,
    /// Commit that is compared with.
    pub(crate) base: Commit,
    pub(crate) files: Vec<ChangedFile>,
}

/// The changes that words name.
#[derive(Default)]
pub(crate) struct Chosen<'a> {
    /// Changed files, each with its name here.
    files: Vec<(PathBuf, &'a ChangedFile)>,
    /// Files that were named and did not change, as far as `git` knows. Paths start at the top of
    /// the working tree.
    pub(crate) others: Vec<PathBuf>,
    /// Failures of words that name nothing.
    pub(crate) failures: Vec<Error>,
}

impl Changes {
    /// Asks `git`, and notes if nothing tells what is this branch's own.
    ///
    /// # Errors
    ///
    /// `git` cannot say what changed.
    pub(crate) fn since(revision: &str, context: &Context) -> Result<Self> {
        let repository = Repository::around(Path::new("."), &context.env)?;
        let base = repository.base(&repository.commit(revision)?)?;
        if !base.is_common {
            context.reporter.note(
                format!(
                    "{} and HEAD have no commit in common here: compared with the revision itself",
                    quoted(revision)
                )
                .into(),
            );
        }
        let files = repository.changed_since(&base.commit)?;
        Ok(Self { repository, base: base.commit, files })
    }

    /// Returns what of it was asked for, by paths that are no standard input.
    ///
    /// # Errors
    ///
    /// One of the paths is a glob that cannot be read.
    pub(crate) fn chosen(&self, paths: &[PathBuf]) -> Result<Chosen<'_>> {
        Ok(self.named(&Word::all(paths)?))
    }

    /// Returns the way from here to a file whose path starts at the top of the working tree.
    pub(crate) fn here(&self, file: &Path) -> PathBuf {
        named_as_file(self.repository.from_folder(file))
    }

    /// Returns the changes that words name; without words, the manifests of the whole repository.
    pub(super) fn named(&self, words: &[Word]) -> Chosen<'_> {
        let mut chosen = Chosen::default();
        if words.is_empty() {
            let is_found = |file: &Path| is_manifest(file) && !is_of_service(file);
            let manifests = self.files.iter().filter(|changed| is_found(&changed.file));
            chosen.files.extend(manifests.map(|changed| (self.here(&changed.file), changed)));
        }
        for word in words {
            self.add(word, &mut chosen).unwrap_or_else(|failure| chosen.failures.push(failure));
        }
        chosen
    }

    fn add<'a>(&'a self, word: &Word, chosen: &mut Chosen<'a>) -> Result<()> {
        let root = inside(&self.repository, word.root())?;
        let before = chosen.files.len();
        chosen.files.extend(self.files.iter().filter_map(|changed| {
            let rest = changed.file.strip_prefix(&root).ok()?;
            if rest.as_os_str().is_empty() {
                return Some((word.root().to_owned(), changed));
            }
            let (is_wanted, names_hidden) = match word {
                Word::File(_) | Word::Folder(_) => (is_manifest(rest), false),
                Word::Glob(glob) => (glob.takes(rest), glob.names_hidden),
            };
            let is_left_out =
                is_of_service(&changed.file) && !is_of_service(&root) && !names_hidden;
            (is_wanted && !is_left_out).then(|| (word.root().join(rest), changed))
        }));
        if chosen.files.len() == before {
            let path = or_here(word.root());
            path.symlink_metadata().map_err(|error| unreadable(path, &error))?;
            if let Word::File(_) = word {
                chosen.others.push(root);
            }
        }
        Ok(())
    }
}

impl<'a> Chosen<'a> {
    /// Returns the changed files, each once, by the paths from the top of the working tree.
    pub(crate) fn changed(&self) -> Vec<&'a ChangedFile> {
        let mut all: Vec<_> = self.files.iter().map(|(_, changed)| *changed).collect();
        all.sort_by_key(|changed| &changed.file);
        all.dedup_by_key(|changed| &changed.file);
        all
    }
}

/// Finds the changed files among those that the words name, as far as they are still there; without
/// words, the changed manifests of the whole repository.
///
/// # Errors
///
/// `git` cannot say what changed.
pub(super) fn find(words: &[Word], revision: &str, context: &Context) -> Result<FoundManifests> {
    let changes = Changes::since(revision, context)?;
    let Chosen { files, mut failures, .. } = changes.named(words);
    let mut paths = Vec::new();
    let mut named = HashSet::new();
    for (path, changed) in files.into_iter().filter(|(_, changed)| !changed.is_gone) {
        let is_named = words.iter().any(|word| matches!(word, Word::File(file) if *file == path));
        // What a sparse working tree leaves out is not there.
        match path.symlink_metadata() {
            Ok(metadata) if !is_named && metadata.is_symlink() => {
                if is_manifest(&changed.file) {
                    failures.push(no_link(&path));
                }
            }
            Ok(_) => {
                named.extend(is_named.then(|| named_as_file(path.clone())));
                paths.push(path);
            }
            Err(_) => {}
        }
    }
    Ok(FoundManifests { paths: each_once(paths), named, failures })
}

/// Returns the path of a file or a folder from the top of the working tree, whether it is there or not.
fn inside(repository: &Repository, path: &Path) -> Result<PathBuf> {
    let real = |path: &Path| real(path).map_err(|error| unreadable(path, &error));
    let top = real(repository.top())?;
    // A link is compared as what it is: a file of the repository.
    let place = match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) if !path.is_dir() => real(folder)?.join(name),
        _ => real(path)?,
    };
    place.strip_prefix(&top).map(Path::to_owned).map_err(|_| {
        let message = format!("{} is not in the repository of this folder", path.display());
        Error::new(Code::BadArgument, message).with_hint("change to its repository first")
    })
}

/// Returns the path without links, as far as there is something.
fn real(path: &Path) -> io::Result<PathBuf> {
    match (or_here(path).canonicalize(), path.parent(), path.file_name()) {
        (Err(error), Some(folder), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
            Ok(real(folder)?.join(name))
        }
        (real, ..) => real,
    }
}

fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::of_system(Code::FileUnreadable, format!("cannot read {}", path.display()), error)
}

/// Returns the names of revisions that may be compared with, each with its kind, the newest first.
pub(crate) fn revisions(context: &Context) -> Result<Vec<(String, &'static str)>> {
    Repository::around(Path::new("."), &context.env)?.revisions()
}
