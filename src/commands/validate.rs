//! `xreq validate`: are manifests well-formed, and does everything that they name exist?

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::Context;
use super::declared::{self, Declared, NAMES};
use crate::cli::{Format, Validate};
use crate::diagnostic::{Diagnostic, Level, json as findings_json};
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
    let paths = if args.paths.is_empty() {
        vec![declared::locate(None, context)?]
    } else {
        files(&args.paths)?
    };
    let mut tally = Tally::default();
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
            Format::Text => context.terminal.print_findings(&declared.source, &findings)?,
            Format::Json => objects.extend(
                findings.iter().map(|finding| findings_json::finding(&declared.source, finding)),
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
    fn add(&mut self, findings: &[Diagnostic]) {
        let count = |level| findings.iter().filter(|finding| finding.level == level).count();
        self.files += 1;
        self.errors += count(Level::Error);
        self.warnings += count(Level::Warning);
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

/// Files as they were named, and the manifests in folders, sorted.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path != Path::new("-") && path.is_dir() {
            let before = files.len();
            walk(path, &mut files)?;
            if files.len() == before {
                return Err(Error::new(
                    Code::ManifestMissing,
                    format!("no manifest in {}: none of {}", path.display(), NAMES.join(", ")),
                ));
            }
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// Links are not followed, and folders whose names start with a dot are left out.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = |error: std::io::Error| {
        Error::new(Code::FileUnreadable, format!("cannot read {}: {error}", folder.display()))
    };
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .map_err(unreadable)?
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() && !name.starts_with('.') && !NOT_OURS.contains(&name) {
            walk(&entry.path(), files)?;
        } else if kind.is_file() && NAMES.contains(&name) {
            files.push(entry.path());
        }
    }
    Ok(())
}
