//! Which manifests are compared: two files, or files with what they were in a revision.

use std::path::{Path, PathBuf};

use super::super::Context;
use super::super::declared::{Declared, STDIN};
use super::super::manifests::{self, Asked};
use super::super::names::Names;
use crate::cli::Diff;
use crate::diagnostic::Format;
use crate::error::{Code, Error, Result};
use crate::git::{Commit, Repository};
use crate::manifest::yaml;

/// Two manifests to compare.
pub(super) struct Pair {
    pub(super) old: Declared,
    pub(super) new: Declared,
}

/// The pairs that the command line means.
///
/// # Errors
///
/// The arguments contradict each other, or `git` does not know the revision. What is wrong with one
/// pair stands in its place.
pub(super) fn pairs(args: &Diff, format: Format, context: &Context) -> Result<Vec<Result<Pair>>> {
    let names = Names::new(format, context);
    if let Some(revision) = &args.git {
        return since(revision, &args.paths, &names, context);
    }
    let [old, new] = &args.paths[..] else {
        return Err(Error::new(Code::BadArgument, "two manifests are compared: OLD and NEW")
            .with_hint("or one with what it was before: `xreq diff --git REV FILE`"));
    };
    if old == Path::new(STDIN) && new == Path::new(STDIN) {
        let message = "only one of the two manifests can come from standard input";
        return Err(Error::new(Code::BadArgument, message));
    }
    let read = |path: &Path| Declared::read(path, names.of(path)).map(Declared::or_nothing);
    Ok(vec![read(old).and_then(|old| Ok(Pair { old, new: read(new)? }))])
}

/// Manifests with what they were in a revision. Of several, only those that changed.
fn since(
    revision: &str,
    paths: &[PathBuf],
    names: &Names,
    context: &Context,
) -> Result<Vec<Result<Pair>>> {
    if paths.iter().any(|path| path == Path::new(STDIN)) {
        let message = "`--git` compares files, and standard input is none";
        return Err(Error::new(Code::BadArgument, message));
    }
    let repository = Repository::around(Path::new("."), &context.env)?;
    let commit = repository.commit(revision)?;
    let asked = Asked { paths, changed: None, has_stdin_filename: false };
    let found = manifests::find(&asked, context)?;
    let is_alone = found.paths.len() == 1;
    let before = Before { repository, commit, revision };
    let mut pairs: Vec<_> = found.failures.into_iter().map(Err).collect();
    pairs.extend(found.paths.iter().filter_map(|path| {
        let pair = before.pair(path, names);
        let is_told = is_alone
            || pair
                .as_ref()
                .map_or(true, |Pair { old, new }| old.source.text() != new.source.text());
        is_told.then_some(pair)
    }));
    Ok(pairs)
}

/// A revision, in which files were otherwise.
struct Before<'a> {
    repository: Repository,
    commit: Commit,
    revision: &'a str,
}

impl Before<'_> {
    /// A file with what it was; where it was not there, with a manifest that requires nothing.
    fn pair(&self, path: &Path, names: &Names) -> Result<Pair> {
        let new = Declared::read(path, names.of(path))?;
        let most = yaml::MAX_BYTES as u64 + 1;
        let place = manifests::inside(&self.repository, path)?;
        let place = self.repository.from_folder(&place);
        let text = self.repository.text_at(&self.commit, &place, most)?;
        let name = format!("{}:{}", self.revision, names.of(path));
        let old = Declared::parse(name, text.unwrap_or_default()).or_nothing();
        Ok(Pair { old, new: new.or_nothing() })
    }
}
