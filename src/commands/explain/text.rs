//! The explanation of requirements, for people.

use super::broker;
use super::row::{Row, row};
use crate::app::brokered_explanation::BrokeredKey;
use crate::error::Remedy;
use crate::error::wording::{advice, command};
use crate::findings::Source;
use crate::model::credential_id::{Kind, Part};
use crate::model::scope::ScopeSet;
use crate::model::variable_content::VariableContent;
use crate::policy::dotenv;
use crate::policy::dotenv::Override;
use crate::policy::needs::{Need, Needs};
use crate::policy::verdict::{Gap, GapKind, KeyOutcome, Verdict, report, sentences};
use crate::text::layout::{Layout, Phrase, Style, whole};
use crate::text::redact::{redact, visible};

/// Number of operations of a key that are listed; `xreq catalog KEY` lists all.
const LISTED: usize = 3;

/// The columns of a field's name.
const NAMES: usize = 10;

pub(super) fn layout(
    verdict: &Verdict<'_>,
    needs: &Needs<'_>,
    place: Option<&Source>,
    overrides: &[Override],
    brokered: Option<&[BrokeredKey<'_>]>,
) -> Layout {
    let mut layout = Layout::default();
    for (at, outcome) in verdict.keys.iter().enumerate() {
        let manner = place.map(|_| manner(outcome.need.requirement.optional));
        let requirement = outcome.need.requirement;
        let heading = heading(&requirement.key, manner, place, requirement.span.start);
        let mut rows = of_key(outcome, verdict);
        rows.extend(brokered.map(|keys| broker::rows(&keys[at])).into_iter().flatten());
        block(&mut layout, heading, rows);
    }
    for secret in &needs.secrets {
        let manner = format!("{} secret", manner(secret.optional));
        let heading = heading(&secret.name, Some(&manner), place, secret.span.start);
        let gap =
            verdict.gaps.iter().find(|gap| gap.kind == GapKind::Secret && gap.key == secret.name);
        let mut rows = match gap {
            None => vec![row("status", Phrase::new(Style::Good, "stored"))],
            Some(gap) => of_gap("it is not stored", &gap.action),
        };
        rows.extend(brokered.map(|_| broker::row_of_secret()));
        block(&mut layout, heading, rows);
    }
    ways(&mut layout, needs, place);
    for note in
        report::notes(verdict).into_iter().chain(dotenv::note(overrides).as_ref().map(advice))
    {
        layout.line(0, Phrase::new(Style::Strong, "note").then(Style::Plain, &format!(": {note}")));
    }
    if layout.is_empty() {
        layout.line(0, "nothing is required");
    }
    layout
}

/// Adds the ways in which the agent gets tokens while it lives, if the manifest states them.
fn ways(layout: &mut Layout, needs: &Needs<'_>, place: Option<&Source>) {
    if let Some(first) = needs.delivery.first() {
        let names: Vec<_> = needs.delivery.iter().map(|way| way.value.name()).collect();
        let rows = vec![row("ways", names.join(", "))];
        block(layout, heading("delivery", None, place, first.span.start), rows);
    }
    if let Some(action) = needs.on_refresh {
        let mut rows = vec![row("action", redact(&action.value.to_string()).into_owned())];
        if action.value.command().is_some() {
            rows.push(row("runs", "by a shell, with the agent's tokens and secrets"));
            rows.push(row("needs", "`xreq trust`, on the machine that launches the agent"));
        }
        block(layout, heading("on_refresh", None, place, action.span.start), rows);
    }
}

fn block(layout: &mut Layout, heading: Phrase, rows: Vec<Row>) {
    layout.line(0, heading);
    layout.definitions(2, NAMES, rows);
    layout.gap();
}

fn heading(name: &str, manner: Option<&str>, place: Option<&Source>, byte: usize) -> Phrase {
    let mut rest = manner.map_or_else(String::new, |manner| format!("  {manner}"));
    if let Some(source) = place {
        rest.push_str(&format!("  ({}:{})", source.name(), source.position(byte).line));
    }
    Phrase::new(Style::Strong, name).then(Style::Plain, &rest)
}

fn of_key(outcome: &KeyOutcome<'_>, verdict: &Verdict<'_>) -> Vec<Row> {
    let need = outcome.need;
    let mut rows = Vec::new();
    if let Some(description) = &need.requirement.description {
        rows.push(row("wanted for", redact(&one_line(&description.text)).into_owned()));
    }
    if let Some(capability) = need.capability {
        rows.push(row("allows to", &*capability.allows));
    }
    rows.extend(credentials(need));
    if need.takes_grants() {
        rows.push(row("scopes", or_any(&need.scopes)));
        rows.extend(need.others.iter().map(|scopes| row("or", scopes.to_string())));
        let added = need.provider.missing(&need.api_scopes, &need.scopes);
        if !added.is_empty() {
            rows.push(row("api adds", format!("{added}  (without it the API refuses)")));
        }
    }
    rows.extend(operations(need).map(|operations| row("operations", operations)));
    if let Some(note) = need.capability.and_then(|capability| capability.note.as_deref()) {
        rows.push(row("note", note));
    }
    rows.extend(status(outcome, verdict));
    rows
}

fn status(outcome: &KeyOutcome<'_>, verdict: &Verdict<'_>) -> Vec<Row> {
    let key = &outcome.need.requirement.key;
    if let Some(id) = &outcome.covered_by {
        let mut rows = vec![row("covered by", Phrase::new(Style::Good, &id.to_string()))];
        rows.extend(
            outcome.inclusions.iter().map(|way| row("why", format!("{}: {way}", way.scope))),
        );
        let minted = verdict.minted.iter().find(|minted| minted.credential == *id);
        rows.extend(minted.map(|minted| row("minted", redact(&minted.described()).into_owned())));
        if outcome
            .need
            .variables(id.kind, &id.part)
            .iter()
            .any(|(_, it)| *it == VariableContent::ConsumerSecret)
        {
            let words = "the client's OAuth 1.0a secret, with which the agent signs";
            rows.push(row("gets too", Phrase::new(Style::Attention, words)));
        }
        if let Some(partial) = verdict.partial.iter().find(|it| it.need.requirement.key == *key) {
            let names = partial.refused().iter().map(ToString::to_string).collect::<Vec<_>>();
            rows.push(row("refused", Phrase::new(Style::Attention, &shortened(names, key))));
        }
        if let Some(narrow) = verdict.narrow.iter().find(|it| it.need.requirement.key == *key) {
            let words = sentences::narrow_limits(narrow);
            rows.push(row("narrow", Phrase::new(Style::Attention, &words)));
            rows.extend(fix(&narrow.action));
        }
        if let Some(under) = verdict.underscoped.iter().find(|u| u.need.requirement.key == *key) {
            let lacks = Phrase::new(Style::Attention, &under.missing.to_string());
            rows.push(row("api lacks", lacks));
            rows.extend(fix(&under.action));
        }
        return rows;
    }
    let slug = outcome.need.provider.slug.as_str();
    let wanted = outcome.need.kinds.first().copied().unwrap_or_default();
    let is_its = |gap: &&Gap| match gap.kind {
        GapKind::Kind(kind) => kind == wanted,
        GapKind::Integration => wanted == Kind::Oauth2,
        _ => true,
    };
    let of = |key: &str| verdict.gaps.iter().filter(is_its).find(|gap| gap.key == key);
    let words = |gap: &Gap| match gap.kind {
        GapKind::Scope => outcome.missing.to_string(),
        _ => gap.message.clone(),
    };
    let gap = of(key).or_else(|| of(slug));
    gap.map_or_else(Vec::new, |gap| of_gap(&words(gap), &gap.action))
}

fn of_gap(missing: &str, remedy: &Remedy) -> Vec<Row> {
    let missing = row("missing", Phrase::new(Style::Bad, &redact(missing)));
    std::iter::once(missing).chain(fix(remedy)).collect()
}

fn fix(remedy: &Remedy) -> Option<Row> {
    command(remedy).map(|command| row("fix", Phrase::command(&command)))
}

/// Lists the operations that a key is meant for, the plainest first.
fn operations(need: &Need<'_>) -> Option<String> {
    let key = &need.requirement.key;
    let names: Vec<_> = need
        .provider
        .operations()
        .iter()
        .filter(|operation| operation.keys.contains(key))
        .map(|operation| whole(&operation.to_string()))
        .collect();
    (!names.is_empty()).then(|| shortened(names, key))
}

/// Returns the shortest of the names of operations of a key, and how many more there are.
fn shortened(mut names: Vec<String>, key: &str) -> String {
    names.sort_by_key(String::len);
    let more = names.len().saturating_sub(LISTED);
    let shown = names[..names.len() - more].join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more: `xreq catalog {key}`") }
}

/// Returns what the manifest says of the credentials that serve a key.
fn credentials(need: &Need<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    if !need.requirement.kinds.is_empty() || !need.takes_grants() {
        let kinds: Vec<_> = need.kinds.iter().map(|kind| kind.name()).collect();
        rows.push(row("kinds", kinds.join(", ")));
    }
    if !need.provider.parts.is_empty() && need.takes_grants() {
        let parts: Vec<_> = need.parts.iter().map(Part::as_str).collect();
        rows.push(row("tokens", parts.join(", ")));
    }
    let names = need.requirement.env.iter();
    rows.extend(names.map(|it| row("variable", format!("{} in {}", it.content.name(), it.name))));
    rows
}

/// Puts an author's words on one line. Control characters would tell the terminal what to do.
fn one_line(text: &str) -> String {
    visible(text).replace(char::is_whitespace, " ").trim().to_owned()
}

fn or_any(scopes: &ScopeSet) -> String {
    if scopes.is_empty() { "none: any grant will do".to_owned() } else { scopes.to_string() }
}

fn manner(is_optional: bool) -> &'static str {
    if is_optional { "optional" } else { "required" }
}
