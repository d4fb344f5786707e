//! A verdict for people: findings in the manifest, warnings of a launch, notes, and a summary.

use std::ops::Range;

use super::sentences::{
    broad_note, few, narrow_message, over_granted_note, partial_message, refused_operations,
    renewal_note, underscoped_message, unproved_message,
};
use crate::catalog::Provider;
use crate::credential::failure::{connect, raise_level};
use crate::error::{Advice, Parameter, Remedy, advice};
use crate::findings::{Diagnostic, Level, Rule};
use crate::policy::verdict::{
    ApiGap, Gap, GapKind, MintedTokens, PartialKey, UnprovedLevel, Verdict,
};
use crate::text::time::in_words;

/// Returns the gaps (but for those that were told otherwise), warnings and notes as findings in the
/// manifest: each stands where the manifest first asks for what it is about.
pub fn findings(verdict: &Verdict<'_>, was_told: impl Fn(&Gap) -> bool) -> Vec<Diagnostic> {
    let gaps = verdict.gaps.iter().filter(|gap| !was_told(gap));
    let mut findings: Vec<_> = gaps.map(gap_finding).collect();
    findings.extend(verdict.underscoped.iter().map(underscoped_finding));
    findings.extend(verdict.partial.iter().map(partial_finding));
    findings.extend(verdict.unproved.iter().map(unproved_finding));
    findings.extend(verdict.narrow.iter().map(|narrow| {
        let place = narrow.need.requirement.span.clone();
        let finding = Diagnostic::new(Rule::NarrowScope, place, narrow_message(narrow));
        finding.help(way_out(&narrow.action))
    }));
    findings.extend(beyond(verdict).map(|minted| {
        let place = place_of(minted.provider, verdict);
        Diagnostic::new(Rule::WideScope, place, minted.excess()).help(less_wide(minted))
    }));
    findings.extend(verdict.renewals.iter().map(|renewal| {
        let place = place_of(renewal.provider, verdict);
        Diagnostic::new(Rule::RefreshDue, place, renewal_note(renewal))
    }));
    findings.extend(verdict.over_granted.iter().map(|over| {
        let place = place_of(over.provider, verdict);
        Diagnostic::new(Rule::OverGranted, place, over_granted_note(over))
    }));
    findings.extend(verdict.broad.iter().map(|broad| {
        let place = place_of(broad.provider, verdict);
        Diagnostic::new(Rule::BroadScope, place, broad_note(broad))
    }));
    findings.sort_by_key(|finding| finding.span.start);
    findings
}

/// Returns the way to tokens that can do less.
fn less_wide(minted: &MintedTokens<'_>) -> Remedy {
    advice![
        "give the account behind them no more roles than it needs; where the provider has narrower scopes, \
         state those: ",
        connect(&minted.credential).with(Parameter::Scopes.value("SCOPE SCOPE"))
    ]
    .into()
}

/// Returns the place where the manifest first asks for something of a provider.
pub(super) fn place_of(provider: &Provider, verdict: &Verdict<'_>) -> Range<usize> {
    let of_provider = verdict.keys.iter().filter(|key| key.need.provider.slug == provider.slug);
    let places = of_provider.map(|key| key.need.requirement.span.clone());
    places.min_by_key(|place| place.start).unwrap_or(0..0)
}

/// Returns the optional requirements that an agent will have to do without, a line for each gap. A
/// launch is no place for more.
pub fn gap_warnings(verdict: &Verdict<'_>) -> impl Iterator<Item = Advice> {
    verdict.gaps.iter().map(|gap| {
        let unmet = format!("optional {} is unmet: {} (", gap.key, gap.message);
        advice![unmet, gap.action.clone().request(), ")"]
    })
}

/// Returns the scopes that the API will miss, and those that see less, a line for each key.
pub fn scope_warnings(verdict: &Verdict<'_>) -> impl Iterator<Item = Advice> {
    let underscoped = verdict.underscoped.iter().map(|underscoped| {
        let (key, lacks) = (&underscoped.need.requirement.key, underscoped_message(underscoped));
        advice![format!("{key}: {lacks} ("), underscoped.action.clone().request(), ")"]
    });
    let narrow = verdict.narrow.iter().map(|narrow| {
        let (key, limits) = (&narrow.need.requirement.key, narrow_message(narrow));
        advice![format!("{key}: {limits} ("), narrow.action.clone().request(), ")"]
    });
    let partial = verdict.partial.iter().map(|partial| {
        let key = &partial.need.requirement.key;
        let request = partial.action.clone().request();
        advice![format!("{key}: {} (", partial_message(partial)), request, ")"]
    });
    let unproved = verdict.unproved.iter().map(|unproved| {
        let key = &unproved.need.requirement.key;
        advice![format!("{key}: {}", unproved_message(unproved))]
    });
    let beyond = beyond(verdict).map(|minted| {
        let request = connect(&minted.credential).with(Parameter::Scopes);
        advice![format!("{} (", minted.excess()), request, ")"]
    });
    underscoped.chain(partial).chain(unproved).chain(narrow).chain(beyond)
}

