//! The outcome of judging: what is met, what is missing, and what is beyond it.

use jiff::SignedDuration;

use crate::catalog::{BroadScope, Inclusion, Operation, Provider};
use crate::error::{Argument, Parameter, Remedy};
use crate::model::access_level::AccessLevel;
use crate::model::credential_id::{CredentialId, Kind, Part};
use crate::model::scope::ScopeSet;
use crate::model::variable_content::VariableContent;
use crate::policy::needs::Need;
use crate::policy::verdict::minted::MintedTokens;

/// The outcome for every requirement.
#[derive(Debug, Default)]
pub struct Verdict<'a> {
    /// One for each integration key, in the order of the manifest.
    pub keys: Vec<KeyOutcome<'a>>,
    /// The gaps, in the order of the manifest, providers before keys before secrets.
    pub gaps: Vec<Gap>,
    /// Met, but the API will refuse some operations.
    pub underscoped: Vec<ApiGap<'a>>,
    /// Met, but by a kind of credentials that some operations refuse.
    pub partial: Vec<PartialKey<'a>>,
    /// Met, unless the token's level, which is not known, is too low.
    pub unproved: Vec<UnprovedLevel<'a>>,
    /// Met, but through narrow scopes alone.
    pub narrow: Vec<NarrowCoverage<'a>>,
    /// The access tokens that are minted for service accounts.
    pub minted: Vec<MintedTokens<'a>>,
    /// Granted, but asked for by no requirement.
    pub over_granted: Vec<Surplus<'a>>,
    /// Granted, and used only for what smaller scopes would do.
    pub broad: Vec<BroadGrant<'a>>,
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
    /// The alternative that counts: the scopes that the provider's API asks for, in one of several ways.
    pub alternative: &'a ScopeSet,
    /// The scopes of the alternative that the grant has through others, each with how.
    pub inclusions: Vec<Inclusion>,
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

impl Gap {
    /// Returns the argument that asks for as little life as new access tokens have, if they have less than
    /// they must.
    pub fn attainable_ttl(&self) -> Option<Argument> {
        let lifetime = self.beyond_reach?;
        Some(Parameter::MinTtl.value(format!("{}s", lifetime.as_secs() / 2)))
    }
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
    /// A credential of this kind, which is no grant, is not stored.
    Kind(Kind),
}

/// A requirement that is met by its published scopes, and lacks some that the API asks for.
#[derive(Debug)]
pub struct ApiGap<'a> {
    /// The key and what it means.
    pub need: &'a Need<'a>,
    /// The part of the consent that serves it.
    pub part: Part,
    /// The scopes that are granted.
    pub granted: ScopeSet,
    /// The scopes that the API asks for beyond that.
    pub missing: ScopeSet,
    /// The action that adds them.
    pub action: Remedy,
}

/// A requirement that is met by a credential of a kind which some of its operations refuse.
#[derive(Debug)]
pub struct PartialKey<'a> {
    /// The key and what it means.
    pub need: &'a Need<'a>,
    /// The credential.
    pub credential: CredentialId,
    /// The action that gets a credential of a kind which all of them accept, where there is one; else
    /// the one that shows the operations.
    pub action: Remedy,
}

impl<'a> PartialKey<'a> {
    /// Returns the operations that refuse it.
    pub fn refused(&self) -> Vec<&'a Operation> {
        let key = &self.need.requirement.key;
        let operations = self.need.provider.operations().iter();
        let operations = operations.filter(|it| it.keys.contains(key));
        operations.filter(|it| !it.accepts(self.credential.kind)).collect()
    }
}

/// A requirement that is met by a token whose level is not known.
#[derive(Debug)]
pub struct UnprovedLevel<'a> {
    /// The key and what it means.
    pub need: &'a Need<'a>,
    /// The token.
    pub credential: CredentialId,
    /// The level that is needed.
    pub needed: AccessLevel,
}

/// A requirement that is met through narrow scopes alone, which see less than what is meant.
#[derive(Debug)]
pub struct NarrowCoverage<'a> {
    /// The key and what it means.
    pub need: &'a Need<'a>,
    /// The narrow scopes.
    pub scopes: ScopeSet,
    /// The action that adds scopes which see all of it.
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

/// A scope that is used only for what smaller ones would do.
#[derive(Debug)]
pub struct BroadGrant<'a> {
    /// The provider that granted it.
    pub provider: &'a Provider,
    /// The account that has it.
    pub account: String,
    /// The scope, and those that would do.
    pub broad: BroadScope,
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
            Self::Kind(_) => "kind",
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

    /// Returns the variables through which the agent gets a credential, each with its content: those of
    /// each key that it covers.
    pub fn variables_of(&self, id: &CredentialId) -> Vec<(String, VariableContent)> {
        let mut variables = Vec::new();
        for key in self.keys.iter().filter(|key| key.covered_by.as_ref() == Some(id)) {
            for variable in key.need.variables(id.kind, &id.part) {
                if !variables.contains(&variable) {
                    variables.push(variable);
                }
            }
        }
        variables
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
