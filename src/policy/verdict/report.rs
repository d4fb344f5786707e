//! A verdict for people and for machines.
//!
//! The JSON form is contract 4.3 of the design: the shape of a platform's own preflight answer,
//! so that a client of theirs can read ours. Fields may be added; none changes its meaning.

use std::ops::Range;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::catalog::{Demand, Inclusion, Operation, Provider};
use crate::credential::failure::{connect, raise_level};
use crate::error::wording::command;
use crate::error::{Advice, Parameter, Remedy, advice};
use crate::findings::{Diagnostic, Level, Rule, Source};
use crate::model::scope::ScopeSet;
use crate::policy::verdict::{
    ApiGap, BroadGrant, Gap, GapKind, KeyOutcome, MintedTokens, NarrowCoverage, PartialKey,
    Renewal, Surplus, UnprovedLevel, Verdict,
};
use crate::text::time::in_words;

/// The version of the JSON form.
pub const SCHEMA_VERSION: u32 = 1;

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
        let help = connect(&minted.credential);
        Diagnostic::new(Rule::WideScope, place, minted.excess()).help(help)
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

/// Returns the place where the manifest first asks for something of a provider.
fn place_of(provider: &Provider, verdict: &Verdict<'_>) -> Range<usize> {
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
fn beyond<'v, 'a>(verdict: &'v Verdict<'a>) -> impl Iterator<Item = &'v MintedTokens<'a>> {
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

/// Returns the JSON form.
pub fn json(verdict: &Verdict<'_>, source: &Source) -> Value {
    let (errors, optional): (Vec<_>, Vec<_>) = verdict.gaps.iter().partition(|gap| gap.required);
    let errors: Vec<_> = errors.into_iter().map(|gap| gap_json(gap, source)).collect();
    let mut warnings: Vec<_> = optional.into_iter().map(|gap| gap_json(gap, source)).collect();
    warnings.extend(verdict.underscoped.iter().map(|u| underscoped_json(u, source)));
    warnings.extend(verdict.partial.iter().map(|partial| partial_json(partial, source)));
    warnings.extend(verdict.unproved.iter().map(|unproved| unproved_json(unproved, source)));
    warnings.extend(verdict.narrow.iter().map(|narrow| narrow_json(narrow, source)));
    warnings.extend(beyond(verdict).map(|minted| beyond_json(minted, verdict, source)));
    let renewals = verdict.renewals.iter().map(|renewal| {
        json!({
            "code": Rule::RefreshDue.name(),
            "message": renewal_note(renewal),
            "provider": renewal.provider.slug,
            "account": renewal.account,
        })
    });
    let over_granted = verdict.over_granted.iter().map(|over| {
        json!({
            "code": Rule::OverGranted.name(),
            "message": over_granted_note(over),
            "provider": over.provider.slug,
            "account": over.account,
            "scopes": over.scopes,
        })
    });
    let broad = verdict.broad.iter().map(|grant| {
        json!({
            "code": Rule::BroadScope.name(),
            "message": broad_note(grant),
            "provider": grant.provider.slug,
            "account": grant.account,
            "scopes": [grant.broad.scope],
            "enough": grant.broad.enough,
        })
    });
    let notes: Vec<_> = renewals.chain(over_granted).chain(broad).collect();
    let included: Vec<_> = verdict.keys.iter().flat_map(inclusions_json).collect();
    let mut answer = json!({
        "schema_version": SCHEMA_VERSION,
        "satisfied": verdict.is_satisfied(),
        "errors": errors,
        "warnings": warnings,
        "notes": notes,
    });
    if !included.is_empty() {
        answer["included"] = included.into();
    }
    if !verdict.minted.is_empty() {
        answer["minted"] = verdict.minted.iter().map(minted_json).collect();
    }
    answer
}

/// Returns whom minted tokens act for, and what they are asked for with.
pub fn minted_json(minted: &MintedTokens<'_>) -> Value {
    json!({
        "provider": minted.provider.slug,
        "account": minted.credential.account,
        "scopes": minted.scopes,
        "subject": minted.minting.subject,
        "message": minted.described(),
    })
}

fn beyond_json(minted: &MintedTokens<'_>, verdict: &Verdict<'_>, source: &Source) -> Value {
    let at = source.position(place_of(minted.provider, verdict).start);
    json!({
        "type": GapKind::Scope.name(),
        "key": minted.keys.first(),
        "message": minted.excess(),
        "action": action_json(&connect(&minted.credential)),
        "scopes": minted.beyond,
        "code": Rule::WideScope.name(),
        "file": source.name(),
        "line": at.line,
        "column": at.column,
    })
}

/// Returns how the scopes of a key are had that were not granted by name.
pub fn inclusions_json(outcome: &KeyOutcome<'_>) -> Vec<Value> {
    let key = &outcome.need.requirement.key;
    let one = |inclusion: &Inclusion| {
        json!({
            "key": key,
            "scope": inclusion.scope,
            "granted": inclusion.granted,
            "through": inclusion.through,
            "message": format!("{key} needs {}: {inclusion}", inclusion.scope),
        })
    };
    outcome.inclusions.iter().map(one).collect()
}

fn gap_finding(gap: &Gap) -> Diagnostic {
    let finding = Diagnostic::new(gap_rule(gap.kind), gap.span.clone(), gap.message.clone())
        .help(gap.beyond_reach.map_or_else(|| way_out(&gap.action), less));
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
fn less(lifetime: SignedDuration) -> Remedy {
    advice![
        format!("new access tokens live {}: ask for less, as with ", in_words(lifetime)),
        Parameter::MinTtl.value(format!("{}s", lifetime.as_secs() / 2))
    ]
    .into()
}

fn gap_rule(kind: GapKind) -> Rule {
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

fn underscoped_message(underscoped: &ApiGap<'_>) -> String {
    let provider = underscoped.need.provider;
    format!(
        "covered as documented, but the API of {} also asks for: {}",
        provider.title, underscoped.missing
    )
}

/// Returns the operations behind the key that the API will refuse for want of scopes.
fn refused_operations<'a>(underscoped: &ApiGap<'a>) -> Vec<&'a Operation> {
    let key = &underscoped.need.requirement.key;
    underscoped
        .need
        .provider
        .operations()
        .iter()
        .filter(|operation| operation.keys.contains(key))
        .filter(|operation| {
            let provider = underscoped.need.provider;
            let lacks =
                |asked: &Demand| !provider.covers_any(&underscoped.granted, asked.alternatives());
            operation.user.as_ref().is_some_and(lacks)
        })
        .collect()
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

fn partial_message(partial: &PartialKey<'_>) -> String {
    format!("served by `{}`, which some of its operations refuse", partial.credential.kind.name())
}

fn partial_json(partial: &PartialKey<'_>, source: &Source) -> Value {
    let requirement = partial.need.requirement;
    let at = source.position(requirement.span.start);
    json!({
        "type": GapKind::Kind(partial.credential.kind).name(),
        "key": requirement.key,
        "message": partial_message(partial),
        "action": action_json(&partial.action),
        "kind": partial.credential.kind,
        "operations": partial.refused().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "code": Rule::PartialKind.name(),
        "file": source.name(),
        "line": at.line,
        "column": at.column,
    })
}

fn unproved_finding(unproved: &UnprovedLevel<'_>) -> Diagnostic {
    let place = unproved.need.requirement.span.clone();
    let action = raise_level(&unproved.credential, unproved.needed);
    Diagnostic::new(Rule::UnknownLevel, place, unproved_message(unproved)).help(action)
}

fn unproved_message(unproved: &UnprovedLevel<'_>) -> String {
    format!("the level of the token is not known, and `{}` is needed", unproved.needed)
}

fn unproved_json(unproved: &UnprovedLevel<'_>, source: &Source) -> Value {
    let requirement = unproved.need.requirement;
    let at = source.position(requirement.span.start);
    json!({
        "type": GapKind::Kind(unproved.credential.kind).name(),
        "key": requirement.key,
        "message": unproved_message(unproved),
        "kind": unproved.credential.kind,
        "level": unproved.needed,
        "code": Rule::UnknownLevel.name(),
        "action": action_json(&raise_level(&unproved.credential, unproved.needed)),
        "file": source.name(),
        "line": at.line,
        "column": at.column,
    })
}

/// Returns the first of some names, and how many more there are.
fn few(names: &[String]) -> String {
    let shown = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn over_granted_note(over: &Surplus<'_>) -> String {
    format!(
        "the grant of {} ({}) has scopes that no requirement asks for: {}",
        over.provider.slug, over.account, over.scopes
    )
}

fn broad_note(grant: &BroadGrant<'_>) -> String {
    let BroadGrant { provider, account, broad } = grant;
    let (scope, enough) = (&broad.scope, quoted(&broad.enough));
    let (slug, is) = (&provider.slug, if broad.enough.len() == 1 { "is" } else { "are" });
    format!("the grant of {slug} ({account}): `{scope}` is granted where {enough} {is} enough")
}

fn narrow_message(narrow: &NarrowCoverage<'_>) -> String {
    format!("covered only by {}", narrow_limits(narrow))
}

/// Returns narrow scopes, each with what it leaves out.
pub fn narrow_limits(narrow: &NarrowCoverage<'_>) -> String {
    let provider = narrow.need.provider;
    let limits = narrow.scopes.iter().map(|scope| {
        let limit = provider.scopes.get(scope).and_then(|found| found.narrow.as_deref());
        format!("`{scope}`, which {}", limit.unwrap_or("sees less"))
    });
    limits.collect::<Vec<_>>().join(", and ")
}

fn narrow_json(narrow: &NarrowCoverage<'_>, source: &Source) -> Value {
    let requirement = narrow.need.requirement;
    let at = source.position(requirement.span.start);
    json!({
        "type": GapKind::Scope.name(),
        "key": requirement.key,
        "message": narrow_message(narrow),
        "action": action_json(&narrow.action),
        "narrow": narrow.scopes,
        "code": Rule::NarrowScope.name(),
        "file": source.name(),
        "line": at.line,
        "column": at.column,
    })
}

/// Returns scopes as words of code.
fn quoted(scopes: &ScopeSet) -> String {
    scopes.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(" ")
}

fn renewal_note(renewal: &Renewal<'_>) -> String {
    let left = renewal.left;
    let life = if left > SignedDuration::ZERO {
        format!("expires in {}", in_words(left))
    } else {
        format!("expired {} ago", in_words(-left))
    };
    let doubt = renewal.doubt.as_ref().map_or_else(String::new, |doubt| format!(", and {doubt}"));
    format!(
        "the access token of {} ({}) {life}; the launch refreshes it{doubt}",
        renewal.provider.slug, renewal.account
    )
}

fn gap_json(gap: &Gap, source: &Source) -> Value {
    let at = source.position(gap.span.start);
    json!({
        "type": gap.kind.name(),
        "key": gap.key,
        "message": gap.message,
        "action": action_json(&gap.action),
        "code": gap_rule(gap.kind).name(),
        "file": source.name(),
        "line": at.line,
        "column": at.column,
    })
}

fn underscoped_json(underscoped: &ApiGap<'_>, source: &Source) -> Value {
    let at = source.position(underscoped.need.requirement.span.start);
    let operations: Vec<_> =
        refused_operations(underscoped).iter().map(ToString::to_string).collect();
    json!({
        "type": GapKind::Scope.name(),
        "key": underscoped.need.requirement.key,
        "message": underscoped_message(underscoped),
        "action": action_json(&underscoped.action),
        "operations": operations,
        "code": Rule::ApiUnderscoped.name(),
        "file": source.name(),
        "line": at.line,
        "column": at.column,
    })
}

fn action_json(action: &Remedy) -> Value {
    let mut object = json!({ "type": action.name() });
    match action {
        Remedy::AddSecret { name } => object["secret_key"] = name.as_str().into(),
        Remedy::Connect { provider, kind, .. } | Remedy::Import { provider, kind, .. } => {
            object["provider"] = provider.as_str().into();
            if let Some(kind) = kind {
                object["kind"] = (*kind).into();
            }
        }
        Remedy::RaiseLevel { provider, kind, level, .. } => {
            object["provider"] = provider.as_str().into();
            object["kind"] = (*kind).into();
            object["level"] = (*level).into();
        }
        Remedy::Reconnect { provider, .. } => object["provider"] = provider.as_str().into(),
        Remedy::AddScopes { provider, scopes, .. } => {
            object["provider"] = provider.as_str().into();
            object["scopes"] = scopes.as_slice().into();
        }
        _ => {}
    }
    object["command"] = command(action).into();
    object
}
