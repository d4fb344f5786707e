//! The sentences in which a verdict is told, the same for people and for machines.

use jiff::SignedDuration;

use crate::catalog::{Demand, Operation};
use crate::model::scope::ScopeSet;
use crate::policy::verdict::{
    ApiGap, BroadGrant, NarrowCoverage, PartialKey, Renewal, Surplus, UnprovedLevel,
};
use crate::text::time::in_words;

pub(super) fn underscoped_message(underscoped: &ApiGap<'_>) -> String {
    let provider = underscoped.need.provider;
    format!(
        "covered as documented, but the API of {} also asks for: {}",
        provider.title, underscoped.missing
    )
}

/// Returns the operations behind the key that the API will refuse for want of scopes.
pub(super) fn refused_operations<'a>(underscoped: &ApiGap<'a>) -> Vec<&'a Operation> {
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
            operation.demand(&underscoped.part).is_some_and(lacks)
        })
        .collect()
}

pub(super) fn partial_message(partial: &PartialKey<'_>) -> String {
    format!("served by `{}`, which some of its operations refuse", partial.credential.kind.name())
}

pub(super) fn unproved_message(unproved: &UnprovedLevel<'_>) -> String {
    format!("the level of the token is not known, and `{}` is needed", unproved.needed)
}

/// Returns the first of some names, and how many more there are.
pub(super) fn few(names: &[String]) -> String {
    let shown = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

pub(super) fn over_granted_note(over: &Surplus<'_>) -> String {
    format!(
        "the grant of {} ({}) has scopes that no requirement asks for: {}",
        over.provider.slug, over.account, over.scopes
    )
}

pub(super) fn broad_note(grant: &BroadGrant<'_>) -> String {
    let BroadGrant { provider, account, broad } = grant;
    let (scope, enough) = (&broad.scope, quoted(&broad.enough));
    let (slug, is) = (&provider.slug, if broad.enough.len() == 1 { "is" } else { "are" });
    format!("the grant of {slug} ({account}): `{scope}` is granted where {enough} {is} enough")
}

pub(super) fn narrow_message(narrow: &NarrowCoverage<'_>) -> String {
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

/// Returns scopes as words of code.
fn quoted(scopes: &ScopeSet) -> String {
    scopes.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(" ")
}

pub(super) fn renewal_note(renewal: &Renewal<'_>) -> String {
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
