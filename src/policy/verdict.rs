//! Needs held against grants: satisfied or not, and for each gap the action that closes it.
//!
//! The verdict is decided on the *published* scopes of a key. Where the provider's API asks for
//! more than a grant has, the requirement is met with a warning, unless the policy is strict.

pub mod markdown;
pub mod report;

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Provider;
use crate::error::Remedy;
use crate::model::name::named_account;
use crate::model::scope::ScopeSet;
use crate::policy::needs::{Need, Needs};
use crate::text::time::in_words;

/// What there is to hold the needs against.
#[derive(Debug, Default)]
pub struct Holdings {
    /// By provider: the one account that serves it.
    pub grants: HashMap<String, Held>,
    /// By provider: the account that is to serve it, be it there or not.
    pub accounts: HashMap<String, String>,
    /// The names of the secrets that are stored.
    pub secrets: HashSet<String>,
}

/// A grant, as far as a verdict needs to know it.
#[derive(Clone, Debug)]
pub struct Held {
    /// The label of the account.
    pub account: String,
    /// The granted scopes.
    pub scopes: ScopeSet,
    /// When the access token dies, where that is known.
    pub expires_at: Option<Timestamp>,
    /// How long an access token lives when it is new, where that is known.
    pub lifetime: Option<SignedDuration>,
    /// Whether a refresh is still to come.
    pub is_renewed: bool,
    /// Why that refresh may fail, where it is known before.
    pub doubt: Option<String>,
}

/// The rules of judging.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// The time of the verdict.
    pub now: Timestamp,
    /// How long an access token must still live.
    pub min_ttl: SignedDuration,
    /// Whether a scope that only the API asks for is required too.
    pub strict: bool,
}

/// The outcome for every requirement.
#[derive(Debug)]
pub struct Verdict<'a> {
    /// One for each integration key, in the order of the manifest.
    pub keys: Vec<KeyOutcome<'a>>,
    /// What is missing, in the order of the manifest, providers before keys before secrets.
    pub gaps: Vec<Gap>,
    /// Met, but the API will refuse some operations.
    pub underscoped: Vec<Underscoped<'a>>,
    /// Granted, but asked for by no requirement.
    pub over_granted: Vec<OverGranted<'a>>,
    /// Met by access tokens that have to be refreshed first.
    pub renewals: Vec<Renewal<'a>>,
}

/// What became of one integration key.
#[derive(Debug)]
pub struct KeyOutcome<'a> {
    /// The key and what it means.
    pub need: &'a Need<'a>,
    /// The account that covers it; none where the key is unmet.
    pub covered_by: Option<String>,
    /// The account whose grant it was held against, be that enough or not.
    pub held_by: Option<String>,
    /// The scopes that the grant lacks and that decide; all of them where there is no grant.
    pub missing: ScopeSet,
    /// The scopes that the provider's API asks for and that the grant lacks: at least `missing`.
    pub refused: ScopeSet,
}

/// Something that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What kind of thing is missing.
    pub kind: GapKind,
    /// The integration key, the provider or the secret.
    pub key: String,
    /// Whether the app can run without it.
    pub required: bool,
    /// What is missing, in words.
    pub message: String,
    /// What closes the gap.
    pub action: Remedy,
    /// How long a new access token would live, where that is less than it must.
    pub beyond_reach: Option<SignedDuration>,
    /// Where the manifest asks for it.
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
pub struct Underscoped<'a> {
    /// The key and what it means.
    pub need: &'a Need<'a>,
    /// What is granted.
    pub granted: ScopeSet,
    /// What the API asks for beyond that.
    pub missing: ScopeSet,
    /// What adds it.
    pub action: Remedy,
}

/// Scopes that no requirement asks for.
#[derive(Debug)]
pub struct OverGranted<'a> {
    /// Who granted them.
    pub provider: &'a Provider,
    /// The account that has them.
    pub account: String,
    /// The scopes.
    pub scopes: ScopeSet,
}

