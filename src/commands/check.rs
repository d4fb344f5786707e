//! `xreq check`: the manifest held against the store.

use std::path::Path;

use serde_json::{Value, json};

use super::Context;
use super::accounts::Stored;
use super::declared::{Declared, Findings, locate};
use super::fresh::{self, Told};
use super::listing::Listing;
use super::names::Names;
use crate::cli::Check;
use crate::diagnostic::log::{defused, on_one_line};
use crate::diagnostic::{
    Diagnostic, Format, Levels, Room, Source, Stage, Tally, json as findings_json,
};
use crate::error::{Code, Error, Exit, Result};
use crate::report::{self, markdown};
use crate::resolve::Needs;
use crate::store::Store;
use crate::verdict::{Gap, Verdict, judge};

pub(super) fn run(args: &Check, context: &Context) -> Result<Exit> {
    let format = args.format.into();
    let path = locate(args.manifest.path.as_deref(), context)?;
    let declared = Declared::read(&path, Names::new(format, context).of(&path))?;
    let catalog = context.catalog(&args.catalog)?;
    let levels = context.levels(&args.levels)?;
    let (needs, found) = declared.resolve(&catalog);
    let findings = declared.findings(found.clone(), &[Stage::Manifest], &levels);
    if findings.errors > 0 {
        print_invalid(&declared.source, &findings, format, context)?;
        return Err(findings.failure(&declared.source));
    }
    let store = store(args.store.as_deref(), context)?;
    let mut stored = Stored::find(&needs, &args.against.accounts, store, context)?;
    let (troubles, holdings) = if args.refresh {
        let fresh = fresh::refresh(&mut stored, &needs, &args.against, context)?;
        (fresh.troubles, stored.holdings())
    } else {
        let known = fresh::known(&stored, &needs.providers());
        (known, stored.renewable_holdings(context.now))
    };
    let verdict = judge(&needs, &holdings, Context::policy(&args.against));
    for trouble in &troubles {
        trouble.tell(&verdict, context);
    }
    let was_told =
        |gap: &Gap| format == Format::Text && troubles.iter().any(|trouble| trouble.explains(gap));
    let mut found = found;
    found.extend(report::findings(&verdict, was_told));
    let findings = declared.findings(found, &[Stage::Manifest, Stage::Store], &levels);
    let judged = Judged { source: &declared.source, needs: &needs, verdict: &verdict, findings };
    judged.print(format, context)?;
    Ok(judged.exit())
}

/// Prints gaps, warnings and notes. What a failed refresh explains is told by that.
pub(super) fn tell(
    verdict: &Verdict<'_>,
    declared: &Declared,
    troubles: &[Told],
    context: &Context,
) {
    for trouble in troubles {
        trouble.tell(verdict, context);
    }
    let was_told = |gap: &Gap| troubles.iter().any(|trouble| trouble.explains(gap));
    let found = report::findings(verdict, was_told);
    let findings = declared.findings(found, &[], &Levels::default());
    context.terminal.findings(&declared.source, &findings.shown);
}

/// The store that was named, or the user's own.
pub(super) fn store(named: Option<&Path>, context: &Context) -> Result<Store> {
    let Some(folder) = named else { return context.store() };
    let folder = folder.canonicalize().ok().filter(|folder| folder.is_dir()).ok_or_else(|| {
        Error::new(Code::FileUnreadable, format!("{} is no folder", folder.display()))
            .with_hint("name the folder in which `grants` is: `xreq init` prints it")
    })?;
    let home = context.home().unwrap_or_else(|_| crate::store::Home::at(&folder));
    Ok(Store::new(home.with_data(folder)))
}

/// Everything that a check found.
struct Judged<'a> {
    source: &'a Source,
    needs: &'a Needs<'a>,
    verdict: &'a Verdict<'a>,
    findings: Findings,
}

impl Judged<'_> {
    fn print(&self, format: Format, context: &Context) -> Result<()> {
        let Self { source, needs, verdict, findings } = self;
        let summary = report::summary(verdict, needs.secrets.len());
        match format {
            Format::Text => {
                context.terminal.findings(source, &findings.shown);
                let paint = if verdict.is_satisfied() { "\x1b[32m" } else { "\x1b[31m" };
                let name = on_one_line(source.name());
                context.terminal.print(&defused(&format!("{name}: {paint}{summary}\x1b[0m\n")))
            }
            Format::Json => {
                let mut answer = report::json(verdict, source);
                answer["diagnostics"] = as_json(source, &findings.shown);
                context.terminal.print_json(&answer)
            }
            Format::Markdown => {
                let mut text = format!("## {}: {summary}\n\n", markdown::cell(source.name()));
                text.push_str(&markdown::table(verdict, needs));
                text.push_str(&findings_table(source, &findings.shown));
                let graph = markdown::graph(verdict);
                if !graph.is_empty() {
                    text.push_str(&format!("\n{graph}"));
                }
                context.terminal.print(&text)
            }
            Format::Github | Format::Gitlab | Format::Sarif => {
                print_findings(source, findings, format, context)
            }
        }
    }

    fn exit(&self) -> Exit {
        if self.verdict.is_satisfied() && self.findings.errors == 0 {
            Exit::Done
        } else {
            Exit::Findings
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
    context: &Context,
) -> Result<()> {
    let mut listing = Listing::begin(format, Tally::default(), context)?;
    listing.add(Ok(findings.listed(source, format)))?;
    listing.end().map(|_| ())
}

fn print_invalid(
    source: &Source,
    findings: &Findings,
    format: Format,
    context: &Context,
) -> Result<()> {
    match format {
        Format::Text => {
            context.terminal.findings(source, &findings.shown);
            Ok(())
        }
        Format::Json => context.terminal.print_json(&json!({
            // Whoever looks at `satisfied` alone is right.
            "schema_version": report::SCHEMA_VERSION,
            "satisfied": false,
            "errors": [],
            "warnings": [],
            "notes": [],
            "diagnostics": as_json(source, &findings.shown),
        })),
        Format::Markdown => {
            let heading = format!("## {}: not valid\n", markdown::cell(source.name()));
            context.terminal.print(&(heading + &findings_table(source, &findings.shown)))
        }
        Format::Github | Format::Gitlab | Format::Sarif => {
            print_findings(source, findings, format, context)
        }
    }
}

fn as_json(source: &Source, findings: &[Diagnostic]) -> Value {
    findings.iter().map(|finding| findings_json::finding(source, finding)).collect()
}
