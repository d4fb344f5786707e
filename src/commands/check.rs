//! `xreq check`: the manifest held against the store.

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
use crate::error::{Code, Error, Exit, Result};
use crate::findings::json::objects_of;
use crate::findings::markdown::{cell, table};
use crate::findings::report::{Report, Told};
use crate::findings::{
    Diagnostic, Failure, Format, Frame, Levels, Room, Source, Stage, Tally, text,
};
use crate::policy::lint;
use crate::policy::needs::Needs;
use crate::policy::verdict::{Gap, Verdict, judge, markdown, report};
use crate::text::escape::on_one_line;
use crate::text::redact::{redact, redact_json};

pub(super) fn run(args: &Check, context: &Context) -> Result<Exit> {
    let format = args.format;
    let place = locate(args.manifest.path.as_deref(), context)?;
    let catalog = context.catalog(&args.catalog)?;
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
    catalog: &Catalog,
    levels: &Levels,
    args: &Check,
    context: &Context,
) -> Result<Exit> {
    let format = args.format;
    let (needs, found) = declared.resolve(catalog);
    let findings = declared.findings(found.clone(), &[Stage::Manifest], levels);
    if findings.errors > 0 {
        let invalid = Invalid { source: &declared.source, findings: &findings };
        context.terminal.report_in(format, &invalid)?;
        let invalid = findings.failure(&declared.source);
        let entry = Entry::undone(Event::Check, invalid.code());
        context.record_done(|_| Ok(entry.with_manifest(declared.source.name())));
        context.terminal.report(&invalid);
        return Ok(invalid.code().exit());
    }
    let store = store(args.store.as_deref(), context)?;
    let mut stored = Stored::find(&needs, &args.against.accounts, store, context)?;
    let (troubles, holdings) = if args.refresh {
        let here = &mut Here::new(context);
        (refresh_needed::refresh(&mut stored, &needs, &args.against, here)?, stored.holdings())
    } else {
        let known = refresh_needed::known(&stored, &needs.providers());
        (known, stored.renewable_holdings(context.now))
    };
    if args.verify {
        let wrong = stored.verify(&context.identities(stored.store())?);
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
    context.terminal.report_in(format, &judged)?;
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

impl Report for Judged<'_> {
    fn text(&self) -> Told {
        let paint = if self.exit() == Exit::Done { "\x1b[32m" } else { "\x1b[31m" };
        let name = on_one_line(self.source.name());
        Told {
            result: format!("{name}: {paint}{}\x1b[0m\n", self.summary()),
            beside: text::render(self.source, &self.findings.shown, true),
        }
    }

    fn object(&self) -> Value {
        let mut answer = report::json(self.verdict, self.source);
        answer["diagnostics"] = objects_of(self.source, &self.findings.shown);
        if self.verified {
            answer["verified"] = true.into();
        }
        redact_json(&mut answer);
        answer
    }

    fn markdown(&self) -> String {
        let mut text = format!("## {}: {}\n\n", cell(self.source.name()), self.summary());
        text.push_str(&markdown::table(self.verdict, self.needs));
        text.push_str(&findings_table(self.source, &self.findings.shown));
        let graph = markdown::graph(self.verdict);
        if !graph.is_empty() {
            text.push_str(&format!("\n{}", redact(&graph)));
        }
        text
    }

    fn findings(&self) -> Option<(&Source, Vec<Diagnostic>)> {
        Some((self.source, self.findings.shown.clone()))
    }

    fn counts(&self) -> (usize, usize, usize) {
        self.findings.counts()
    }
}

impl Judged<'_> {
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
fn failed(errors: &[Error], format: Format, context: &Context) -> Result<Exit> {
    let exit = errors.first().expect("something failed").code().exit();
    for error in errors {
        context.terminal.report(error);
    }
    let failures: Vec<_> = errors.iter().map(Failure::of).collect();
    let pieces = failures.iter().map(|failure| format.renderer().failure(failure)).collect();
    let object = |_| {
        let failure = |error: &Failure| json!({ "code": error.code, "message": error.message });
        let mut answer = no_verdict();
        answer["failures"] = failures.iter().map(failure).collect();
        answer
    };
    let tally = Tally { failures: failures.clone(), ..Tally::default() };
    let frame = Frame { title: Some("no verdict"), tally, object: &object };
    context.terminal.whole(format, pieces, &frame)?;
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
