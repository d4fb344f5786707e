//! `xreq diff`: what a newer manifest lets an agent do beyond an older one, and who has to consent
//! to it.

use std::path::Path;

use serde_json::{Value, json};

use super::declared::{Declared, Findings, STDIN};
use super::names::Names;
use super::{Context, check};
use crate::catalog::Catalog;
use crate::change::{Change, Consent, Granted, Step, change};
use crate::cli::Diff;
use crate::diagnostic::markdown::cell;
use crate::diagnostic::{Diagnostic, Format, Level, Levels, Rule, Stage, json as findings_json};
use crate::error::{Code, Error, Exit, Result};
use crate::resolve::Needs;
use crate::store::Store;

/// The version of the JSON form.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Diff, context: &Context) -> Result<Exit> {
    let format = args.format.into();
    let catalog = context.catalog(&args.catalog)?;
    let levels = context.levels(&args.levels)?;
    let (old, new) = manifests(args, format, context)?;
    let (old_needs, new_needs) = (needs(&old, &catalog, context)?, needs(&new, &catalog, context)?);
    let change = change(&old_needs, &new_needs);
    let consents = change.consents(&stored(args.store.as_deref(), &change, context)?);
    let mut found = change.findings(&consents);
    if args.allow_widening {
        for finding in found.iter_mut().filter(|finding| finding.rule == Rule::NewAuthority) {
            finding.level = Level::Note;
        }
    }
    let told = Told {
        findings: new.findings(found, &[Stage::Change], &levels),
        old_findings: old.findings(change.old_findings(), &[], &levels),
        old: &old,
        new: &new,
        change: &change,
        consents: &consents,
    };
    told.print(format, context)?;
    Ok(if told.findings.errors > 0 { Exit::Findings } else { Exit::Done })
}

/// The two manifests that the command line names.
fn manifests(args: &Diff, format: Format, context: &Context) -> Result<(Declared, Declared)> {
    let names = Names::new(format, context);
    let (old, new) = (&args.old, &args.new);
    if old == Path::new(STDIN) && new == Path::new(STDIN) {
        let message = "only one of the two manifests can come from standard input";
        return Err(Error::new(Code::BadArgument, message));
    }
    let read = |path: &Path| Declared::read(path, names.of(path));
    Ok((read(old)?.or_nothing(), read(new)?.or_nothing()))
}

/// What a manifest asks for. A wrong one says nothing of authority.
fn needs<'a>(declared: &'a Declared, catalog: &'a Catalog, context: &Context) -> Result<Needs<'a>> {
    let (needs, found) = declared.resolve(catalog);
    let findings = declared.findings(found, &[Stage::Manifest], &Levels::default());
    if findings.errors == 0 {
        return Ok(needs);
    }
    context.terminal.findings(&declared.source, &findings.shown);
    let invalid = findings.failure(&declared.source);
    Err(Error::new(Code::NotComparable, invalid.to_string()).with_hint(
        "mend it; or compare with `/dev/null` to see all that the other manifest asks for",
    ))
}

/// The grants that the store has of the providers by which the agent can do more. Where nobody has
/// said where the store is, there is none.
fn stored(named: Option<&Path>, change: &Change<'_>, context: &Context) -> Result<Vec<Granted>> {
    if named.is_none() && context.home().is_err() {
        return Ok(Vec::new());
    }
    let store: Store = check::store(named, context)?;
    let mut granted = Vec::new();
    for step in &change.gained {
        let provider = step.need.provider.slug.parse()?;
        for listed in store.list_grants(store.grant_names_of(&provider)?) {
            let metadata = listed.metadata?;
            granted.push(Granted {
                provider: metadata.provider.to_string(),
                account: metadata.account.to_string(),
                scopes: metadata.scopes,
            });
        }
    }
    granted.dedup();
    Ok(granted)
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
    fn print(&self, format: Format, context: &Context) -> Result<()> {
        let terminal = &context.terminal;
        match format {
            Format::Text => {
                let mut text = format.findings(&self.old.source, &self.old_findings.shown);
                text.push_str(&format.findings(&self.new.source, &self.findings.shown));
                text.push_str(&format!("{}: {}\n", self.new.source.name(), self.summary()));
                terminal.print(&text)
            }
            Format::Json => terminal.print_json(&self.json()),
            Format::Markdown => terminal.print(&self.markdown()),
            // What is gone has no place in the newer file.
            Format::Github | Format::Gitlab | Format::Sarif => {
                check::print_findings(&self.new.source, &self.findings, format, context)
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
        let Change { gained, lost, new_secrets, old_secrets, reworded, .. } = self.change;
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
            line("", &format!("`{}` {}", reworded.requirement.key, reworded.what));
        }
        for consent in self.consents {
            let slug = &consent.provider.slug;
            let who = match &consent.account {
                Some(account) => format!("{slug} ({account})"),
                None => format!("whoever is connected to {slug}"),
            };
            line("", &format!("{who} **has to consent again**"));
        }
        text
    }

    fn json(&self) -> Value {
        let Change { gained, lost, new_secrets, old_secrets, .. } = self.change;
        let steps = |steps: &[Step<'_>]| -> Value { steps.iter().map(step_json).collect() };
        let names = |secrets: &[&crate::manifest::Secret]| -> Value {
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
            "schema_version": SCHEMA_VERSION,
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
