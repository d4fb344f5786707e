//! `xreq check`: the manifest held against the store.

use std::sync::Arc;

use serde_json::{Value, json};

use super::way;
use crate::app::check::{Check, CheckOptions, NoVerdict};
use crate::app::context::Context;
use crate::app::display_paths::Names;
use crate::app::manifest_discovery::locate;
use crate::app::manifest_source::{Findings, LoadedManifest};
use crate::app::setup::Subject;
use crate::cli;
use crate::error::{Error, Exit, Result};
use crate::findings::json::objects_of;
use crate::findings::markdown::{cell, table};
use crate::findings::report::{Report, Told};
use crate::findings::{Diagnostic, Format, Frame, Room, Source, Tally, UnjudgedFile, text};
use crate::policy::verdict::{json, markdown};
use crate::terminal::Terminal;
use crate::text::escape::on_one_line;
use crate::text::layout::Style;
use crate::text::redact::{redact, redact_json};

pub(super) fn run(args: cli::Check, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let format = args.format;
    let manifest = args.file.or(args.manifest.path);
    let subject = Subject {
        manifest: manifest.clone(),
        catalog: args.catalog.files.clone(),
        criteria: (&args.against).into(),
        ..Subject::default()
    };
    let place = match locate(manifest.as_deref(), context) {
        Err(error) if way::leads_on(&error) => {
            terminal.report(&error);
            way::show(&subject, context, terminal);
            return Ok(error.code().exit());
        }
        place => place?,
    };
    place.announce(context);
    let catalog = Arc::new(context.catalog(&args.catalog.files)?);
    let options = CheckOptions {
        criteria: (&args.against).into(),
        refresh: args.refresh,
        verify: args.verify,
        levels: context.levels(args.levels.by_setting())?,
        subject: args.store.is_none().then_some(subject),
        store: args.store,
        leaves_explained_out: format == Format::Text,
    };
    let declared = match LoadedManifest::read(&place, Names::new(format, context).of(&place.path)) {
        Ok(declared) => declared,
        Err(error) => return failed(&[error], format, terminal),
    };
    let (needs, found) = declared.resolve(&catalog);
    match Check::of(&declared, &needs, &catalog, found, &options, context) {
        Ok(check) => {
            terminal.report_in(format, &check)?;
            if let (Format::Text, Some(plan)) = (format, &check.way) {
                way::show_plan(plan, plan.next(), terminal);
            }
            Ok(if check.is_passed() { Exit::Done } else { Exit::Findings })
        }
        Err(NoVerdict::Invalid(findings)) => {
            let report = Invalid { source: &declared.source, findings: &findings };
            terminal.report_in(format, &report)?;
            let invalid = findings.failure(&declared.source);
            terminal.report(&invalid);
            Ok(invalid.code().exit())
        }
        Err(NoVerdict::Failed(errors)) => failed(&errors, format, terminal),
    }
}

impl Report for Check<'_> {
    fn text(&self) -> Told {
        let style = if self.is_passed() { Style::Good } else { Style::Bad };
        let source = &self.declared.source;
        let name = on_one_line(source.name());
        Told {
            result: format!("{name}: {}\n", style.of(&self.summary())),
            beside: text::render(source, &self.findings.shown, true),
        }
    }

    fn object(&self) -> Value {
        let source = &self.declared.source;
        let mut answer = json::json(&self.verdict, source);
        answer["manifest"] = source.name().into();
        answer["diagnostics"] = objects_of(source, &self.findings.shown);
        if self.verified {
            answer["verified"] = true.into();
        }
        if let Some(plan) = &self.way {
            answer["next"] = way::json(plan);
        }
        redact_json(&mut answer);
        answer
    }

    fn markdown(&self) -> String {
        let source = &self.declared.source;
        let mut text = format!("## {}: {}\n\n", cell(source.name()), self.summary());
        text.push_str(&markdown::table(&self.verdict, self.needs));
        text.push_str(&findings_table(source, &self.findings.shown));
        let graph = markdown::graph(&self.verdict);
        if !graph.is_empty() {
            text.push_str(&format!("\n{}", redact(&graph)));
        }
        if let Some(plan) = &self.way {
            text.push_str(&format!("\n{}", way::markdown(plan)));
        }
        text
    }

    fn findings(&self) -> Option<(&Source, Vec<Diagnostic>)> {
        Some((&self.declared.source, self.findings.shown.clone()))
    }

    fn counts(&self) -> (usize, usize, usize) {
        self.findings.counts()
    }
}

/// A manifest with errors, which is held against nothing.
struct Invalid<'a> {
    source: &'a Source,
    findings: &'a Findings,
}

impl Report for Invalid<'_> {
    fn text(&self) -> Told {
        let beside = text::render(self.source, &self.findings.shown, true);
        Told { result: String::new(), beside }
    }

    fn object(&self) -> Value {
        let mut answer = no_verdict();
        answer["manifest"] = self.source.name().into();
        answer["diagnostics"] = objects_of(self.source, &self.findings.shown);
        answer
    }

    fn markdown(&self) -> String {
        let heading = format!("## {}: not valid\n", cell(self.source.name()));
        heading + &findings_table(self.source, &self.findings.shown)
    }

    fn findings(&self) -> Option<(&Source, Vec<Diagnostic>)> {
        Some((self.source, self.findings.shown.clone()))
    }

    fn counts(&self) -> (usize, usize, usize) {
        self.findings.counts()
    }
}

fn findings_table(source: &Source, findings: &[Diagnostic]) -> String {
    match table(source, findings, Room::of_bytes(markdown::SHARE)) {
        table if table.is_empty() => table,
        table => format!("\n{table}"),
    }
}

/// Tells that a check came to no verdict, in a form that nobody takes for a good one.
fn failed(errors: &[Error], format: Format, terminal: &Terminal) -> Result<Exit> {
    let exit = errors.first().expect("something failed").code().exit();
    for error in errors {
        terminal.report(error);
    }
    let failures: Vec<_> = errors.iter().map(UnjudgedFile::of).collect();
    let pieces = failures.iter().map(|failure| format.renderer().failure(failure)).collect();
    let object = |_| {
        let failure =
            |error: &UnjudgedFile| json!({ "code": error.code, "message": error.message });
        let mut answer = no_verdict();
        answer["failures"] = failures.iter().map(failure).collect();
        answer
    };
    let tally = Tally { failures: failures.clone(), ..Tally::default() };
    let frame = Frame { title: Some("no verdict"), tally, object: &object };
    terminal.whole(format, pieces, &frame)?;
    Ok(exit)
}

/// Returns the answer if there is no verdict. A reader of `satisfied` alone is right.
fn no_verdict() -> Value {
    json!({
        "schema_version": json::SCHEMA_VERSION,
        "satisfied": false,
        "errors": [],
        "warnings": [],
        "notes": [],
        "diagnostics": [],
    })
}
