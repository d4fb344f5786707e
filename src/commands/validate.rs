//! `xreq validate`: are manifests well-formed, and does everything that they name exist?

use std::path::{Path, PathBuf};

use serde_json::json;

use super::Context;
use super::declared::{Declared, NAMES};
use crate::cli::{Format, Validate};
use crate::diagnostic::{Level, json as findings_json};
use crate::error::{Code, Error, Exit, Result};

/// Folders that hold other people's files.
const NOT_OURS: [&str; 4] = ["node_modules", "target", "venv", "vendor"];

pub(super) fn run(args: &Validate, context: &Context) -> Result<Exit> {
    let catalog = context.catalog(&args.catalog)?;
    let manifests = if args.paths.is_empty() {
        vec![Declared::find(None, context)?]
    } else {
        let files = files(&args.paths)?;
        files.iter().map(|path| Declared::read(path)).collect::<Result<_>>()?
    };
    let mut errors = 0;
    let mut warnings = 0;
    let mut objects = Vec::new();
    for declared in &manifests {
        let (_, findings) = declared.resolve(&catalog);
        errors += findings.iter().filter(|finding| finding.level == Level::Error).count();
        warnings += findings.iter().filter(|finding| finding.level == Level::Warning).count();
        match args.format {
            Format::Text => context.terminal.print_findings(&declared.source, &findings)?,
            Format::Json => objects.extend(
                findings.iter().map(|finding| findings_json::finding(&declared.source, finding)),
            ),
        }
    }
    match args.format {
        Format::Json => context.terminal.print_json(&json!({
            "schema_version": findings_json::SCHEMA_VERSION,
            "valid": errors == 0,
            "files": manifests.len(),
            "diagnostics": objects,
        }))?,
        Format::Text => {
            let files = count(manifests.len(), "manifest");
            let (errors, warnings) = (count(errors, "error"), count(warnings, "warning"));
            context.terminal.print(&format!("{files}: {errors}, {warnings}\n"))?;
        }
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Findings })
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
