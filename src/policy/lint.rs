//! Lints for needs that are valid and will hurt nevertheless: a manifest's needs held against what
//! the catalog knows of them.

use std::ops::Range;

use crate::catalog::Provider;
use crate::error::{Remedy, advice};
use crate::findings::{Diagnostic, Rule};
use crate::model::scope::ScopeSet;
use crate::policy::needs::{Need, Needs};
use crate::text::escape::legible;
use crate::text::escape::quoted;

/// Returns the findings about needs that are in order as such.
pub fn lint(needs: &Needs<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for need in &needs.integrations {
        findings.extend(published_insufficient(need, needs));
        findings.extend(not_self_serve(need));
        findings.extend(covered(need, needs));
        findings.extend(raw_scopes(need));
    }
    findings.extend(empty_descriptions(needs));
    findings.extend(command(needs));
    findings
}

/// Reports the command that a manifest has run beside the agent, which nobody may overlook.
pub fn command(needs: &Needs<'_>) -> Option<Diagnostic> {
    let stated = needs.on_refresh?;
    let command = legible(stated.value.command()?);
    let message = format!(
        "a command runs at each new token, with the agent's tokens and secrets: `{command}`"
    );
    Some(Diagnostic::new(Rule::Command, stated.span.clone(), message).help(advice![
        "tell the agent by a signal or a restart; or read the command, and let ",
        Remedy::TrustManifest { path: None }.request(),
        " remember it on the machine that launches the agent"
    ]))
}

/// Reports a key for which a platform that grants what is published grants too little, unless
/// another key makes up for it.
fn published_insufficient(need: &Need<'_>, needs: &Needs<'_>) -> Option<Diagnostic> {
    need.capability.filter(|_| need.takes_grants())?;
    if need.provider.covers(&need.scopes, &need.api_scopes) {
        return None;
    }
    let missing = need.provider.missing(&need.api_scopes, &published(need, needs));
    if missing.is_empty() {
        return None;
    }
    let provider = need.provider;
    let key = quoted(&need.requirement.key);
    let message = format!(
        "the scopes that are published for {key} are too few: the API of {} also asks for {missing}",
        provider.title
    );
    let connect = Remedy::connect(provider.slug.as_str(), None);
    let alone = advice![
        "a platform that grants the published scopes alone gets refusals; ",
        connect.request(),
        " asks for all of them"
    ];
    let alone = Remedy::from(alone);
    let in_place = cheapest(provider, &need.api_scopes);
    let beside = cheapest(provider, &missing);
    let help = match (in_place, beside) {
        (Some(other), _) => {
            advice![format!("require {} too, or in its place: ", quoted(other)), alone].into()
        }
        (None, Some(other)) => advice![format!("require {} too: ", quoted(other)), alone].into(),
        (None, None) => alone,
    };
    let place = need.requirement.span.clone();
    Some(Diagnostic::new(Rule::PublishedInsufficient, place, message).help(help))
}

/// Returns the scopes that are published for the keys that are surely granted where `need` is: an
/// optional requirement may be left out.
fn published(need: &Need<'_>, needs: &Needs<'_>) -> ScopeSet {
    let mut published = need.scopes.clone();
    needs
        .of(need.provider)
        .filter(|other| need.requirement.optional || !other.requirement.optional)
        .for_each(|other| published.add_all(&other.scopes));
    published
}

/// Returns the key that is published with all of these scopes, and with the fewest others.
fn cheapest<'a>(provider: &'a Provider, scopes: &ScopeSet) -> Option<&'a str> {
    let keys = provider.keys_of_scopes();
    keys.filter(|(_, capability)| provider.covers(&capability.published, scopes))
        .min_by_key(|(_, capability)| capability.published.len())
        .map(|(key, _)| key)
}

fn not_self_serve(need: &Need<'_>) -> Option<Diagnostic> {
    let capability = need.capability.filter(|capability| !capability.self_serve)?;
    if need.requirement.optional {
        return None;
    }
    let title = &need.provider.title;
    let key = quoted(&need.requirement.key);
    let message = format!("{key} is required, and {title} closes it to self-serve clients");
    let finding = Diagnostic::new(Rule::NotSelfServe, need.requirement.span.clone(), message);
    let way_out = "make it `optional: true`, so that the app runs where it is refused";
    Some(finding.help(match &capability.note {
        Some(note) => format!("{note}\n{way_out}"),
        None => way_out.to_owned(),
    }))
}

