//! `xreq validate`: are manifests well-formed, does everything that they name exist, and will it
//! hurt?

use std::path::Path;

use super::declared::{Declared, Findings};
use super::names::Names;
use super::parallel::in_order;
use super::{Context, manifests};
use crate::catalog::Catalog;
use crate::cli::Validate;
use crate::diagnostic::{Failure, Format, Levels, Tally};
use crate::error::{Error, Exit, Result};

pub(super) fn run(args: &Validate, context: &Context) -> Result<Exit> {
    let judge = Judge {
        catalog: context.catalog(&args.catalog)?,
        levels: context.levels(&args.levels)?,
        format: args.format.into(),
        names: Names::new(args.format.into(), context).with_stdin(args.stdin_filename.as_deref()),
    };
    let found = manifests::find(&args.into(), context)?;
    let tally = Tally { since: args.changed.clone(), ..Tally::default() };
    let mut report = Report { format: judge.format, context, tally, any: false };
    for failure in &found.failures {
        report.failed(failure);
    }
    context.terminal.print(&judge.format.opening())?;
    let mut printed = Ok(());
    in_order(
        &found.paths,
        |path| judge.file(path),
        |judged| {
            if printed.is_ok() {
                printed = report.add(judged);
            }
        },
    );
    printed?;
    context.terminal.print(&judge.format.closing(&report.tally))?;
    Ok(report.exit())
}

/// What every file is judged by.
struct Judge {
    catalog: Catalog,
    levels: Levels,
    format: Format,
    names: Names,
}

/// What is left of a file: what to print, and what to count.
struct Judged {
    text: String,
    errors: usize,
    warnings: usize,
}

impl Judge {
    fn file(&self, path: &Path) -> Result<Judged> {
        let declared = Declared::read(path, self.names.of(path))?;
        let Findings { shown, errors, warnings } = declared.lint(&self.catalog, &self.levels);
        let text = if shown.is_empty() {
            String::new()
        } else {
            self.format.findings(&declared.source, &shown)
        };
        Ok(Judged { text, errors, warnings })
    }
}

/// What was printed of all files, and counted.
struct Report<'a> {
    format: Format,
    context: &'a Context,
    tally: Tally,
    any: bool,
}

impl Report<'_> {
    fn add(&mut self, judged: Result<Judged>) -> Result<()> {
        let judged = match judged {
            Ok(judged) => judged,
            Err(error) => {
                self.failed(&error);
                return Ok(());
            }
        };
        self.tally.files += 1;
        self.tally.errors += judged.errors;
        self.tally.warnings += judged.warnings;
        if judged.text.is_empty() {
            return Ok(());
        }
        let before = self.format.between(!self.any);
        self.any = true;
        self.context.terminal.print(&format!("{before}{}", judged.text))
    }

    fn failed(&mut self, error: &Error) {
        self.context.terminal.report(error);
        let failure = Failure { code: error.code().name(), message: error.to_string() };
        self.tally.failures.push(failure);
    }

    fn exit(&self) -> Exit {
        match &self.tally {
            tally if tally.is_clean() => Exit::Done,
            tally if tally.failures.is_empty() => Exit::Findings,
            _ => Exit::Usage,
        }
    }
}
