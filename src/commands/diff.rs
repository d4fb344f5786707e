//! `xreq diff`: what newer manifests let an agent do beyond older ones, and who has to consent to it.

mod pairs;
mod since;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::app::check_store;
use crate::app::context::Context;
use crate::app::manifest_source::{Declared, Findings};
use crate::catalog::Catalog;
use crate::cli::Diff;
use crate::commands::findings_stream::Listing;
use crate::error::{Code, Error, Exit, Result};
use crate::findings::listed::Listed;
use crate::findings::markdown::cell;
use crate::findings::{
    Diagnostic, Format, Level, Levels, Room, Rule, Stage, Tally, json as findings_json,
};
use crate::policy::change::{Change, Consent, Granted, change};
use crate::policy::needs::Needs;
use crate::report::change as report;
use crate::text::escape::{defused, on_one_line};
use pairs::{Pair, pairs};

/// The version of the JSON form.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Diff, context: &Context) -> Result<Exit> {
    let judge = Judge {
        catalog: context.catalog(&args.catalog)?,
        levels: context.levels(&args.levels)?,
        format: args.format.into(),
        allow_widening: args.allow_widening,
        store: args.store.as_deref(),
        grants: RefCell::default(),
        context,
    };
    let compared: Vec<_> = pairs(args, judge.format, context)?
        .into_iter()
        .map(|pair| pair.and_then(|pair| judge.compare(&pair)).unwrap_or_else(Compared::impossible))
        .collect();
    let failures = compared.iter().filter_map(|compared| compared.failure.as_ref());
    let exit = match failures.map(|error| error.code().exit()).max() {
        // Whoever looks for new authority must not take a wrong manifest for it.
        Some(exit) => exit.max(Exit::Usage),
        None if compared.iter().any(|compared| compared.listed.errors > 0) => Exit::Findings,
        None => Exit::Done,
    };
    print(judge.format, compared, args.git.as_deref(), context)?;
    Ok(exit)
}

/// What manifests are compared by.
struct Judge<'a> {
    catalog: Catalog,
    levels: Levels,
    format: Format,
    allow_widening: bool,
    store: Option<&'a Path>,
    /// The grants of each provider, once they were asked for.
    grants: RefCell<HashMap<String, Vec<Granted>>>,
    context: &'a Context,
}

/// Two manifests that were compared.
#[derive(Default)]
struct Compared {
    /// What there is to print of them, in the format that was asked for.
    listed: Listed,
    /// The same as an object, for JSON.
    object: Value,
    /// The line that sums it up, for a log.
    summary: String,
    /// Whether there is new authority; none where nobody can say.
    is_widening: Option<bool>,
    /// What kept them from being compared.
    failure: Option<Error>,
}

impl Compared {
    fn impossible(failure: Error) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }
}

