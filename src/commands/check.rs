//! `xreq check`: the manifest held against the store.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::app::accounts::Stored;
use crate::app::audit_recorder;
use crate::app::check_store::store;
use crate::app::context::Context;
use crate::app::display_paths::Names;
use crate::app::manifest_discovery::locate;
use crate::app::manifest_source::{Declared, Findings};
use crate::app::refresh_needed;
use crate::app::refresh_needed::Here;
use crate::audit_log::{Entry, Event};
use crate::catalog::Catalog;
use crate::cli::Check;
use crate::commands::findings_stream::Listing;
use crate::error::{Code, Error, Exit, Result};
use crate::findings::markdown::cell;
use crate::findings::{
    Diagnostic, Format, Levels, Room, Source, Stage, Tally, json as findings_json,
};
use crate::policy::lint;
use crate::policy::needs::Needs;
use crate::policy::verdict::{Gap, Verdict, judge};
use crate::report::{self, markdown};
use crate::text::escape::defused;
use crate::text::redact::{redact, redact_json};

pub(super) fn run(args: &Check, context: &Context) -> Result<Exit> {
    let format = args.format.into();
    let place = locate(args.manifest.path.as_deref(), context)?;
    let catalog = Arc::new(context.catalog(&args.catalog)?);
    let levels = context.levels(&args.levels)?;
    let checked = Declared::read(&place, Names::new(format, context).of(&place.path))
        .and_then(|declared| check(&declared, &catalog, &levels, args, context));
    match checked {
        Err(error) if error.code() != Code::OutputFailed => failed(&[error], format, context),
        checked => checked,
    }
}

fn check(
    declared: &Declared,
    catalog: &Arc<Catalog>,
    levels: &Levels,
    args: &Check,
    context: &Context,
) -> Result<Exit> {
    let format = args.format.into();
    let (needs, found) = declared.resolve(catalog);
    let findings = declared.findings(found.clone(), &[Stage::Manifest], levels);
    if findings.errors > 0 {
        print_invalid(&declared.source, &findings, format, context)?;
        let invalid = findings.failure(&declared.source);
        let entry = Entry::undone(Event::Check, invalid.code());
        context.record_done(|_| Ok(entry.with_manifest(declared.source.name())));
        context.terminal.report(&invalid);
        return Ok(invalid.code().exit());
    }
    let store = store(args.store.as_deref(), context)?;
    let mut stored = Stored::find(&needs, &args.against.accounts, store, context)?;
    let (troubles, holdings) = if args.refresh {
        let here = &mut Here::new(context, catalog);
        (refresh_needed::refresh(&mut stored, &needs, &args.against, here)?, stored.holdings())
    } else {
        let known = refresh_needed::known(&stored, &needs.providers());
        (known, stored.renewable_holdings(context.now))
    };
    if args.verify {
        let wrong = stored.verify(&*context.identities(stored.store())?);
        if let Some(first) = wrong.first() {
            let entry = Entry::undone(Event::Check, first.code());
            context.record_done(|_| Ok(entry.with_manifest(declared.source.name())));
            return failed(&wrong, format, context);
        }
    }
    let verdict = judge(&needs, &holdings, Context::policy(&args.against));
    for trouble in &troubles {
        trouble.tell(&verdict, context);
    }
    let was_told =
        |gap: &Gap| format == Format::Text && troubles.iter().any(|trouble| trouble.explains(gap));
    let mut found = found;
    found.extend(report::findings(&verdict, was_told));
    found.extend(lint::command(&needs));
    let findings = declared.findings(found, &[Stage::Manifest, Stage::Store], levels);
    let judged = Judged {
        source: &declared.source,
        needs: &needs,
        verdict: &verdict,
        findings,
        verified: args.verify,
    };
    if judged.exit() != Exit::Done {
        let entry = Entry::undone(Event::Check, Code::RequirementsUnmet);
        let name = declared.source.name();
        context.record_done(|_| Ok(audit_recorder::judged(entry, name, &needs, &verdict)));
    }
    judged.print(format, context)?;
    Ok(judged.exit())
}

