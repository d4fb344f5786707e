//! The scopes of a grant held against those of requirements.

use crate::catalog::Provider;
use crate::error::Remedy;
use crate::model::credential_id::{CredentialId, Kind, Part};
use crate::model::name::named_account;
use crate::model::scope::ScopeSet;
use crate::policy::holdings::HeldCredential;
use crate::policy::needs::Need;
use crate::policy::verdict::level::LevelOutcome;
use crate::policy::verdict::missing_credential::MissingCredential;
use crate::policy::verdict::outcome::{
    ApiGap, BroadGrant, Gap, GapKind, KeyOutcome, NarrowCoverage, PartialKey, Surplus, Verdict,
};

/// Holds one requirement against the credential that serves it.
pub(super) fn judge_key<'a>(
    need: &'a Need<'a>,
    credential: Option<(&CredentialId, &HeldCredential)>,
    is_usable: bool,
    is_strict: bool,
    verdict: &mut Verdict<'a>,
) {
    let provider = need.provider;
    let nothing = ScopeSet::default();
    let granted = credential.map_or(&nothing, |(_, held)| &held.scopes);
    let (published, api) = (need.coverage(granted), need.api_coverage(granted));
    let deciding = if is_strict { &api } else { &published };
    let is_grant = credential.is_none_or(|(id, _)| id.kind == Kind::Oauth2);
    let missing = match (is_grant, is_strict) {
        // Only grants have scopes.
        (false, _) => nothing.clone(),
        (true, true) => deciding.missing_of_whole.clone(),
        (true, false) => deciding.missing.clone(),
    };
    let mut is_covered = missing.is_empty();
    if let Some((id, held)) = credential.filter(|_| !is_grant) {
        match LevelOutcome::of(need, id, held) {
            LevelOutcome::Met => {}
            LevelOutcome::TooLow(gap) => {
                is_covered = false;
                verdict.gaps.push(gap);
            }
            LevelOutcome::Unproved(unproved) => verdict.unproved.push(unproved),
        }
        let partial = need.capability.map_or(&[][..], |capability| &capability.partial_kinds);
        if is_covered && partial.contains(&id.kind) {
            let action = whole_credential(need, partial, id);
            verdict.partial.push(PartialKey { need, credential: id.clone(), action });
        }
    } else if let Some((id, held)) = credential {
        let add = |scopes: &ScopeSet| Remedy::AddScopes {
            provider: provider.slug.to_string(),
            account: named_account(id.account.as_str()).map(str::to_owned),
            part: id.named_part(),
            scopes: scopes.iter().map(str::to_owned).collect(),
        };
        if !missing.is_empty() {
            verdict.gaps.push(Gap {
                kind: GapKind::Scope,
                key: need.requirement.key.clone(),
                credential: Some(id.clone()),
                required: !need.requirement.optional,
                message: missing_scopes(&missing, &deciding.narrow, need),
                action: add(&missing),
                beyond_reach: None,
                span: need.requirement.span.clone(),
            });
        } else if !api.missing.is_empty() {
            let action = add(&api.missing);
            let granted = held.scopes.clone();
            let (part, missing) = (id.part.clone(), api.missing.clone());
            verdict.underscoped.push(ApiGap { need, part, granted, missing, action });
        }
        if missing.is_empty() && !published.narrow.is_empty() {
            let action = add(&published.missing_of_whole);
            verdict.narrow.push(NarrowCoverage { need, scopes: published.narrow, action });
        }
    }
    let held_by = credential.map(|(id, _)| id.clone());
    let covered_by = held_by.clone().filter(|_| is_usable && is_covered);
    verdict.keys.push(KeyOutcome {
        need,
        covered_by,
        held_by,
        missing,
        refused: if is_grant { api.missing } else { ScopeSet::default() },
        alternative: api.alternative,
        inclusions: provider.inclusions(api.alternative, granted),
    });
}

/// Notes what a credential has beyond the requirements that it serves. A requirement for the provider
/// itself, without scopes, leaves open what the app uses, and so nothing can be said.
pub(super) fn judge_surplus<'a>(
    provider: &'a Provider,
    (id, held): (&CredentialId, &HeldCredential),
    needs: &[&Need<'a>],
    verdict: &mut Verdict<'a>,
) {
    let mut needed = provider.accompanying_scopes();
    for need in needs {
        if need.capability.is_none() && need.scopes.is_empty() {
            return;
        }
        needed.add_all(need.api_coverage(&held.scopes).alternative);
    }
    let surplus = provider.surplus(&held.scopes, &needed);
    let account = id.account.to_string();
    let broad = surplus.broad.into_iter();
    verdict.broad.extend(broad.map(|broad| BroadGrant {
        provider,
        account: account.clone(),
        broad,
    }));
    let scopes = surplus.unneeded;
    if !scopes.is_empty() {
        verdict.over_granted.push(Surplus { provider, account, scopes });
    }
}

/// Returns the action that gets a credential of a kind that all operations of a key accept.
fn whole_credential(need: &Need<'_>, partial: &[Kind], id: &CredentialId) -> Remedy {
    let accepted = need.capability.map_or(&[][..], |capability| capability.kinds());
    let mut known = need.provider.kinds().into_iter();
    match known.find(|kind| accepted.contains(kind) && !partial.contains(kind)) {
        Some(kind) => {
            MissingCredential::of(need, (kind, Part::main()), Some(id.account.as_str())).action
        }
        None => Remedy::ShowKey { key: need.requirement.key.clone() },
    }
}

/// Returns "Missing scope: dm.read", or "Missing scopes: dm.read users.read".
fn missing_scopes(missing: &ScopeSet, narrow: &ScopeSet, need: &Need<'_>) -> String {
    let noun = if missing.len() == 1 { "scope" } else { "scopes" };
    let by_the_api = need.alternatives().iter().all(|scopes| scopes.is_disjoint(missing));
    let why = if !narrow.is_empty() {
        format!(" ({narrow} sees less)")
    } else if by_the_api {
        " (asked for by the provider's API alone)".to_owned()
    } else {
        String::new()
    };
    format!("Missing {noun}: {missing}{why}")
}