impl Judge<'_> {
    fn compare(&self, Pair { old, new }: &Pair) -> Result<Compared> {
        let (new_needs, mut found) = new.resolve(&self.catalog);
        let read = new.findings(found.clone(), &[Stage::Manifest], &self.levels);
        if read.errors > 0 {
            return Ok(self.not_comparable(new, &read));
        }
        let (old_needs, old_is_valid) = self.old_needs(old);
        let change = change(&old_needs, &new_needs);
        let consents = change.consents(&self.stored(&new_needs)?);
        found.extend(change.findings(&consents));
        if self.allow_widening {
            for finding in found.iter_mut().filter(|finding| finding.rule == Rule::NewAuthority) {
                finding.level = Level::Note;
            }
        }
        let told = Told {
            findings: new.findings(found, &[Stage::Manifest, Stage::Change], &self.levels),
            old_findings: old.findings(change.old_findings(), &[], &self.levels),
            old,
            old_is_valid,
            new,
            change: &change,
            consents: &consents,
        };
        Ok(Compared {
            listed: Listed {
                text: told.text(self.format),
                shown: told.findings.shown.len() + told.old_findings.shown.len(),
                errors: told.findings.errors + told.old_findings.errors,
                warnings: told.findings.warnings + told.old_findings.warnings,
            },
            object: if self.format == Format::Json { told.json() } else { Value::Null },
            summary: told.summary(),
            is_widening: Some(change.is_widening()),
            failure: None,
        })
    }

    /// A wrong manifest says nothing of authority: it is told what is wrong with it.
    fn not_comparable(&self, new: &Declared, read: &Findings) -> Compared {
        let failure = Error::new(Code::NotComparable, read.failure(&new.source).to_string())
            .with_hint("mend it first: what it asks for cannot be said");
        let name = cell(&format!("`{}`", new.source.name()));
        let text = match self.format {
            Format::Json => String::new(),
            Format::Markdown => {
                let rows = read.listed(&new.source, self.format).text;
                format!("## {name}: not valid\n\n{}{rows}\n", self.format.between(true))
            }
            _ => read.listed(&new.source, self.format).text,
        };
        Compared {
            listed: Listed {
                text,
                shown: read.shown.len(),
                errors: read.errors,
                warnings: read.warnings,
            },
            object: json!({
                "file": new.source.name(),
                "widened": null,
                "diagnostics": diagnostics(new, &read.shown),
            }),
            failure: Some(failure),
            ..Compared::default()
        }
    }

    /// What the older manifest asks for, and whether it is valid. Nothing could be launched with a
    /// wrong one.
    fn old_needs<'a>(&'a self, old: &'a Declared) -> (Needs<'a>, bool) {
        let (needs, found) = old.resolve(&self.catalog);
        if found.iter().all(|finding| finding.level != Level::Error) {
            return (needs, true);
        }
        self.context.terminal.warn(&format!(
            "{} has errors, so that nothing could be launched with it: all that the newer manifest \
             asks for is new",
            on_one_line(old.source.name())
        ));
        (Needs::default(), false)
    }

    /// The grants that the store has of the providers that are needed. Where nobody has said where
    /// the store is, there is none.
    fn stored(&self, needs: &Needs<'_>) -> Result<Vec<Granted>> {
        if self.store.is_none() && self.context.home().is_err() {
            return Ok(Vec::new());
        }
        let mut granted = Vec::new();
        for provider in needs.providers() {
            let known = self.grants.borrow().get(&provider.slug).cloned();
            granted.extend(match known {
                Some(known) => known,
                None => self.read_grants(&provider.slug)?,
            });
        }
        Ok(granted)
    }

    fn read_grants(&self, provider: &str) -> Result<Vec<Granted>> {
        let store = check_store::store(self.store, self.context)?;
        let mut granted = Vec::new();
        for listed in store.list_grants(store.grant_names_of(&provider.parse()?)?) {
            let metadata = listed.metadata?;
            granted.push(Granted {
                provider: metadata.provider.to_string(),
                account: metadata.account.to_string(),
                scopes: metadata.scopes,
            });
        }
        self.grants.borrow_mut().insert(provider.to_owned(), granted.clone());
        Ok(granted)
    }
}

fn print(
    format: Format,
    compared: Vec<Compared>,
    revision: Option<&str>,
    context: &Context,
) -> Result<()> {
    let tally = Tally { since: revision.map(str::to_owned), ..Tally::default() };
    if let Format::Github | Format::Gitlab | Format::Sarif = format {
        let mut listing = Listing::begin(format, tally, context)?;
        let mut summaries = String::new();
        for Compared { listed, summary, failure, .. } in compared {
            listing.add(Ok(listed))?;
            if let Some(failure) = failure {
                listing.failed(&failure);
            }
            summaries.push_str(&summary);
        }
        if format == Format::Github {
            context.terminal.print(&summaries)?;
        }
        return listing.end().map(|_| ());
    }
    for failure in compared.iter().filter_map(|compared| compared.failure.as_ref()) {
        context.terminal.report(failure);
    }
    if format == Format::Json {
        return context.terminal.print_json(&as_json(compared));
    }
    let mut text = match format {
        _ if !compared.is_empty() => String::new(),
        Format::Markdown => format!("## xreq diff\n\n{}\n\n", cell(&tally.to_string())),
        _ => format!("{tally}\n"),
    };
    for Compared { listed, summary, failure, .. } in compared {
        text.push_str(&listed.text);
        match format {
            Format::Text => text.push_str(&summary),
            _ if listed.text.is_empty() => text.extend(failure.map(|failure| {
                let words = format!("{failure} (`{}`)", failure.code().name());
                format!("- {}\n", cell(&words))
            })),
            _ => {}
        }
    }
    let mut room = Room::of(format);
    let lines = text.lines().count();
    let text = room.take(text, lines);
    context.terminal.print(&(text + &room.rest()))
}

