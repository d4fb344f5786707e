//! Access tokens that are minted for service accounts: whom they act for, and what they can do beyond what
//! the keys say that they serve.

use crate::catalog::Provider;
use crate::credential::minting::Minting;
use crate::model::credential_id::CredentialId;
use crate::model::scope::ScopeSet;
use crate::policy::holdings::HeldCredential;
use crate::policy::needs::Need;

/// The access tokens that are minted for a credential which serves requirements.
#[derive(Debug)]
pub struct MintedTokens<'a> {
    /// The provider.
    pub provider: &'a Provider,
    /// The credential.
    pub credential: CredentialId,
    /// The way in which they are minted.
    pub minting: Minting,
    /// The scopes that they are asked for with.
    pub scopes: ScopeSet,
    /// Those of the scopes that open more than the keys say.
    pub beyond: ScopeSet,
    /// The keys.
    pub keys: Vec<&'a str>,
}

impl<'a> MintedTokens<'a> {
    /// Returns those of a credential; `None` where its tokens are not minted.
    pub(super) fn of(
        provider: &'a Provider,
        (id, held): (&CredentialId, &HeldCredential),
        needs: &[&'a Need<'a>],
    ) -> Option<Self> {
        Some(Self {
            provider,
            credential: id.clone(),
            minting: held.minting.clone()?,
            scopes: held.scopes.clone(),
            beyond: beyond(provider, &held.scopes, needs),
            keys: needs.iter().map(|need| need.requirement.key.as_str()).collect(),
        })
    }

    /// Returns what the tokens can do beyond the keys, in words.
    pub fn excess(&self) -> String {
        let scopes = self.beyond.iter().map(|scope| {
            let wide = self.provider.scopes.get(scope).and_then(|found| found.wide.as_deref());
            wide.map_or_else(|| format!("`{scope}`"), |wide| format!("`{scope}`, which {wide}"))
        });
        let say = if self.keys.len() == 1 { "says" } else { "say" };
        let (id, keys) = (&self.credential, self.keys.join(", "));
        let scopes = scopes.collect::<Vec<_>>().join(", and ");
        format!("the tokens of {id} can do more than {keys} {say}: {scopes}")
    }

    /// Returns where the tokens come from, whom they act for, and what they are asked for with, in words.
    pub fn described(&self) -> String {
        let user = self.minting.subject.as_ref();
        let user = user.map_or_else(String::new, |user| format!("; acts for {user}"));
        format!("from {}{user}; scopes: {}", self.minting.source.described(), self.scopes)
    }
}

/// Returns the scopes that open more than requirements say: those that none of them needs, those that a
/// smaller one would do for, and those that open everything. A requirement for the provider itself, without
/// scopes, says nothing.
fn beyond(provider: &Provider, scopes: &ScopeSet, needs: &[&Need<'_>]) -> ScopeSet {
    if needs.iter().any(|need| need.capability.is_none() && need.scopes.is_empty()) {
        return ScopeSet::default();
    }
    let mut needed = ScopeSet::default();
    for need in needs {
        needed.add_all(need.api_coverage(scopes).alternative);
    }
    let surplus = provider.surplus(scopes, &needed);
    let mut beyond = surplus.unneeded;
    surplus.broad.iter().for_each(|broad| beyond.add(&broad.scope));
    let is_wide = |scope: &&str| provider.scopes.get(*scope).is_some_and(|it| it.wide.is_some());
    scopes.iter().filter(is_wide).for_each(|scope| beyond.add(scope));
    beyond
}
