//! `xreq explain`: key → scopes → operations → the grant that covers it, or what is missing.

use serde_json::{Value, json};

use crate::app::accounts::Stored;
use crate::app::context::Context;
use crate::app::manifest_source::Declared;
use crate::cli::Explain;
use crate::error::wording::command;
use crate::error::{Code, Error, Exit, Result};
use crate::findings::Format;
use crate::findings::Source;
use crate::findings::markdown::cell;
use crate::model::scope::ScopeSet;
use crate::policy::lint;
use crate::policy::needs::{Need, Needs};
use crate::policy::verdict::{GapKind, KeyOutcome, Verdict, judge, markdown, report};
use crate::text::escape::legible;
use crate::text::redact::{redact, redact_json, visible};

const SCHEMA_VERSION: u32 = 1;

/// How many operations of a key are listed; `xreq catalog KEY` lists all.
const LISTED: usize = 3;

pub(super) fn run(args: &Explain, context: &Context) -> Result<Exit> {
    let declared = if args.keys.is_empty() {
        Declared::find(args.manifest.path.as_deref(), context)?
    } else {
        Declared::of_keys(&args.keys)
    };
    let catalog = context.catalog(&args.catalog)?;
    let needs = declared.needs(&catalog, context).map_err(|invalid| {
        if args.keys.is_empty() {
            invalid
        } else {
            Error::new(Code::CatalogUnknown, invalid.to_string())
        }
    })?;
    let stored = Stored::find(&needs, &args.against.accounts, context.store()?, context)?;
    let verdict =
        judge(&needs, &stored.renewable_holdings(context.now), Context::policy(&args.against));
    let place = args.keys.is_empty().then_some(&declared.source);
    match args.format {
        Format::Json => {
            let mut answer = as_json(&verdict, &needs, place);
            redact_json(&mut answer);
            context.terminal.print_json(&answer)?;
        }
        Format::Text => {
            let text = as_text(&verdict, &needs, place);
            context.terminal.print(&redact(&text))?;
        }
        _ => {
            let (table, graph) = (markdown::table(&verdict, &needs), markdown::graph(&verdict));
            let text = if table.is_empty() { "Nothing is required.\n" } else { &table };
            let command = lint::command(&needs).map_or_else(String::new, |finding| {
                format!("\n{}\n", cell(&redact(&finding.message)))
            });
            context.terminal.print(&format!("{text}{command}\n{}", redact(&graph)))?;
        }
    }
    Ok(Exit::Done)
}

fn as_text(verdict: &Verdict<'_>, needs: &Needs<'_>, place: Option<&Source>) -> String {
    let mut text = String::new();
    for outcome in &verdict.keys {
        text.push_str(&key_text(outcome, verdict, place));
    }
    for secret in &needs.secrets {
        let gap =
            verdict.gaps.iter().find(|gap| gap.kind == GapKind::Secret && gap.key == secret.name);
        let manner = if secret.optional { "optional" } else { "required" };
        text.push_str(&format!(
            "{}  {manner} secret{}\n",
            secret.name,
            at(place, secret.span.start)
        ));
        text.push_str(&match gap {
            None => row("status", "stored"),
            Some(gap) => {
                row("missing", "it is not stored")
                    + &row("fix", &command(&gap.action).unwrap_or_default())
            }
        });
        text.push('\n');
    }
    text.push_str(&ways_text(needs, place));
    for note in report::notes(verdict) {
        text.push_str(&format!("note: {note}\n"));
    }
    if text.is_empty() {
        text.push_str("nothing is required\n");
    }
    text
}

/// How the agent gets tokens while it lives, where the manifest says so.
fn ways_text(needs: &Needs<'_>, place: Option<&Source>) -> String {
    let mut text = String::new();
    if let Some(first) = needs.delivery.first() {
        let names: Vec<_> = needs.delivery.iter().map(|way| way.value.name()).collect();
        text.push_str(&format!("delivery{}\n", at(place, first.span.start)));
        text.push_str(&row("ways", &names.join(", ")));
        text.push('\n');
    }
    if let Some(action) = needs.on_refresh {
        text.push_str(&format!("on_refresh{}\n", at(place, action.span.start)));
        text.push_str(&row("action", &legible(&action.value.to_string())));
        if action.value.command().is_some() {
            text.push_str(&row("runs", "by a shell, with the agent's tokens and secrets"));
            text.push_str(&row("needs", "`xreq trust`, on the machine that launches the agent"));
        }
        text.push('\n');
    }
    text
}