/// An access token that is too old for the launch, and will be refreshed.
#[derive(Debug)]
pub struct Renewal<'a> {
    /// Who issues the new one.
    pub provider: &'a Provider,
    /// The account that it is for.
    pub account: String,
    /// How long the old one still lives; negative where it does not.
    pub left: SignedDuration,
    /// Why the refresh may fail.
    pub doubt: Option<String>,
}

impl GapKind {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Integration => "integration",
            Self::Scope => "scope",
            Self::Expired => "expired",
        }
    }
}

impl Verdict<'_> {
    /// Whether every requirement is met that the app cannot run without.
    pub fn is_satisfied(&self) -> bool {
        !self.gaps.iter().any(|gap| gap.required)
    }

    /// The keys that are met, in the order of the manifest.
    pub fn satisfied_keys(&self) -> impl Iterator<Item = &str> {
        self.keys
            .iter()
            .filter(|outcome| outcome.covered_by.is_some())
            .map(|outcome| outcome.need.requirement.key.as_str())
    }

    /// Whether at least one key of a provider is met.
    pub fn serves(&self, provider: &str) -> bool {
        self.keys.iter().any(|key| key.covered_by.is_some() && key.need.provider.slug == provider)
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
    let usable: HashMap<&str, &Held> = needs
        .providers()
        .into_iter()
        .filter_map(|provider| {
            let held = holdings.grants.get(&provider.slug);
            verdict.renewals.extend(held.and_then(|held| renewal(provider, held, policy)));
            let gap = provider_gap(needs, provider, holdings, policy);
            let usable = if gap.is_none() { held } else { None };
            verdict.gaps.extend(gap);
            usable.map(|held| (provider.slug.as_str(), held))
        })
        .collect();
    for need in &needs.integrations {
        let usable = usable.get(need.provider.slug.as_str()).copied();
        judge_key(need, usable, holdings, policy, &mut verdict);
    }
    for secret in &needs.secrets {
        if !holdings.secrets.contains(&secret.name) {
            verdict.gaps.push(Gap {
                kind: GapKind::Secret,
                key: secret.name.clone(),
                required: !secret.optional,
                message: format!("Missing secret: {}", secret.name),
                action: Remedy::AddSecret { name: secret.name.clone() },
                beyond_reach: None,
                span: secret.span.clone(),
            });
        }
    }
    for provider in needs.providers() {
        if let Some(held) = holdings.grants.get(&provider.slug) {
            verdict.over_granted.extend(over_granted(needs, provider, held));
        }
    }
    verdict
}

/// A provider without a usable grant is one gap, however many of its keys are required.
fn provider_gap(
    needs: &Needs<'_>,
    provider: &Provider,
    holdings: &Holdings,
    policy: Policy,
) -> Option<Gap> {
    let wanting: Vec<_> =
        needs.integrations.iter().filter(|need| need.provider.slug == provider.slug).collect();
    let first = wanting
        .iter()
        .find(|need| !need.requirement.optional)
        .or_else(|| wanting.first())?
        .requirement;
    let gap = |kind, message, action| Gap {
        kind,
        key: provider.slug.clone(),
        required: !first.optional,
        message,
        action,
        beyond_reach: None,
        span: first.span.clone(),
    };
    let slug = provider.slug.clone();
    let Some(held) = holdings.grants.get(&slug) else {
        let chosen = holdings.accounts.get(&slug);
        let message = match chosen {
            Some(account) => format!("Not connected: {slug} ({account})"),
            None => format!("Not connected: {slug}"),
        };
        let account = chosen.and_then(|account| named_account(account)).map(str::to_owned);
        return Some(gap(
            GapKind::Integration,
            message,
            Remedy::Connect { provider: slug, account },
        ));
    };
    let left = too_short(held, policy)?;
    if is_renewable(held, policy) {
        return None;
    }
    let message = if left > SignedDuration::ZERO {
        format!(
            "Access token of {slug} ({}) expires in {}, less than the {} that the run asks for (--min-ttl)",
            held.account,
            in_words(left),
            in_words(policy.min_ttl)
        )
    } else {
        format!("Access token of {slug} ({}) expired {} ago", held.account, in_words(-left))
    };
    let account = named_account(&held.account).map(str::to_owned);
    let gap = gap(GapKind::Expired, message, Remedy::Reconnect { provider: slug, account });
    Some(Gap { beyond_reach: beyond_reach(held, policy), ..gap })
}