/// Whether anything is wider is not known where a manifest cannot be compared, unless another one is.
fn as_json(compared: Vec<Compared>) -> Value {
    let failures: Vec<_> = compared
        .iter()
        .filter_map(|compared| compared.failure.as_ref())
        .map(|error| json!({ "code": error.code().name(), "message": error.to_string() }))
        .collect();
    let widened = if compared.iter().any(|compared| compared.is_widening == Some(true)) {
        Some(true)
    } else {
        failures.is_empty().then_some(false)
    };
    let objects = compared.into_iter().map(|compared| compared.object);
    json!({
        "schema_version": SCHEMA_VERSION,
        "widened": widened,
        "manifests": objects.filter(|object| !object.is_null()).collect::<Vec<_>>(),
        "failures": failures,
    })
}

/// Everything that there is to tell of two manifests.
struct Told<'a> {
    old: &'a Declared,
    old_is_valid: bool,
    new: &'a Declared,
    change: &'a Change<'a>,
    consents: &'a [Consent<'a>],
    findings: Findings,
    old_findings: Findings,
}

impl Told<'_> {
    fn text(&self, format: Format) -> String {
        match format {
            Format::Text => {
                let old = format.findings(&self.old.source, &self.old_findings.shown);
                old + &format.findings(&self.new.source, &self.findings.shown)
            }
            Format::Json => String::new(),
            Format::Markdown => self.markdown(),
            // A platform shows the newer file alone, in which what is gone has no place of its own.
            Format::Github | Format::Gitlab | Format::Sarif => {
                let gone = self.old_findings.shown.iter();
                let gone = gone.map(|finding| Diagnostic { span: 0..0, ..finding.clone() });
                let all: Vec<_> = gone.chain(self.findings.shown.iter().cloned()).collect();
                if all.is_empty() { String::new() } else { format.findings(&self.new.source, &all) }
            }
        }
    }

    fn summary(&self) -> String {
        let name = on_one_line(self.new.source.name());
        let summary = report::summary(self.change, self.consents);
        defused(&format!("{name}: {summary}\n")).into_owned()
    }

    fn markdown(&self) -> String {
        let name = cell(&format!("`{}`", self.new.source.name()));
        let mut text = format!("## {name}: {}\n\n", report::summary(self.change, self.consents));
        if !self.old_is_valid {
            text.push_str("- the older manifest has errors: all that is asked for is new\n");
        }
        text.push_str(&report::markdown(self.change, self.consents));
        let read = self.findings.shown.iter().filter(|f| f.rule.stage() == Stage::Manifest);
        let read: Vec<_> = read.cloned().collect();
        if !read.is_empty() {
            let format = Format::Markdown;
            let rows = format.findings(&self.new.source, &read);
            text.push_str(&format!("\n{}{rows}", format.between(true)));
        }
        text.push('\n');
        text
    }

    fn json(&self) -> Value {
        let mut object =
            json!({ "file": self.new.source.name(), "old_is_valid": self.old_is_valid });
        let fields = report::json(self.change, self.consents);
        if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
            object.extend(fields);
        }
        let mut all = diagnostics(self.old, &self.old_findings.shown);
        all.extend(diagnostics(self.new, &self.findings.shown));
        object["diagnostics"] = all.into();
        object
    }
}

fn diagnostics(declared: &Declared, findings: &[Diagnostic]) -> Vec<Value> {
    findings.iter().map(|finding| findings_json::finding(&declared.source, finding)).collect()
}
