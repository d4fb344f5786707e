//! `xreq validate`: are manifests well-formed, does everything that they name exist, and will it
//! hurt?

use super::declared::Declared;
use super::discovery::Place;
use super::listing::{Listed, Listing};
use super::names::Names;
use super::parallel::in_order;
use super::{Context, manifests};
use crate::catalog::Catalog;
use crate::cli::Validate;
use crate::diagnostic::{Format, Levels, Tally};
use crate::error::{Exit, Result};

pub(super) fn run(args: &Validate, context: &Context) -> Result<Exit> {
    let judge = Judge {
        catalog: context.catalog(&args.catalog)?,
        levels: context.levels(&args.levels)?,
        format: args.format.into(),
        names: Names::new(args.format.into(), context).with_stdin(args.stdin_filename.as_deref()),
    };
    let found = manifests::find(&args.into(), context)?;
    let tally = Tally { since: args.changed.clone(), ..Tally::default() };
    if judge.format == Format::Markdown {
        context.terminal.print("## xreq validate\n\n")?;
    }
    let mut listing = Listing::begin(judge.format, tally, context)?;
    for failure in &found.failures {
        listing.failed(failure);
    }
    in_order(&found.paths, |path| judge.file(&found.place(path)), |judged| listing.add(judged))?;
    listing.end()
}

/// What every file is judged by.
struct Judge {
    catalog: Catalog,
    levels: Levels,
    format: Format,
    names: Names,
}

impl Judge {
    fn file(&self, place: &Place) -> Result<Listed> {
        let declared = Declared::read(place, self.names.of(&place.path))?;
        let findings = declared.lint(&self.catalog, &self.levels);
        Ok(findings.listed(&declared.source, self.format))
    }
}
