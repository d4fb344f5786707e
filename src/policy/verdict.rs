//! Needs held against grants: satisfied or not, and for each gap the action that closes it.
//!
//! The verdict is decided on the *published* scopes of a key. If the provider's API asks for more
//! than a grant has, the requirement is met with a warning, unless the policy is strict.

pub mod markdown;
pub mod report;

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Provider;
use crate::credential::freshness::lives;
use crate::error::Remedy;
use crate::model::credential_id::CredentialId;
use crate::model::name::named_account;
use crate::model::scope::ScopeSet;
pub use crate::policy::holdings::{HeldCredential, Holdings};
use crate::policy::needs::{Need, Needs};
use crate::text::time::in_words;

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

/// The outcome for every requirement.
#[derive(Debug)]
pub struct Verdict<'a> {
    /// One for each integration key, in the order of the manifest.
    pub keys: Vec<KeyOutcome<'a>>,
    /// The gaps, in the order of the manifest, providers before keys before secrets.
    pub gaps: Vec<Gap>,
    /// Met, but the API will refuse some operations.
    pub underscoped: Vec<ApiGap<'a>>,
    /// Granted, but asked for by no requirement.
    pub over_granted: Vec<Surplus<'a>>,
    /// Met by access tokens that have to be refreshed first.
    pub renewals: Vec<Renewal<'a>>,
}

/// The outcome of one integration key.
#[derive(Debug)]
pub struct KeyOutcome<'a> {
    /// The key and what it means.
    pub need: &'a Need<'a>,
    /// The credential that covers it; none where the key is unmet.
    pub covered_by: Option<CredentialId>,
    /// The credential that it was held against, be that enough or not.
    pub held_by: Option<CredentialId>,
    /// The scopes that the grant lacks and that decide; all of them where there is no grant.
    pub missing: ScopeSet,
    /// The scopes that the provider's API asks for and that the grant lacks: at least `missing`.
    pub refused: ScopeSet,
}

/// Something that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The kind of thing that is missing.
    pub kind: GapKind,
    /// The integration key, the provider or the secret.
    pub key: String,
    /// The credential that has the gap; none where it is not there, or a secret is missing.
    pub credential: Option<CredentialId>,
    /// `true` if the app can run without it.
    pub required: bool,
    /// The missing thing, in words.
    pub message: String,
    /// The action that closes the gap.
    pub action: Remedy,
    /// The lifetime of a new access token, if that is less than it must be.
    pub beyond_reach: Option<SignedDuration>,
    /// The place where the manifest asks for it.
    pub span: std::ops::Range<usize>,
}

/// Kinds of gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapKind {
    /// A secret is not stored.
    Secret,
    /// A provider is not connected.
    Integration,
    /// A grant lacks scopes.
    Scope,
    /// An access token is dead, or will be too soon.
    Expired,
}

/// A requirement that is met by its published scopes, and lacks some that the API asks for.
#[derive(Debug)]
pub struct ApiGap<'a> {
    /// The key and what it means.
    pub need: &'a Need<'a>,
    /// The scopes that are granted.
    pub granted: ScopeSet,
    /// The scopes that the API asks for beyond that.
    pub missing: ScopeSet,
    /// The action that adds them.
    pub action: Remedy,
}

/// Scopes that no requirement asks for.
#[derive(Debug)]
pub struct Surplus<'a> {
    /// The provider that granted them.
    pub provider: &'a Provider,
    /// The account that has them.
    pub account: String,
    /// The scopes.
    pub scopes: ScopeSet,
}

/// An access token that is too old for the launch, and will be refreshed.
#[derive(Debug)]
pub struct Renewal<'a> {
    /// The provider that issues the new one.
    pub provider: &'a Provider,
    /// The account that it is for.
    pub account: String,
    /// The remaining life of the old one; negative if it is dead.
    pub left: SignedDuration,
    /// The reason why the refresh may fail.
    pub doubt: Option<String>,
}

impl GapKind {
    /// Returns the name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Integration => "integration",
            Self::Scope => "scope",
            Self::Expired => "expired",
        }
    }
}

impl<'a> Verdict<'a> {
    /// Returns whether every requirement is met that the app cannot run without.
    pub fn is_satisfied(&self) -> bool {
        !self.gaps.iter().any(|gap| gap.required)
    }

    /// Returns the keys that are met, in the order of the manifest.
    pub fn satisfied_keys(&self) -> impl Iterator<Item = &str> {
        self.keys
            .iter()
            .filter(|outcome| outcome.covered_by.is_some())
            .map(|outcome| outcome.need.requirement.key.as_str())
    }

    /// Returns the credentials that cover a key, each once with its provider, in the order of the
    /// manifest.
    pub fn serving(&self) -> Vec<(&'a Provider, &CredentialId)> {
        let covers = |id| self.keys.iter().any(|key| key.covered_by.as_ref() == Some(id));
        let mut serving = Vec::new();
        for key in &self.keys {
            if let Some(id) = key.held_by.as_ref().filter(|id| covers(id))
                && !serving.iter().any(|(_, known)| *known == id)
            {
                serving.push((key.need.provider, id));
            }
        }
        serving
    }
}

