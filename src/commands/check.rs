//! `xreq check`: the manifest held against the store. It is long, since each format has its own form of a
//! verdict, of an invalid manifest, and of a failure.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::app::check::{Check, CheckOptions, NoVerdict};
use crate::app::context::Context;
use crate::app::display_paths::Names;
use crate::app::manifest_discovery::locate;
use crate::app::manifest_source::{Declared, Findings};
use crate::cli;
use crate::commands::findings_stream::Listing;
use crate::error::{Error, Exit, Result};
use crate::findings::markdown::cell;
use crate::findings::{Diagnostic, Format, Room, Source, Tally, json as findings_json};
use crate::report::{self, markdown};
use crate::terminal::Terminal;
use crate::text::escape::defused;
use crate::text::redact::{redact, redact_json};

pub(super) fn run(args: cli::Check, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let format = args.format.into();
    let place = locate(args.manifest.path.as_deref(), context)?;
    let catalog = Arc::new(context.catalog(&args.catalog.files)?);
    let options = CheckOptions {
        criteria: (&args.against).into(),
        refresh: args.refresh,
        verify: args.verify,
        levels: context.levels(args.levels.by_setting())?,
        store: args.store,
        leaves_explained_out: format == Format::Text,
    };
    let declared = match Declared::read(&place, Names::new(format, context).of(&place.path)) {
        Ok(declared) => declared,
        Err(error) => return failed(&[error], format, terminal),
    };
    let (needs, found) = declared.resolve(&catalog);
    match Check::of(&declared, &needs, &catalog, found, &options, context) {
        Ok(check) => {
            print(&check, format, terminal)?;
            Ok(if check.is_passed() { Exit::Done } else { Exit::Findings })
        }
        Err(NoVerdict::Invalid(findings)) => {
            print_invalid(&declared.source, &findings, format, terminal)?;
            let invalid = findings.failure(&declared.source);
            terminal.report(&invalid);
            Ok(invalid.code().exit())
        }
        Err(NoVerdict::Failed(errors)) => failed(&errors, format, terminal),
    }
}

fn print(check: &Check<'_>, format: Format, terminal: &Terminal) -> Result<()> {
    let Check { declared, needs, verdict, findings, verified } = check;
    let (source, summary) = (&declared.source, check.summary());
    match format {
        Format::Text => {
            terminal.findings(source, &findings.shown);
            let paint = if check.is_passed() { "\x1b[32m" } else { "\x1b[31m" };
            let name = source.name();
            terminal.print(&defused(&format!("{name}: {paint}{summary}\x1b[0m\n")))
        }
        Format::Json => {
            let mut answer = report::json(verdict, source);
            answer["diagnostics"] = as_json(source, &findings.shown);
            if *verified {
                answer["verified"] = true.into();
            }
            redact_json(&mut answer);
            terminal.print_json(&answer)
        }
        Format::Markdown => {
            let mut text = format!("## {}: {summary}\n\n", cell(source.name()));
            text.push_str(&markdown::table(verdict, needs));
            text.push_str(&findings_table(source, &findings.shown));
            let graph = markdown::graph(verdict);
            if !graph.is_empty() {
                text.push_str(&format!("\n{}", redact(&graph)));
            }
            terminal.print(&text)
        }
        Format::Github | Format::Gitlab | Format::Sarif => {
            print_findings(source, findings, format, terminal)
        }
    }
}

fn findings_table(source: &Source, findings: &[Diagnostic]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let format = Format::Markdown;
    let mut room = Room::of_bytes(markdown::SHARE);
    let rows = room.take(format.findings(source, findings), findings.len());
    format!("\n{}{rows}{}", format.between(true), room.rest())
}

/// Prints findings in a format that has nothing but these.
fn print_findings(
    source: &Source,
    findings: &Findings,
    format: Format,
    terminal: &Terminal,
) -> Result<()> {
    let mut listing = Listing::begin(format, Tally::default(), terminal)?;
    listing.add(Ok(findings.listed(source, format)))?;
    listing.end().map(|_| ())
}

fn print_invalid(
    source: &Source,
    findings: &Findings,
    format: Format,
    terminal: &Terminal,
) -> Result<()> {
    match format {
        Format::Text => {
            terminal.findings(source, &findings.shown);
            Ok(())
        }
        Format::Json => {
            let mut answer = no_verdict();
            answer["diagnostics"] = as_json(source, &findings.shown);
            terminal.print_json(&answer)
        }
        Format::Markdown => {
            let heading = format!("## {}: not valid\n", cell(source.name()));
            terminal.print(&(heading + &findings_table(source, &findings.shown)))
        }
        Format::Github | Format::Gitlab | Format::Sarif => {
            print_findings(source, findings, format, terminal)
        }
    }
}

/// Tells that a check came to no verdict, in a form that nobody takes for a good one.
fn failed(errors: &[Error], format: Format, terminal: &Terminal) -> Result<Exit> {
    let exit = errors.first().expect("something failed").code().exit();
    if matches!(format, Format::Github | Format::Gitlab | Format::Sarif) {
        let mut listing = Listing::begin(format, Tally::default(), terminal)?;
        for error in errors {
            listing.failed(error);
        }
        listing.end()?;
        return Ok(exit);
    }
    for error in errors {
        terminal.report(error);
    }
    if format == Format::Json {
        let failure =
            |error: &Error| json!({ "code": error.code().name(), "message": error.to_string() });
        let mut answer = no_verdict();
        answer["failures"] = errors.iter().map(failure).collect();
        terminal.print_json(&answer)?;
    } else if format == Format::Markdown {
        let line = |error: &Error| {
            format!("- {}\n", cell(&format!("{error} (`{}`)", error.code().name())))
        };
        let lines: String = errors.iter().map(line).collect();
        terminal.print(&format!("## no verdict\n\n{lines}"))?;
    }
    Ok(exit)
}

/// The answer where there is no verdict. Whoever looks at `satisfied` alone is right.
fn no_verdict() -> Value {
    json!({
        "schema_version": report::SCHEMA_VERSION,
        "satisfied": false,
        "errors": [],
        "warnings": [],
        "notes": [],
        "diagnostics": [],
    })
}

fn as_json(source: &Source, findings: &[Diagnostic]) -> Value {
    findings.iter().map(|finding| findings_json::finding(source, finding)).collect()
}
