//! `xreq secret import`: secrets that lie in a file such as `.env`.

use std::ops::RangeInclusive;

use crate::app::context::Context;
use crate::app::secret_import::{Fate, ImportedSecret, SecretImportOptions, Wanted, import};
use crate::app::setup::Subject;
use crate::cli::SecretImport;
use crate::commands::way;
use crate::error::{Exit, Result};
use crate::terminal::Terminal;
use crate::text::layout::Layout;
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
    let mut layout = Layout::default();
    for secret in &done.secrets {
        layout.line(0, redact(&line(secret, &done.file, options.dry_run)).as_ref());
    }
    let is_moved = |secret: &&ImportedSecret| matches!(secret.fate, Fate::Stored | Fate::Replaced);
    let moved = done.secrets.iter().filter(is_moved);
    let mut lines: Vec<_> = moved.flat_map(|secret| secret.lines.clone()).collect();
    lines.sort_by_key(|lines| *lines.start());
    if lines.is_empty() {
        layout.line(0, "nothing to store");
    } else {
        let lines: Vec<_> = lines.iter().map(range).collect();
        let (when, lines) = (if options.dry_run { "then" } else { "now" }, lines.join(", "));
        let leaving = format!("lines of {} that can go {when}: {lines}", done.file);
        layout.line(0, redact(&leaving).as_ref());
    }
    terminal.show(&layout)?;
    if !done.others.is_empty() {
        terminal.note(&format!(
            "not declared as secrets, and left alone: {} (`xreq secret import FILE NAME` stores one)",
            done.others.join(", ")
        ));
    }
    for fault in &done.faults {
        terminal.report(fault);
    }
    if !options.dry_run && done.secrets.iter().any(|secret| is_moved(&secret)) {
        let (manifest, catalog) = (args.manifest.path.clone(), args.catalog.files.clone());
        let subject = Subject { manifest, catalog, ..Subject::default() };
        way::tell_next(&subject, context, terminal);
    }
    Ok(if done.faults.is_empty() { Exit::Done } else { Exit::Findings })
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
    format!("{what} {} ({file}:{}){why}", secret.name, lines.join(", "))
}

fn range(lines: &RangeInclusive<usize>) -> String {
    let (start, end) = (lines.start(), lines.end());
    if start == end { start.to_string() } else { format!("{start}-{end}") }
}
