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
use crate::error::{Code, Error, Exit, Result};
use crate::findings::json::finding;
use crate::findings::markdown::{cell, table};
use crate::findings::report::{Report, Told};
use crate::findings::{
    Diagnostic, Failure, Format, Frame, Level, Levels, Piece, Room, Rule, Source, Stage, Tally,
    text,
};
use crate::policy::change::{Change, Consent, Granted, change, report};
use crate::policy::needs::Needs;
use crate::text::escape::on_one_line;
use pairs::{Pair, pairs};

/// The version of the JSON form.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Diff, context: &Context) -> Result<Exit> {
    let judge = Judge {
        catalog: context.catalog(&args.catalog)?,
        levels: context.levels(&args.levels)?,
        format: args.format,
        allow_widening: args.allow_widening,
        store: args.store.as_deref(),
        grants: RefCell::default(),
        context,
    };
    let compared: Vec<_> = pairs(args, judge.format, context)?
        .into_iter()
        .map(|pair| {
            pair.and_then(|pair| judge.compare(&pair))
                .unwrap_or_else(|failure| judge.impossible(failure))
        })
        .collect();
    let failures = compared.iter().filter_map(|compared| compared.failure.as_ref());
    let exit = match failures.map(|error| error.code().exit()).max() {
        // Whoever looks for new authority must not take a wrong manifest for it.
        Some(exit) => exit.max(Exit::Usage),
        None if compared.iter().any(|compared| compared.piece.errors > 0) => Exit::Findings,
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
    piece: Piece,
    /// Whether there is new authority; none where nobody can say.
    is_widening: Option<bool>,
    /// What kept them from being compared.
    failure: Option<Error>,
}

impl Judge<'_> {
    fn impossible(&self, failure: Error) -> Compared {
        let piece = self.format.renderer().failure(&Failure::of(&failure));
        Compared { piece, is_widening: None, failure: Some(failure) }
    }

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
        let comparison = Comparison {
            findings: new.findings(found, &[Stage::Manifest, Stage::Change], &self.levels),
            old_findings: old.findings(change.old_findings(), &[], &self.levels),
            old,
            old_is_valid,
            new,
            change: &change,
            consents: &consents,
        };
        Ok(Compared {
            piece: self.format.renderer().piece(&comparison),
            is_widening: Some(change.is_widening()),
            failure: None,
        })
    }

    /// A wrong manifest says nothing of authority: it is told what is wrong with it.
    fn not_comparable(&self, new: &Declared, read: &Findings) -> Compared {
        let failure = Error::new(Code::NotComparable, read.failure(&new.source).to_string())
            .with_hint("mend it first: what it asks for cannot be said");
        let piece = self.format.renderer().piece(&Invalid { new, read });
        Compared { piece, is_widening: None, failure: Some(failure) }
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
    for failure in compared.iter().filter_map(|compared| compared.failure.as_ref()) {
        context.terminal.report(failure);
    }
    let failures: Vec<_> =
        compared.iter().filter_map(|compared| compared.failure.as_ref()).map(Failure::of).collect();
    let widened = if compared.iter().any(|compared| compared.is_widening == Some(true)) {
        Some(true)
    } else {
        failures.is_empty().then_some(false)
    };
    let object = |objects| as_json(objects, widened, &failures);
    let title = compared.is_empty().then_some("xreq diff");
    let tally = Tally {
        since: revision.map(str::to_owned),
        failures: failures.clone(),
        ..Tally::default()
    };
    let pieces = compared.into_iter().map(|compared| compared.piece).collect();
    context.terminal.whole(format, pieces, &Frame { title, tally, object: &object })
}

/// Whether anything is wider is not known where a manifest cannot be compared, unless another one is.
fn as_json(objects: Vec<Value>, widened: Option<bool>, failures: &[Failure]) -> Value {
    let failures: Vec<_> = failures
        .iter()
        .map(|failure| json!({ "code": failure.code, "message": failure.message }))
        .collect();
    let objects: Vec<_> = objects.into_iter().filter(|object| !object.is_null()).collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "widened": widened,
        "manifests": objects,
        "failures": failures,
    })
}

/// A newer manifest with errors.
struct Invalid<'a> {
    new: &'a Declared,
    read: &'a Findings,
}

impl Report for Invalid<'_> {
    fn text(&self) -> Told {
        let result = text::render(&self.new.source, &self.read.shown, true);
        Told { result, beside: String::new() }
    }

    fn object(&self) -> Value {
        json!({
            "file": self.new.source.name(),
            "widened": null,
            "diagnostics": diagnostics(self.new, &self.read.shown),
        })
    }

    fn markdown(&self) -> String {
        let name = cell(&format!("`{}`", self.new.source.name()));
        let rows = table(&self.new.source, &self.read.shown, Room::unbounded());
        format!("## {name}: not valid\n\n{rows}\n")
    }

    fn findings(&self) -> Option<(&Source, Vec<Diagnostic>)> {
        Some((&self.new.source, self.read.shown.clone()))
    }

    fn counts(&self) -> (usize, usize, usize) {
        self.read.counts()
    }
}

/// A change between two manifests.
struct Comparison<'a> {
    old: &'a Declared,
    old_is_valid: bool,
    new: &'a Declared,
    change: &'a Change<'a>,
    consents: &'a [Consent<'a>],
    findings: Findings,
    old_findings: Findings,
}

impl Report for Comparison<'_> {
    fn text(&self) -> Told {
        let mut result = text::render(&self.old.source, &self.old_findings.shown, true);
        result.push_str(&text::render(&self.new.source, &self.findings.shown, true));
        result.push_str(&self.summary());
        Told { result, beside: String::new() }
    }

    fn object(&self) -> Value {
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
            let rows = table(&self.new.source, &read, Room::unbounded());
            text.push_str(&format!("\n{rows}"));
        }
        text.push('\n');
        text
    }

    /// A platform shows the newer file alone, in which what is gone has no place of its own.
    fn findings(&self) -> Option<(&Source, Vec<Diagnostic>)> {
        let gone = self.old_findings.shown.iter();
        let gone = gone.map(|finding| Diagnostic { span: 0..0, ..finding.clone() });
        Some((&self.new.source, gone.chain(self.findings.shown.iter().cloned()).collect()))
    }

    fn counts(&self) -> (usize, usize, usize) {
        let (new, old) = (self.findings.counts(), self.old_findings.counts());
        (new.0 + old.0, new.1 + old.1, new.2 + old.2)
    }

    fn summary(&self) -> String {
        let name = on_one_line(self.new.source.name());
        format!("{name}: {}\n", report::summary(self.change, self.consents))
    }
}

fn diagnostics(declared: &Declared, findings: &[Diagnostic]) -> Vec<Value> {
    findings.iter().map(|one| finding(&declared.source, one)).collect()
}
