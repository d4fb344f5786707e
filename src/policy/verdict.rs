//! Needs held against grants: satisfied or not, and for each gap the action that closes it.
//!
//! The verdict is decided on the *published* scopes of a key. If the provider's API asks for more
//! than a grant has, the requirement is met with a warning, unless the policy is strict.

pub mod json;
mod level;
pub mod markdown;
mod minted;
mod missing_credential;
mod outcome;
pub mod report;
mod scopes;
pub mod sentences;

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Provider;
use crate::credential::failure::connect;
use crate::credential::freshness::lives;
use crate::error::Remedy;
use crate::model::credential_id::{CredentialId, Kind, Part};
use crate::model::name::named_account;
pub use crate::policy::holdings::{HeldCredential, Holdings};
use crate::policy::needs::{Need, Needs};
use crate::text::time::in_words;
pub use minted::MintedTokens;
use missing_credential::MissingCredential;
pub use outcome::{
    ApiGap, BroadGrant, Gap, GapKind, KeyOutcome, NarrowCoverage, PartialKey, Renewal, Surplus,
    UnprovedLevel, Verdict,
};
use scopes::{judge_key, judge_surplus};

/// The rules of judging.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// The time of the verdict.
    pub now: Timestamp,
    /// The time for which an access token must still live.
    pub min_ttl: SignedDuration,
    /// `true` if a scope that only the API asks for is required too.
    pub strict: bool,
}

/// Holds needs against what is there.
pub fn judge<'a>(needs: &'a Needs<'a>, holdings: &Holdings, policy: Policy) -> Verdict<'a> {
    let mut verdict = Verdict::default();
    let parties = parties(needs, holdings);
    let mut usable = HashSet::new();
    for party in &parties {
        verdict.renewals.extend(party.renewal(policy));
        let minted = party.minted();
        let beyond = minted.as_ref().filter(|minted| policy.strict && !minted.beyond.is_empty());
        let beyond = || Some(party.excess(beyond?));
        let gap = party.gap(holdings, policy).or_else(beyond);
        verdict.minted.extend(minted);
        match gap {
            Some(gap) => verdict.gaps.push(gap),
            None => usable.extend(party.credential.map(|(id, _)| id)),
        }
    }
    for need in &needs.integrations {
        let credential = holdings.credential(need);
        let is_usable = credential.is_some_and(|(id, _)| usable.contains(id));
        judge_key(need, credential, is_usable, policy.strict, &mut verdict);
    }
    for secret in &needs.secrets {
        if !holdings.secrets.contains(&secret.name) {
            verdict.gaps.push(Gap {
                kind: GapKind::Secret,
                key: secret.name.clone(),
                credential: None,
                required: !secret.optional,
                message: format!("Missing secret: {}", secret.name),
                action: Remedy::AddSecret { name: secret.name.clone() },
                beyond_reach: None,
                span: secret.span.clone(),
            });
        }
    }
    for party in &parties {
        if let Some(credential) = party.credential.filter(|(id, _)| id.kind == Kind::Oauth2) {
            judge_surplus(party.provider, credential, &party.needs, &mut verdict);
        }
    }
    verdict
}

/// A provider, the credential that serves needs of it, if there is one, and these needs.
struct Party<'a, 'h> {
    provider: &'a Provider,
    credential: Option<(&'h CredentialId, &'h HeldCredential)>,
    needs: Vec<&'a Need<'a>>,
}

fn parties<'a, 'h>(needs: &'a Needs<'a>, holdings: &'h Holdings) -> Vec<Party<'a, 'h>> {
    let mut parties: Vec<Party<'a, 'h>> = Vec::new();
    for need in &needs.integrations {
        let (provider, credential) = (need.provider, holdings.credential(need));
        let id = credential.map(|(id, _)| id);
        // What is not there is missing once for each kind and part that is preferred.
        let known = parties.iter_mut().find(|known| {
            known.provider.slug == provider.slug
                && known.credential.map(|(id, _)| id) == id
                && (id.is_some() || known.needs[0].ways().next() == need.ways().next())
        });
        match known {
            Some(known) => known.needs.push(need),
            None => parties.push(Party { provider, credential, needs: vec![need] }),
        }
    }
    parties
}