/// What is left of an access token that does not live as long as it must.
fn too_short(held: &Held, policy: Policy) -> Option<SignedDuration> {
    let left = held.expires_at?.duration_since(policy.now);
    (left <= SignedDuration::ZERO || left < policy.min_ttl).then_some(left)
}

/// How long a new access token lives, where that is less than it must.
fn beyond_reach(held: &Held, policy: Policy) -> Option<SignedDuration> {
    held.lifetime.filter(|life| *life < policy.min_ttl)
}

fn is_renewable(held: &Held, policy: Policy) -> bool {
    held.is_renewed && beyond_reach(held, policy).is_none()
}

fn renewal<'a>(provider: &'a Provider, held: &Held, policy: Policy) -> Option<Renewal<'a>> {
    let left = too_short(held, policy).filter(|_| is_renewable(held, policy))?;
    Some(Renewal { provider, account: held.account.clone(), left, doubt: held.doubt.clone() })
}

fn judge_key<'a>(
    need: &'a Need<'a>,
    usable: Option<&Held>,
    holdings: &Holdings,
    policy: Policy,
    verdict: &mut Verdict<'a>,
) {
    let slug = &need.provider.slug;
    let asked = if policy.strict { &need.api_scopes } else { &need.scopes };
    let held = holdings.grants.get(slug);
    let missing = held.map_or_else(|| asked.clone(), |held| asked.minus(&held.scopes));
    let refused =
        held.map_or_else(|| need.api_scopes.clone(), |held| need.api_scopes.minus(&held.scopes));
    let covered_by = usable.filter(|_| missing.is_empty()).map(|held| held.account.clone());
    if let Some(held) = held {
        let add = |scopes: &ScopeSet| Remedy::AddScopes {
            provider: slug.clone(),
            account: named_account(&held.account).map(str::to_owned),
            scopes: scopes.iter().map(str::to_owned).collect(),
        };
        if !missing.is_empty() {
            verdict.gaps.push(Gap {
                kind: GapKind::Scope,
                key: need.requirement.key.clone(),
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
            verdict.underscoped.push(Underscoped { need, granted, missing, action });
        }
    }
    let held_by = held.map(|held| held.account.clone());
    verdict.keys.push(KeyOutcome { need, covered_by, held_by, missing, refused });
}

/// "Missing scope: dm.read", or "Missing scopes: dm.read users.read".
fn missing_scopes(missing: &ScopeSet, need: &Need<'_>) -> String {
    let noun = if missing.len() == 1 { "scope" } else { "scopes" };
    let by_the_api = need.scopes.minus(missing) == need.scopes;
    let why = if by_the_api { " (asked for by the provider's API alone)" } else { "" };
    format!("Missing {noun}: {missing}{why}")
}

/// What is granted beyond all needs. A requirement for the provider itself, without scopes, leaves
/// open what the app uses, and so nothing can be said.
fn over_granted<'a>(
    needs: &Needs<'a>,
    provider: &'a Provider,
    held: &Held,
) -> Option<OverGranted<'a>> {
    let mut asked: ScopeSet = provider.offline_scope.iter().cloned().collect();
    for need in needs.integrations.iter().filter(|need| need.provider.slug == provider.slug) {
        if need.capability.is_none() && need.scopes.is_empty() {
            return None;
        }
        asked.add_all(&need.api_scopes);
    }
    let scopes = held.scopes.minus(&asked);
    (!scopes.is_empty()).then(|| OverGranted { provider, account: held.account.clone(), scopes })
}

#[cfg(test)]
mod tests;
