//! `xreq validate`: the check whether manifests are well-formed, whether everything that they name
//! exists, and whether it will hurt.

use crate::app::context::Context;
use crate::app::display_paths::Names;
use crate::app::manifest_discovery::ManifestPlace;
use crate::app::manifest_source::LoadedManifest;
use crate::app::manifests::{self, Selection};
use crate::catalog::Catalog;
use crate::cli::Validate;
use crate::commands::findings_stream::FindingsStream;
use crate::error::{Exit, Result};
use crate::findings::{Format, Levels, Piece, Tally};
use crate::sys::parallel::in_order;
use crate::terminal::Terminal;

pub(super) fn run(args: &Validate, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let judge = Judge {
        catalog: context.catalog(&args.catalog.files)?,
        levels: context.levels(args.levels.by_setting())?,
        format: args.format,
        names: Names::new(args.format, context).with_stdin(args.stdin_filename.as_deref()),
    };
    let found = {
        let asked = Selection {
            paths: &args.paths,
            changed: args.changed.as_deref(),
            has_stdin_filename: args.stdin_filename.is_some(),
        };
        manifests::find(&asked, context)?
    };
    let tally = Tally { since: args.changed.clone(), ..Tally::default() };
    let mut listing = FindingsStream::begin(judge.format, "xreq validate", tally, terminal)?;
    for failure in &found.failures {
        listing.failed(failure);
    }
    in_order(&found.paths, |path| judge.file(&found.place(path)), |judged| listing.add(judged))?;
    listing.end()
}

/// The criteria that every file is judged by.
struct Judge {
    catalog: Catalog,
    levels: Levels,
    format: Format,
    names: Names,
}

impl Judge {
    fn file(&self, place: &ManifestPlace) -> Result<Piece> {
        let declared = LoadedManifest::read(place, self.names.of(&place.path))?;
        let findings = declared.lint(&self.catalog, &self.levels);
        Ok(findings.listed(&declared.source, self.format))
    }
}
