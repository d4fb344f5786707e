//! The explanation of requirements, for people.

use crate::error::wording::command;
use crate::findings::Source;
use crate::model::scope::ScopeSet;
use crate::policy::dotenv;
use crate::policy::dotenv::Override;
use crate::policy::needs::{Need, Needs};
use crate::policy::verdict::{GapKind, KeyOutcome, Verdict, report};
use crate::text::escape::legible;
use crate::text::redact::visible;

/// Number of operations of a key that are listed; `xreq catalog KEY` lists all.
const LISTED: usize = 3;

pub(super) fn text(
    verdict: &Verdict<'_>,
    needs: &Needs<'_>,
    place: Option<&Source>,
    overrides: &[Override],
) -> String {
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
    for note in report::notes(verdict).into_iter().chain(dotenv::note(overrides)) {
        text.push_str(&format!("note: {note}\n"));
    }
    if text.is_empty() {
        text.push_str("nothing is required\n");
    }
    text
}

/// Describes the ways in which the agent gets tokens while it lives, if the manifest states them.
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
    let added = need.provider.missing(&need.api_scopes, &need.scopes);
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
    if let Some(id) = &outcome.covered_by {
        let mut text = row("covered by", &id.to_string());
        let key = &outcome.need.requirement.key;
        if let Some(under) = verdict.underscoped.iter().find(|u| u.need.requirement.key == *key) {
            text.push_str(&row("api lacks", &under.missing.to_string()));
            text.push_str(&row("fix", &command(&under.action).unwrap_or_default()));
        }
        return text;
    }
    let of_key = verdict.gaps.iter().find(|gap| gap.key == outcome.need.requirement.key);
    let gap = of_key.or_else(|| verdict.gaps.iter().find(|gap| gap.key == slug.as_str()));
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

/// Lists the operations that a key is meant for, the plainest first.
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

/// Puts an author's words on one line. Control characters would tell the terminal what to do.
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