fn key_text(outcome: &KeyOutcome<'_>, verdict: &Verdict<'_>, place: Option<&Source>) -> String {
    let need = outcome.need;
    let requirement = need.requirement;
    let manner = match (place, requirement.optional) {
        (None, _) => "",
        (_, true) => "  optional",
        (_, false) => "  required",
    };
    let mut text = format!("{}{manner}{}\n", requirement.key, at(place, requirement.span.start));
    if let Some(description) = &requirement.description {
        text.push_str(&row("wanted for", &one_line(&description.text)));
    }
    if let Some(capability) = need.capability {
        text.push_str(&row("allows to", &capability.allows));
    }
    text.push_str(&row("scopes", &or_dash(&need.scopes)));
    let added = need.api_scopes.minus(&need.scopes);
    if !added.is_empty() {
        text.push_str(&row("api adds", &format!("{added}  (without it the API refuses)")));
    }
    if let Some(operations) = operations(need) {
        text.push_str(&row("operations", &operations));
    }
    if let Some(note) = need.capability.and_then(|capability| capability.note.as_deref()) {
        text.push_str(&row("note", note));
    }
    text.push_str(&status(outcome, verdict));
    text.push('\n');
    text
}

fn status(outcome: &KeyOutcome<'_>, verdict: &Verdict<'_>) -> String {
    let slug = &outcome.need.provider.slug;
    if let Some(account) = &outcome.covered_by {
        let mut text = row("covered by", &format!("{slug} ({account})"));
        let key = &outcome.need.requirement.key;
        if let Some(under) = verdict.underscoped.iter().find(|u| u.need.requirement.key == *key) {
            text.push_str(&row("api lacks", &under.missing.to_string()));
            text.push_str(&row("fix", &command(&under.action).unwrap_or_default()));
        }
        return text;
    }
    let of_key = verdict.gaps.iter().find(|gap| gap.key == outcome.need.requirement.key);
    let gap = of_key.or_else(|| verdict.gaps.iter().find(|gap| gap.key == *slug));
    match gap {
        Some(gap) => {
            let what = match gap.kind {
                GapKind::Scope => outcome.missing.to_string(),
                _ => gap.message.clone(),
            };
            row("missing", &what) + &row("fix", &command(&gap.action).unwrap_or_default())
        }
        None => String::new(),
    }
}

/// The operations that a key is meant for, the plainest first.
fn operations(need: &Need<'_>) -> Option<String> {
    let key = &need.requirement.key;
    let mut names: Vec<_> = need
        .provider
        .operations()
        .iter()
        .filter(|operation| operation.keys.contains(key))
        .map(ToString::to_string)
        .collect();
    names.sort_by_key(String::len);
    if names.is_empty() {
        return None;
    }
    let more = names.len().saturating_sub(LISTED);
    let shown = names[..names.len() - more].join(", ");
    Some(if more == 0 { shown } else { format!("{shown} and {more} more: `xreq catalog {key}`") })
}

fn row(name: &str, value: &str) -> String {
    format!("  {name:<11} {value}\n")
}

/// An author's words on one line. Control characters would tell the terminal what to do.
fn one_line(text: &str) -> String {
    visible(text).replace(char::is_whitespace, " ").trim().to_owned()
}

fn or_dash(scopes: &ScopeSet) -> String {
    if scopes.is_empty() { "none: any grant will do".to_owned() } else { scopes.to_string() }
}

fn at(place: Option<&Source>, byte: usize) -> String {
    place.map_or_else(String::new, |source| {
        format!("  ({}:{})", source.name(), source.position(byte).line)
    })
}

fn as_json(verdict: &Verdict<'_>, needs: &Needs<'_>, place: Option<&Source>) -> Value {
    let line = |byte| place.map(|source| source.position(byte).line);
    let requirements: Vec<_> = verdict
        .keys
        .iter()
        .map(|outcome| {
            let need = outcome.need;
            json!({
                "key": need.requirement.key,
                "required": !need.requirement.optional,
                "provider": need.provider.slug,
                "scopes": need.scopes,
                "api_scopes": need.api_scopes,
                "covered": outcome.covered_by.is_some(),
                "covered_by": outcome.covered_by,
                "missing": outcome.missing,
                "line": line(need.requirement.span.start),
            })
        })
        .collect();
    let secrets: Vec<_> = needs
        .secrets
        .iter()
        .map(|secret| {
            let missing = verdict
                .gaps
                .iter()
                .any(|gap| gap.kind == GapKind::Secret && gap.key == secret.name);
            json!({
                "key": secret.name,
                "required": !secret.optional,
                "covered": !missing,
                "line": line(secret.span.start),
            })
        })
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "requirements": requirements,
        "secrets": secrets,
        "delivery": needs.delivery.iter().map(|way| way.value.name()).collect::<Vec<_>>(),
        "on_refresh": needs.on_refresh.map(|action| {
            json!({ "action": action.value.to_string(), "line": line(action.span.start) })
        }),
    })
}
