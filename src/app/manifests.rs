//! The selection of manifests: files, folders, globs, standard input, and what
//! changed since a revision.
//!
//! A file that is named is taken regardless of its name. A folder is searched for manifests by their
//! names, and for whatever a glob matches, without hidden folders, folders of other people's files, and
//! what `.gitignore` and its kin leave out. No link is followed; one that has the name of a manifest is
//! a failure, since a launch would follow it.

mod changed;
mod folders;
mod found;
mod word;

use std::path::{Path, PathBuf};

use crate::app::context::Context;
use crate::app::display_paths::STDIN;
use crate::app::manifest_discovery::locate;
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::text::escape::legible;
pub(crate) use changed::{Changes, revisions};
pub(crate) use folders::{is_manifest, no_link};
use found::{FoundManifests, each_once, named_as_file};
use word::{Glob, Word};

/// The requested selection of manifests.
pub(crate) struct Selection<'a> {
    /// Files, folders, globs, and `-` for standard input.
    pub(crate) paths: &'a [PathBuf],
    /// Only what changed since this revision.
    pub(crate) changed: Option<&'a str>,
    /// Whether standard input has a name; without paths it is read then.
    pub(crate) has_stdin_filename: bool,
}

/// Finds the manifests that were asked for; without any path, the one that is here.
///
/// # Errors
///
/// There is no manifest here, the arguments contradict each other, or `git` cannot say what changed.
pub(crate) fn find(asked: &Selection, context: &Context) -> Result<FoundManifests> {
    let is_stdin = |path: &&PathBuf| *path == Path::new(STDIN);
    let (stdin, files): (Vec<_>, Vec<_>) = asked.paths.iter().partition(is_stdin);
    if asked.has_stdin_filename && stdin.is_empty() && !files.is_empty() {
        let message = "standard input has a name, and is not asked for";
        return Err(Error::new(Code::BadArgument, message)
            .with_hint("add `-`, or leave the other paths out"));
    }
    let reads_stdin = !stdin.is_empty() || asked.has_stdin_filename;
    if let Some(revision) = asked.changed {
        if reads_stdin {
            let message = "only files can have changed, and standard input is none";
            return Err(Error::new(Code::BadArgument, message)
                .with_hint(advice!["leave `-` out, or ", Parameter::Changed]));
        }
        return changed::find(&Word::all(files)?, revision, context);
    }
    if files.is_empty() && !reads_stdin {
        let here = locate(None, context).map_err(|error| {
            error.with_hint(advice![
                "name a file or a folder, or write one with ",
                Remedy::Init.request()
            ])
        })?;
        here.announce(context);
        let mut found =
            FoundManifests { paths: vec![here.path.clone()], ..FoundManifests::default() };
        found.named.extend(here.is_named.then_some(here.path));
        return Ok(found);
    }
    let mut found = collect(&Word::all(files)?);
    if reads_stdin {
        found.paths.insert(0, PathBuf::from(STDIN));
        found.named.insert(PathBuf::from(STDIN));
    }
    Ok(found)
}

fn collect(words: &[Word]) -> FoundManifests {
    let mut found = FoundManifests::default();
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

fn nothing_matches(glob: &Glob) -> Error {
    Error::new(Code::ManifestMissing, format!("no file matches `{}`", legible(&glob.text)))
        .with_hint(advice![
            "name the folder itself to search it for manifests: ",
            Remedy::Validate { which: "FOLDER".to_owned() }.request()
        ])
}
