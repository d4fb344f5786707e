//! `xreq diff`: what newer manifests let an agent do beyond older ones, and who has to consent to it.

mod pairs;

use std::path::Path;

use serde_json::{Value, json};

use super::declared::{Declared, Findings};
use super::listing::{Listed, Listing};
use super::{Context, check};
use crate::catalog::Catalog;
use crate::change::{Change, Consent, Granted, Step, change};
use crate::cli::Diff;
use crate::diagnostic::log::{defused, on_one_line};
use crate::diagnostic::markdown::cell;
use crate::diagnostic::{
    Diagnostic, Format, Level, Levels, Room, Rule, Stage, Tally, json as findings_json,
};
use crate::error::{Code, Error, Exit, Result};
use crate::manifest::Secret;
use crate::resolve::Needs;
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
        context,
    };
    let compared: Vec<Result<Compared>> = pairs(args, judge.format, context)?
        .into_iter()
        .map(|pair| pair.and_then(|pair| judge.compare(&pair)))
        .collect();
    let all = || compared.iter().filter_map(|compared| compared.as_ref().ok());
    let failures = compared.iter().filter_map(|compared| compared.as_ref().err());
    let exit = match failures.map(|error| error.code().exit()).max() {
        // Whoever looks for new authority must not take a wrong manifest for it.
        Some(exit) => exit.max(Exit::Usage),
        None if all().any(|compared| compared.errors > 0) => Exit::Findings,
        None => Exit::Done,
    };
    print(judge.format, compared, context)?;
    Ok(exit)
}

/// What manifests are compared by.
struct Judge<'a> {
    catalog: Catalog,
    levels: Levels,
    format: Format,
    allow_widening: bool,
    store: Option<&'a Path>,
    context: &'a Context,
}

/// Two manifests that were compared.
struct Compared {
    /// What there is to print of them, in the format that was asked for.
    text: String,
    /// The same as an object, for JSON.
    object: Value,
    is_widening: bool,
    /// How many findings the text has.
    shown: usize,
    errors: usize,
    warnings: usize,
}

impl Judge<'_> {
    fn compare(&self, Pair { old, new }: &Pair) -> Result<Compared> {
        let old_needs = self.needs(old)?;
        let new_needs = self.needs(new)?;
        let change = change(&old_needs, &new_needs);
        let consents = change.consents(&self.stored(&change)?);
        let mut found = change.findings(&consents);
        if self.allow_widening {
            for finding in found.iter_mut().filter(|finding| finding.rule == Rule::NewAuthority) {
                finding.level = Level::Note;
            }
        }
        let told = Told {
            findings: new.findings(found, &[Stage::Change], &self.levels),
            old_findings: old.findings(change.old_findings(), &[], &self.levels),
            old,
            new,
            change: &change,
            consents: &consents,
        };
        let errors = told.findings.errors + told.old_findings.errors;
        let warnings = told.findings.warnings + told.old_findings.warnings;
        let shown = told.findings.shown.len();
        let is_json = self.format == Format::Json;
        Ok(Compared {
            text: told.text(self.format),
            object: if is_json { told.json() } else { Value::Null },
            is_widening: change.is_widening(),
            shown,
            errors,
            warnings,
        })
    }

    /// What a manifest asks for. A wrong one says nothing of authority.
    fn needs<'a>(&'a self, declared: &'a Declared) -> Result<Needs<'a>> {
        let (needs, found) = declared.resolve(&self.catalog);
        let findings = declared.findings(found, &[Stage::Manifest], &Levels::default());
        if findings.errors == 0 {
            return Ok(needs);
        }
        self.context.terminal.findings(&declared.source, &findings.shown);
        let invalid = findings.failure(&declared.source);
        Err(Error::new(Code::NotComparable, invalid.to_string()).with_hint(
            "mend it; or compare with `/dev/null` to see all that the other manifest asks for",
        ))
    }

    /// The grants that the store has of the providers by which the agent can do more. Where nobody
    /// has said where the store is, there is none.
    fn stored(&self, change: &Change<'_>) -> Result<Vec<Granted>> {
        if self.store.is_none() && self.context.home().is_err() {
            return Ok(Vec::new());
        }
        let store = check::store(self.store, self.context)?;
        let mut providers: Vec<_> =
            change.gained.iter().map(|step| step.need.provider.slug.as_str()).collect();
        providers.sort_unstable();
        providers.dedup();
        let mut granted = Vec::new();
        for provider in providers {
            for listed in store.list_grants(store.grant_names_of(&provider.parse()?)?) {
                let metadata = listed.metadata?;
                granted.push(Granted {
                    provider: metadata.provider.to_string(),
                    account: metadata.account.to_string(),
                    scopes: metadata.scopes,
                });
            }
        }
        Ok(granted)
    }
}