/// Reports a key whose scopes another key brings along, if what both give follows from scopes. Of two that bring the same, the required
/// one stays, then the first one.
fn covered(need: &Need<'_>, needs: &Needs<'_>) -> Option<Diagnostic> {
    let stands_for_scopes = |need: &Need<'_>| {
        need.takes_grants() && need.capability.is_some_and(|capability| !capability.standing)
    };
    if !stands_for_scopes(need) {
        return None;
    }
    let rank = |need: &Need<'_>| (need.requirement.optional, need.requirement.span.start);
    let covers = |other: &&Need<'_>| {
        stands_for_scopes(other)
            && other.requirement.key != need.requirement.key
            && (need.requirement.optional || !other.requirement.optional)
            && brings(other, need)
            && (!brings(need, other) || rank(other) < rank(need))
    };
    let other = needs.of(need.provider).find(covers)?.requirement;
    let message = format!(
        "{} asks for nothing that {} does not ask for",
        quoted(&need.requirement.key),
        quoted(&other.key)
    );
    let finding = Diagnostic::new(Rule::CoveredKey, need.requirement.span.clone(), message);
    Some(
        finding.related(other.span.clone(), "brings all of its scopes").help(
            "keep it where the app tells the two apart by `XREQ_INTEGRATIONS`; else remove it",
        ),
    )
}

/// Returns whether the scopes of one need are enough for another one, on the published way and on that of
/// the API.
fn brings(one: &Need<'_>, other: &Need<'_>) -> bool {
    let provider = one.provider;
    provider.covers_wholly(&one.scopes, other.alternatives())
        && provider.covers_wholly(&one.api_scopes, other.api_alternatives())
}

fn raw_scopes(need: &Need<'_>) -> Option<Diagnostic> {
    let first = need.requirement.scopes.first()?;
    let last = need.requirement.scopes.last()?;
    let keys = keys_for(need.provider, &need.scopes)?;
    let names: Vec<_> = keys.iter().map(|key| quoted(key)).collect();
    let span = first.span.start..last.span.end;
    Some(
        Diagnostic::new(Rule::RawScopes, span, "raw scopes do not say what the app does with them")
            .help(format!(
                "require {} instead: a key has the same scopes, and follows the provider when these \
                 change",
                names.join(" and ")
            )),
    )
}

/// Returns keys whose published scopes are these scopes together, the broadest first.
fn keys_for<'a>(provider: &'a Provider, scopes: &ScopeSet) -> Option<Vec<&'a str>> {
    let wanted = provider.missing(scopes, &provider.accompanying_scopes());
    let mut inside: Vec<_> = provider
        .keys_of_scopes()
        .filter(|(_, capability)| provider.covers(&wanted, &capability.published))
        .collect();
    inside.sort_by_key(|(_, it)| std::cmp::Reverse(provider.closed(&it.published).len()));
    let mut keys = Vec::new();
    let mut reached = ScopeSet::default();
    for (key, capability) in inside {
        if !provider.covers(&reached, &capability.published) {
            reached.add_all(&capability.published);
            keys.push(key);
        }
    }
    (!keys.is_empty() && provider.covers(&reached, &wanted)).then_some(keys)
}

/// Reports empty descriptions; one that all keys of a provider share is found once.
fn empty_descriptions(needs: &Needs<'_>) -> Vec<Diagnostic> {
    let of_keys = needs.integrations.iter().map(|need| &need.requirement.description);
    let of_secrets = needs.secrets.iter().map(|secret| &secret.description);
    let mut spans: Vec<Range<usize>> = of_keys
        .chain(of_secrets)
        .flatten()
        .filter(|description| description.text.trim().is_empty())
        .map(|description| description.span.clone())
        .collect();
    spans.sort_by_key(|span| span.start);
    spans.dedup();
    let finding = |span| {
        Diagnostic::new(Rule::EmptyDescription, span, "the description is empty")
            .help("say what the app needs it for: whoever connects an account reads it")
    };
    spans.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests;
