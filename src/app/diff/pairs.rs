//! The manifests that are compared: two files, or files with what they were in a revision.

use std::path::{Path, PathBuf};

use crate::app::context::Context;
use crate::app::diff::pair::Pair;
use crate::app::diff::since::since;
use crate::app::display_paths::Names;
use crate::app::display_paths::STDIN;
use crate::app::manifest_discovery::ManifestPlace;
use crate::app::manifest_source::LoadedManifest;
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::findings::Format;

/// Returns the pairs that paths mean: two manifests; or with a revision, all that changed since.
///
/// # Errors
///
/// The arguments contradict each other, or `git` does not know the revision. An error of one pair stands
/// in its place.
pub(crate) fn pairs(
    paths: &[PathBuf],
    revision: Option<&str>,
    format: Format,
    context: &Context,
) -> Result<Vec<Result<Pair>>> {
    let names = Names::new(format, context);
    if let Some(revision) = revision {
        if paths.iter().any(|path| path == Path::new(STDIN)) {
            let message =
                "only files can be compared with what they were, and standard input is none";
            return Err(Error::new(Code::BadArgument, message));
        }
        return since(revision, paths, &names, context);
    }
    let [old, new] = paths else {
        return Err(Error::new(Code::BadArgument, "two manifests are compared: OLD and NEW")
            .with_hint(advice![
                "or one with what it was before: ",
                Remedy::Compare.with(Parameter::Git.value("REV"))
            ]));
    };
    if old == Path::new(STDIN) && new == Path::new(STDIN) {
        let message = "only one of the two manifests can come from standard input";
        return Err(Error::new(Code::BadArgument, message));
    }
    let read = |path: &Path| {
        LoadedManifest::read(&ManifestPlace::named(path), names.of(path))
            .map(LoadedManifest::or_nothing)
    };
    Ok(vec![read(old).and_then(|old| Ok(Pair { old, new: read(new)? }))])
}