/// Holds needs against what is there.
pub fn judge<'a>(needs: &'a Needs<'a>, holdings: &Holdings, policy: Policy) -> Verdict<'a> {
    let mut verdict = Verdict {
        keys: Vec::new(),
        gaps: Vec::new(),
        underscoped: Vec::new(),
        over_granted: Vec::new(),
        renewals: Vec::new(),
    };
    let parties = parties(needs, holdings);
    let mut usable = HashSet::new();
    for party in &parties {
        verdict.renewals.extend(party.renewal(policy));
        match party.gap(holdings, policy) {
            Some(gap) => verdict.gaps.push(gap),
            None => usable.extend(party.credential.map(|(id, _)| id)),
        }
    }
    for need in &needs.integrations {
        let credential = holdings.credential(need);
        let is_usable = credential.is_some_and(|(id, _)| usable.contains(id));
        judge_key(need, credential, is_usable, policy, &mut verdict);
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
    verdict.over_granted.extend(parties.iter().filter_map(Party::over_granted));
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
        let known = parties.iter_mut().find(|known| {
            known.provider.slug == provider.slug && known.credential.map(|(id, _)| id) == id
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
            let chosen = holdings.chosen.iter().find(|id| need.is_served_by(id));
            let chosen = chosen.map(|id| id.account.as_str());
            let message = match chosen {
                Some(account) => format!("Not connected: {slug} ({account})"),
                None => format!("Not connected: {slug}"),
            };
            let account = chosen.and_then(named_account).map(str::to_owned);
            let action = Remedy::Connect { provider: slug.to_string(), account };
            return Some(gap(GapKind::Integration, message, action));
        };
        let left = too_short(held, policy)?;
        if is_renewable(held, policy) {
            return None;
        }
        let message = if left > SignedDuration::ZERO {
            format!(
                "Access token of {id} expires in {}, less than the {} that the run asks for",
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

    fn renewal(&self, policy: Policy) -> Option<Renewal<'a>> {
        let (id, held) = self.credential?;
        let left = too_short(held, policy).filter(|_| is_renewable(held, policy))?;
        let (account, doubt) = (id.account.to_string(), held.doubt.clone());
        Some(Renewal { provider: self.provider, account, left, doubt })
    }

    /// Returns what is granted beyond all needs. A requirement for the provider itself, without
    /// scopes, leaves open what the app uses, and so nothing can be said.
    fn over_granted(&self) -> Option<Surplus<'a>> {
        let (provider, (id, held)) = (self.provider, self.credential?);
        let mut asked = provider.accompanying_scopes();
        for need in &self.needs {
            if need.capability.is_none() && need.scopes.is_empty() {
                return None;
            }
            asked.add_all(&need.api_scopes);
        }
        let scopes = provider.missing(&held.scopes, &asked);
        let account = id.account.to_string();
        (!scopes.is_empty()).then_some(Surplus { provider, account, scopes })
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

fn judge_key<'a>(
    need: &'a Need<'a>,
    credential: Option<(&CredentialId, &HeldCredential)>,
    is_usable: bool,
    policy: Policy,
    verdict: &mut Verdict<'a>,
) {
    let provider = need.provider;
    let lacking = |asked: &ScopeSet| {
        credential.map_or_else(|| asked.clone(), |(_, held)| provider.missing(asked, &held.scopes))
    };
    let missing = lacking(if policy.strict { &need.api_scopes } else { &need.scopes });
    let refused = lacking(&need.api_scopes);
    if let Some((id, held)) = credential {
        let add = |scopes: &ScopeSet| Remedy::AddScopes {
            provider: provider.slug.to_string(),
            account: named_account(id.account.as_str()).map(str::to_owned),
            scopes: scopes.iter().map(str::to_owned).collect(),
        };
        if !missing.is_empty() {
            verdict.gaps.push(Gap {
                kind: GapKind::Scope,
                key: need.requirement.key.clone(),
                credential: Some(id.clone()),
                required: !need.requirement.optional,
                message: missing_scopes(&missing, need),
                action: add(&missing),
                beyond_reach: None,
                span: need.requirement.span.clone(),
            });
        } else if !refused.is_empty() {
            let action = add(&refused);
            let granted = held.scopes.clone();
            let missing = refused.clone();
            verdict.underscoped.push(ApiGap { need, granted, missing, action });
        }
    }
    let held_by = credential.map(|(id, _)| id.clone());
    let covered_by = held_by.clone().filter(|_| is_usable && missing.is_empty());
    verdict.keys.push(KeyOutcome { need, covered_by, held_by, missing, refused });
}

/// Returns "Missing scope: dm.read", or "Missing scopes: dm.read users.read".
fn missing_scopes(missing: &ScopeSet, need: &Need<'_>) -> String {
    let noun = if missing.len() == 1 { "scope" } else { "scopes" };
    let by_the_api = need.scopes.is_disjoint(missing);
    let why = if by_the_api { " (asked for by the provider's API alone)" } else { "" };
    format!("Missing {noun}: {missing}{why}")
}

#[cfg(test)]
mod tests;