impl<'a> Party<'a, '_> {
    /// Returns the one gap that it is to have no usable credential, however many keys are required.
    fn gap(&self, holdings: &Holdings, policy: Policy) -> Option<Gap> {
        let required = self.needs.iter().find(|need| !need.requirement.optional);
        let first = required.or_else(|| self.needs.first())?.requirement;
        let slug = &self.provider.slug;
        let gap = |kind, message, action| Gap {
            kind,
            key: slug.to_string(),
            credential: self.credential.map(|(id, _)| id.clone()),
            required: !first.optional,
            message,
            action,
            beyond_reach: None,
            span: first.span.clone(),
        };
        let Some((id, held)) = self.credential else {
            let need = self.needs.first()?;
            let chosen = holdings.chosen.iter().find(|id| need.preference(id).is_some());
            let way = need.ways().next().unwrap_or((Kind::default(), Part::main()));
            let missing = MissingCredential::of(need, way, chosen.map(|id| id.account.as_str()));
            return Some(gap(missing.gap, missing.message, missing.action));
        };
        if !held.has_keys {
            let message = format!("The client's keys that {id} signs with are not stored");
            let account = named_account(id.account.as_str()).map(str::to_owned);
            let (provider, kind) = (slug.to_string(), Some(id.kind.name()));
            let action = Remedy::Import { provider, account, kind };
            return Some(gap(GapKind::Kind(id.kind), message, action));
        }
        let left = too_short(held, policy)?;
        if is_renewable(held, policy) {
            return None;
        }
        let message = if left > SignedDuration::ZERO {
            format!(
                "Access token of {id} is alive, but for {}, less than the {} that the run asks for",
                in_words(left),
                in_words(policy.min_ttl)
            )
        } else {
            format!("Access token of {id} expired {} ago", in_words(-left))
        };
        let account = named_account(id.account.as_str()).map(str::to_owned);
        let action = Remedy::Reconnect { provider: slug.to_string(), account };
        let gap = gap(GapKind::Expired, message, action);
        Some(Gap { beyond_reach: beyond_reach(held, policy), ..gap })
    }

    /// Returns its tokens, where they are minted.
    fn minted(&self) -> Option<MintedTokens<'a>> {
        MintedTokens::of(self.provider, self.credential?, &self.needs)
    }

    /// Returns the gap that its tokens can do more than the keys say.
    fn excess(&self, minted: &MintedTokens<'_>) -> Gap {
        let required = self.needs.iter().find(|need| !need.requirement.optional);
        let first = required.unwrap_or(&self.needs[0]).requirement;
        Gap {
            kind: GapKind::Scope,
            key: first.key.clone(),
            credential: Some(minted.credential.clone()),
            required: required.is_some(),
            message: minted.excess(),
            action: connect(&minted.credential),
            beyond_reach: None,
            span: first.span.clone(),
        }
    }

    fn renewal(&self, policy: Policy) -> Option<Renewal<'a>> {
        let (id, held) = self.credential?;
        let left = too_short(held, policy).filter(|_| is_renewable(held, policy))?;
        let (account, doubt) = (id.account.to_string(), held.doubt.clone());
        Some(Renewal { provider: self.provider, account, left, doubt })
    }
}

/// Returns the remaining life of an access token that does not live as long as it must.
fn too_short(held: &HeldCredential, policy: Policy) -> Option<SignedDuration> {
    let left = held.expires_at?.duration_since(policy.now);
    (!lives(held.expires_at, policy.min_ttl, policy.now)).then_some(left)
}

/// Returns the lifetime of a new access token, if that is less than it must be.
fn beyond_reach(held: &HeldCredential, policy: Policy) -> Option<SignedDuration> {
    held.lifetime.filter(|life| *life < policy.min_ttl)
}

fn is_renewable(held: &HeldCredential, policy: Policy) -> bool {
    held.is_renewed && beyond_reach(held, policy).is_none()
}

#[cfg(test)]
mod tests;