fn print(format: Format, compared: Vec<Result<Compared>>, context: &Context) -> Result<()> {
    if let Format::Github | Format::Gitlab | Format::Sarif = format {
        let mut listing = Listing::begin(format, Tally::default(), context)?;
        for compared in compared {
            listing.add(compared.map(|Compared { text, shown, errors, warnings, .. }| Listed {
                text,
                shown,
                errors,
                warnings,
            }))?;
        }
        return listing.end().map(|_| ());
    }
    let mut text = String::new();
    let mut manifests = Vec::new();
    let mut failures = Vec::new();
    let mut is_widening = false;
    for compared in compared {
        match compared {
            Ok(compared) => {
                text.push_str(&compared.text);
                manifests.push(compared.object);
                is_widening |= compared.is_widening;
            }
            Err(error) => {
                context.terminal.report(&error);
                failures.push(json!({ "code": error.code().name(), "message": error.to_string() }));
            }
        }
    }
    if format != Format::Json {
        let mut room = Room::of(format);
        let lines = text.lines().count();
        let text = room.take(text, lines);
        return context.terminal.print(&(text + &room.rest()));
    }
    context.terminal.print_json(&json!({
        "schema_version": SCHEMA_VERSION,
        "widened": is_widening,
        "manifests": manifests,
        "failures": failures,
    }))
}

/// Everything that there is to tell of two manifests.
struct Told<'a> {
    old: &'a Declared,
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
                let mut text = format.findings(&self.old.source, &self.old_findings.shown);
                text.push_str(&format.findings(&self.new.source, &self.findings.shown));
                let name = on_one_line(self.new.source.name());
                text.push_str(&defused(&format!("{name}: {}\n", self.summary())));
                text
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
        let Change { gained, lost, new_secrets, old_secrets, .. } = self.change;
        let more = gained.len() + new_secrets.len();
        let less = lost.len() + old_secrets.len();
        let mut words = match more {
            0 => "no new authority".to_owned(),
            1 => "new authority by 1 requirement".to_owned(),
            _ => format!("new authority by {more} requirements"),
        };
        if less > 0 {
            words.push_str(", some less");
        }
        match self.consents.iter().filter(|consent| consent.account.is_some()).count() {
            0 => {}
            1 => words.push_str("; 1 account has to consent again"),
            count => words.push_str(&format!("; {count} accounts have to consent again")),
        }
        words
    }

    fn markdown(&self) -> String {
        let Change { gained, lost, new_secrets, old_secrets, reworded, dropped } = self.change;
        let mut text =
            format!("## {}: {}\n\n", cell(self.new.source.name()), cell(&self.summary()));
        let mut line = |words: &str, what: &str| {
            text.push_str(&format!("- {words} {}\n", cell(what)));
        };
        for step in gained {
            line("the agent **can now**", &with_scopes(step));
        }
        for secret in new_secrets {
            line("the agent **now gets**", &format!("the secret `{}`", secret.name));
        }
        for step in lost {
            line("the agent can no longer", &with_scopes(step));
        }
        for secret in old_secrets {
            line("the agent no longer gets", &format!("the secret `{}`", secret.name));
        }
        for reworded in reworded {
            line(
                "no more authority:",
                &format!("`{}` {}", reworded.requirement.key, reworded.what),
            );
        }
        for requirement in dropped {
            line("no less authority:", &format!("`{}` is gone", requirement.key));
        }
        for consent in self.consents {
            let slug = &consent.provider.slug;
            let who = match &consent.account {
                Some(account) => format!("{slug} ({account})"),
                None => format!("whoever is connected to {slug}"),
            };
            line("**has to consent again:**", &format!("{who}, to `{}`", consent.missing));
        }
        text.push('\n');
        text
    }

    fn json(&self) -> Value {
        let Change { gained, lost, new_secrets, old_secrets, .. } = self.change;
        let steps = |steps: &[Step<'_>]| -> Value { steps.iter().map(step_json).collect() };
        let names = |secrets: &[&Secret]| -> Value {
            secrets.iter().map(|secret| secret.name.clone()).collect()
        };
        let consents: Vec<_> = self
            .consents
            .iter()
            .map(|consent| {
                json!({
                    "provider": consent.provider.slug,
                    "account": consent.account,
                    "missing": consent.missing,
                })
            })
            .collect();
        let all = |declared: &Declared, findings: &[Diagnostic]| -> Vec<Value> {
            let source = &declared.source;
            findings.iter().map(|finding| findings_json::finding(source, finding)).collect()
        };
        let mut diagnostics = all(self.old, &self.old_findings.shown);
        diagnostics.extend(all(self.new, &self.findings.shown));
        json!({
            "file": self.new.source.name(),
            "widened": self.change.is_widening(),
            "gained": steps(gained),
            "lost": steps(lost),
            "secrets_gained": names(new_secrets),
            "secrets_lost": names(old_secrets),
            "consents": consents,
            "diagnostics": diagnostics,
        })
    }
}

fn step_json(step: &Step<'_>) -> Value {
    json!({
        "key": step.need.requirement.key,
        "provider": step.need.provider.slug,
        "optional": step.need.requirement.optional,
        "scopes": step.scopes,
        "the_agent_can": step.ability(),
    })
}

fn with_scopes(step: &Step<'_>) -> String {
    let scopes: Vec<_> = step.scopes.iter().map(|scope| format!("`{scope}`")).collect();
    let key = &step.need.requirement.key;
    if scopes.is_empty() {
        format!("{} (`{key}`)", step.ability())
    } else {
        format!("{} (`{key}`: {})", step.ability(), scopes.join(" "))
    }
}
