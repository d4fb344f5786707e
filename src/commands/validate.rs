//! `xreq validate`: are manifests well-formed, and does everything that they name exist?

use std::path::{Path, PathBuf};
use std::{fmt, io};

use serde_json::json;

use super::Context;
use super::declared::{self, Declared, Findings, NAMES};
use crate::cli::{Format, Validate};
use crate::diagnostic::json as findings_json;
use crate::error::{Code, Error, Exit, Result};

/// Folders that hold other people's files.
const NOT_OURS: [&str; 4] = ["node_modules", "target", "venv", "vendor"];

/// What was found in all files together.
#[derive(Default)]
struct Tally {
    files: usize,
    unreadable: usize,
    errors: usize,
    warnings: usize,
}

pub(super) fn run(args: &Validate, context: &Context) -> Result<Exit> {
    let catalog = context.catalog(&args.catalog)?;
    let mut tally = Tally::default();
    let paths = if args.paths.is_empty() {
        vec![declared::locate(None, context)?]
    } else {
        let (files, failures) = files(&args.paths);
        tally.unreadable = failures.len();
        for failure in &failures {
            context.terminal.report(failure);
        }
        files
    };
    let mut objects = Vec::new();
    for path in &paths {
        let declared = match Declared::read(path) {
            Ok(declared) => declared,
            Err(error) => {
                tally.unreadable += 1;
                context.terminal.report(&error);
                continue;
            }
        };
        let (_, findings) = declared.resolve(&catalog);
        tally.add(&findings);
        match args.format {
            Format::Text => context.terminal.print_findings(&declared.source, &findings.shown)?,
            Format::Json => objects.extend(
                findings
                    .shown
                    .iter()
                    .map(|finding| findings_json::finding(&declared.source, finding)),
            ),
        }
    }
    match args.format {
        Format::Text => context.terminal.print(&format!("{tally}\n"))?,
        Format::Json => context.terminal.print_json(&json!({
            "schema_version": findings_json::SCHEMA_VERSION,
            "valid": tally.exit() == Exit::Done,
            "files": tally.files,
            "diagnostics": objects,
        }))?,
    }
    Ok(tally.exit())
}

impl Tally {
    fn add(&mut self, findings: &Findings) {
        self.files += 1;
        self.errors += findings.errors;
        self.warnings += findings.warnings;
    }

    fn exit(&self) -> Exit {
        match self {
            Self { unreadable: 1.., .. } => Exit::Usage,
            Self { errors: 1.., .. } => Exit::Findings,
            _ => Exit::Done,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = count(self.files, "manifest");
        let (errors, warnings) = (count(self.errors, "error"), count(self.warnings, "warning"));
        write!(f, "{files}: {errors}, {warnings}")?;
        if self.unreadable > 0 {
            write!(f, ", {} cannot be read", self.unreadable)?;
        }
        Ok(())
    }
}

fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

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
