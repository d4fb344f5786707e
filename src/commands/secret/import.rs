//! `xreq secret import`: secrets that lie in a file such as `.env`.

use std::ops::RangeInclusive;

use crate::app::context::Context;
use crate::app::secret_import::{Fate, ImportedSecret, SecretImportOptions, Wanted, import};
use crate::cli::SecretImport;
use crate::error::{Exit, Result};
use crate::terminal::Terminal;
use crate::text::redact::redact;

pub(super) fn run(args: &SecretImport, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let options = SecretImportOptions::from(args);
    let done = match import(&options, context) {
        Ok(done) => done,
        Err(faults) => {
            for fault in &faults {
                terminal.report(fault);
            }
            let exit = faults.first().map_or(Exit::Usage, |fault| fault.code().exit());
            return Ok(exit);
        }
    };
    let mut text = String::new();
    for secret in &done.secrets {
        text.push_str(&line(secret, &done.file, options.dry_run));
    }
    let is_moved = |secret: &&ImportedSecret| matches!(secret.fate, Fate::Stored | Fate::Replaced);
    let moved = done.secrets.iter().filter(is_moved);
    let mut lines: Vec<_> = moved.flat_map(|secret| secret.lines.clone()).collect();
    lines.sort_by_key(|lines| *lines.start());
    if lines.is_empty() {
        text.push_str("nothing to store\n");
    } else {
        let lines: Vec<_> = lines.iter().map(range).collect();
        let (when, lines) = (if options.dry_run { "then" } else { "now" }, lines.join(", "));
        text.push_str(&format!("lines that may leave {} {when}: {lines}\n", done.file));
    }
    terminal.print(&redact(&text))?;
    if !done.others.is_empty() {
        terminal.note(&format!(
            "not declared as secrets, and left alone: {} (`xreq secret import FILE NAME` stores one)",
            done.others.join(", ")
        ));
    }
    Ok(Exit::Done)
}

impl From<&SecretImport> for SecretImportOptions {
    fn from(args: &SecretImport) -> Self {
        let wanted = if args.all {
            Wanted::All
        } else if args.names.is_empty() {
            let (manifest, catalog) = (args.manifest.path.clone(), args.catalog.files.clone());
            Wanted::Declared { manifest, catalog }
        } else {
            Wanted::Named(args.names.clone())
        };
        Self { file: args.file.clone(), wanted, replace: args.replace, dry_run: args.dry_run }
    }
}

fn line(secret: &ImportedSecret, file: &str, dry_run: bool) -> String {
    let what = match (secret.fate, dry_run) {
        (Fate::Stored, false) => "stored",
        (Fate::Stored, true) => "would store",
        (Fate::Replaced, false) => "replaced",
        (Fate::Replaced, true) => "would replace",
        (Fate::Kept, _) => "kept",
        (Fate::Empty, _) => "left out",
    };
    let why = match secret.fate {
        Fate::Kept => ": it is stored already, and `--replace` takes that of the file",
        Fate::Empty => ": it has no value",
        Fate::Stored | Fate::Replaced => "",
    };
    let lines: Vec<_> = secret.lines.iter().map(range).collect();
    format!("{what} {} ({file}:{}){why}\n", secret.name, lines.join(", "))
}

fn range(lines: &RangeInclusive<usize>) -> String {
    let (start, end) = (lines.start(), lines.end());
    if start == end { start.to_string() } else { format!("{start}-{end}") }
}