/// Returns the tokens that can do more than the keys say, where that is no gap.
pub(super) fn beyond<'v, 'a>(
    verdict: &'v Verdict<'a>,
) -> impl Iterator<Item = &'v MintedTokens<'a>> {
    verdict.minted.iter().filter(|minted| {
        let is_gap = |gap: &Gap| gap.credential.as_ref() == Some(&minted.credential);
        !minted.beyond.is_empty() && !verdict.gaps.iter().any(is_gap)
    })
}

/// Returns the scopes that are granted and not asked for, or larger than what is asked for, and the
/// refreshes to come: a sentence each.
pub fn notes(verdict: &Verdict<'_>) -> Vec<String> {
    let renewals = verdict.renewals.iter().map(renewal_note);
    let over_granted = verdict.over_granted.iter().map(over_granted_note);
    renewals.chain(over_granted).chain(verdict.broad.iter().map(broad_note)).collect()
}

/// Returns one line that sums the verdict up.
pub fn summary(verdict: &Verdict<'_>, secrets: usize) -> String {
    let total = verdict.keys.len() + secrets;
    let missing_secrets = verdict.gaps.iter().filter(|gap| gap.kind == GapKind::Secret).count();
    let met = verdict.satisfied_keys().count() + secrets - missing_secrets;
    match (verdict.is_satisfied(), total) {
        (true, 0) => "satisfied: nothing is required".to_owned(),
        (true, _) if met == total => format!("satisfied: {met} of {total} requirements met"),
        (true, _) => format!("satisfied: {met} of {total} requirements met, the rest is optional"),
        (false, _) => format!("not satisfied: {met} of {total} requirements met"),
    }
}

fn gap_finding(gap: &Gap) -> Diagnostic {
    let finding = Diagnostic::new(gap_rule(gap.kind), gap.span.clone(), gap.message.clone())
        .help(less(gap).unwrap_or_else(|| way_out(&gap.action)));
    if gap.required { finding } else { finding.level(Level::Warning).label("optional") }
}

/// Returns the way to close a gap, for people: consent is one way to a grant, a token at hand
/// another.
fn way_out(action: &Remedy) -> Remedy {
    let import = |provider: &String, account: &Option<String>, kind| {
        let (provider, account) = (provider.clone(), account.clone());
        let import = Remedy::Import { provider, account, kind };
        advice![action.clone(), ", or ", import].into()
    };
    match action {
        Remedy::Connect { provider, account, kind: None }
        | Remedy::Reconnect { provider, account }
        | Remedy::AddScopes { provider, account, .. } => import(provider, account, None),
        Remedy::Connect { provider, account, kind } => import(provider, account, *kind),
        _ => action.clone(),
    }
}

/// Returns the way to close a gap that no new token closes.
fn less(gap: &Gap) -> Option<Remedy> {
    let (lifetime, ttl) = (gap.beyond_reach?, gap.attainable_ttl()?);
    let live = format!("new access tokens live {}: ask for less, as with ", in_words(lifetime));
    Some(advice![live, ttl].into())
}

pub(super) fn gap_rule(kind: GapKind) -> Rule {
    match kind {
        GapKind::Secret => Rule::MissingSecret,
        GapKind::Integration => Rule::NotConnected,
        GapKind::Scope => Rule::MissingScope,
        GapKind::Expired => Rule::Expired,
        GapKind::Kind(_) => Rule::MissingKind,
    }
}

fn underscoped_finding(underscoped: &ApiGap<'_>) -> Diagnostic {
    let refused = refused_operations(underscoped);
    let mut help = way_out(&underscoped.action);
    if !refused.is_empty() {
        let names: Vec<_> = refused.iter().map(ToString::to_string).collect();
        help = advice![help, format!("\nrefused without it: {}", few(&names))].into();
    }
    let place = underscoped.need.requirement.span.clone();
    Diagnostic::new(Rule::ApiUnderscoped, place, underscoped_message(underscoped)).help(help)
}

fn partial_finding(partial: &PartialKey<'_>) -> Diagnostic {
    let names: Vec<_> = partial.refused().iter().map(ToString::to_string).collect();
    let place = partial.need.requirement.span.clone();
    let finding = Diagnostic::new(Rule::PartialKind, place, partial_message(partial));
    let refused = format!("\nrefused: {}", few(&names));
    finding.help(advice![
        partial.action.clone(),
        if names.is_empty() { String::new() } else { refused }
    ])
}

fn unproved_finding(unproved: &UnprovedLevel<'_>) -> Diagnostic {
    let place = unproved.need.requirement.span.clone();
    let action = raise_level(&unproved.credential, unproved.needed);
    Diagnostic::new(Rule::UnknownLevel, place, unproved_message(unproved)).help(action)
}