/// Everything that a check found.
struct Judged<'a> {
    source: &'a Source,
    needs: &'a Needs<'a>,
    verdict: &'a Verdict<'a>,
    findings: Findings,
    /// Whether the records were opened.
    verified: bool,
}

impl Judged<'_> {
    fn print(&self, format: Format, context: &Context) -> Result<()> {
        let Self { source, needs, verdict, findings, verified } = self;
        let summary = self.summary();
        match format {
            Format::Text => {
                context.terminal.findings(source, &findings.shown);
                let is_fine = self.exit() == Exit::Done;
                let paint = if is_fine { "\x1b[32m" } else { "\x1b[31m" };
                let name = source.name();
                context.terminal.print(&defused(&format!("{name}: {paint}{summary}\x1b[0m\n")))
            }
            Format::Json => {
                let mut answer = report::json(verdict, source);
                answer["diagnostics"] = as_json(source, &findings.shown);
                if *verified {
                    answer["verified"] = true.into();
                }
                redact_json(&mut answer);
                context.terminal.print_json(&answer)
            }
            Format::Markdown => {
                let mut text = format!("## {}: {summary}\n\n", cell(source.name()));
                text.push_str(&markdown::table(verdict, needs));
                text.push_str(&findings_table(source, &findings.shown));
                let graph = markdown::graph(verdict);
                if !graph.is_empty() {
                    text.push_str(&format!("\n{}", redact(&graph)));
                }
                context.terminal.print(&text)
            }
            Format::Github | Format::Gitlab | Format::Sarif => {
                print_findings(source, findings, format, context)
            }
        }
    }

    /// The verdict in a line. Levels are those of findings: what is satisfied may still be denied.
    fn summary(&self) -> String {
        let mut summary = report::summary(self.verdict, self.needs.secrets.len());
        if self.verified {
            summary.push_str(" (verified with the key)");
        }
        match self.findings.errors {
            0 => summary,
            _ if !self.verdict.is_satisfied() => summary,
            1 => format!("{summary}, but 1 finding is denied"),
            count => format!("{summary}, but {count} findings are denied"),
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
        Format::Json => {
            let mut answer = no_verdict();
            answer["diagnostics"] = as_json(source, &findings.shown);
            context.terminal.print_json(&answer)
        }
        Format::Markdown => {
            let heading = format!("## {}: not valid\n", cell(source.name()));
            context.terminal.print(&(heading + &findings_table(source, &findings.shown)))
        }
        Format::Github | Format::Gitlab | Format::Sarif => {
            print_findings(source, findings, format, context)
        }
    }
}

/// Tells that a check came to no verdict, in a form that nobody takes for a good one.
fn failed(errors: &[Error], format: Format, context: &Context) -> Result<Exit> {
    let exit = errors.first().expect("something failed").code().exit();
    if matches!(format, Format::Github | Format::Gitlab | Format::Sarif) {
        let mut listing = Listing::begin(format, Tally::default(), context)?;
        for error in errors {
            listing.failed(error);
        }
        listing.end()?;
        return Ok(exit);
    }
    for error in errors {
        context.terminal.report(error);
    }
    if format == Format::Json {
        let failure =
            |error: &Error| json!({ "code": error.code().name(), "message": error.to_string() });
        let mut answer = no_verdict();
        answer["failures"] = errors.iter().map(failure).collect();
        context.terminal.print_json(&answer)?;
    } else if format == Format::Markdown {
        let line = |error: &Error| {
            format!("- {}\n", cell(&format!("{error} (`{}`)", error.code().name())))
        };
        let lines: String = errors.iter().map(line).collect();
        context.terminal.print(&format!("## no verdict\n\n{lines}"))?;
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
