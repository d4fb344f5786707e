//! `xreq validate`: are manifests well-formed, does everything that they name exist, and will it
//! hurt?

use std::io;
use std::path::{Path, PathBuf};

use super::Context;
use super::declared::{self, Declared, Findings, NAMES};
use super::names::Names;
use super::parallel::in_order;
use crate::catalog::Catalog;
use crate::cli::Validate;
use crate::diagnostic::{Failure, Format, Levels, Tally};
use crate::error::{Code, Error, Exit, Result};

pub(super) fn run(args: &Validate, context: &Context) -> Result<Exit> {
    let judge = Judge {
        catalog: context.catalog(&args.catalog)?,
        levels: context.levels(&args.levels)?,
        format: args.format.into(),
        names: Names::new(args.format.into(), context),
    };
    let mut report = Report { format: judge.format, context, tally: Tally::default(), any: false };
    let paths = if args.paths.is_empty() {
        vec![declared::locate(None, context)?]
    } else {
        let (files, failures) = files(&args.paths);
        for failure in failures {
            report.failed(&failure);
        }
        files
    };
    context.terminal.print(&judge.format.opening())?;
    let mut printed = Ok(());
    in_order(
        &paths,
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
/// Folders that hold other people's files.
const NOT_OURS: [&str; 4] = ["node_modules", "target", "venv", "vendor"];

/// Files as they were named, and the manifests in folders, sorted; and what could not be searched.
fn files(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<Error>) {
    let mut files = Vec::new();
    let mut failures = Vec::new();
    for path in paths {
        if path != Path::new("-") && path.is_dir() {
            let before = files.len() + failures.len();
            walk(path, &mut files, &mut failures);
            if files.len() + failures.len() == before {
                let names = NAMES.join(", ");
                failures.push(
                    Error::new(
                        Code::ManifestMissing,
                        format!("no manifest in {}: none of {names}", path.display()),
                    )
                    .with_hint(
                        "name files of other names one by one: `xreq validate FOLDER/*.yaml`",
                    ),
                );
            }
        } else {
            files.push(path.clone());
        }
    }
    (files, failures)
}

/// Links are not followed, and folders whose names start with a dot are left out.
fn walk(folder: &Path, files: &mut Vec<PathBuf>, failures: &mut Vec<Error>) {
    let entries = match std::fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>)
    {
        Ok(entries) => entries,
        Err(error) => {
            let message = format!("cannot read {}: {error}", folder.display());
            failures.push(Error::new(Code::FileUnreadable, message));
            return;
        }
    };
    let mut paths: Vec<_> = entries.iter().map(std::fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() && !name.starts_with('.') && !NOT_OURS.contains(&name) {
            walk(&path, files, failures);
        } else if path.is_file() && NAMES.contains(&name) {
            files.push(path);
        }
    }
}
