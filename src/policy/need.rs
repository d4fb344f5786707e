//! A requirement with its meaning, and those of one manifest.

use std::collections::BTreeSet;

use crate::catalog::{Capability, Coverage, Provider, with_parts};
use crate::manifest::delivery::{Delivery, OnRefresh};
use crate::manifest::{Integration, SecretRequirement, Spanned};
use crate::model::alternatives::Alternatives;
use crate::model::credential_id::{CredentialId, Kind, Part};
use crate::model::name::{Label, Slug};
use crate::model::scope::ScopeSet;
use crate::model::variable_content::VariableContent;

/// The needs of an app, in the order of its manifest.
#[derive(Debug, Default)]
pub struct Needs<'a> {
    /// One need for each integration key.
    pub integrations: Vec<Need<'a>>,
    /// The secrets, as they were required.
    pub secrets: Vec<&'a SecretRequirement>,
    /// The ways in which the app can take new tokens, if it states any.
    pub delivery: &'a [Spanned<Delivery>],
    /// The way in which the app is to be told of a new token, if it states one.
    pub on_refresh: Option<&'a Spanned<OnRefresh>>,
}

/// A requirement and what the catalog says of it.
#[derive(Debug)]
pub struct Need<'a> {
    /// The requirement, with its place in the manifest.
    pub requirement: &'a Integration,
    /// The provider that grants it.
    pub provider: &'a Provider,
    /// The capability; a requirement for the provider itself has none.
    pub capability: Option<&'a Capability>,
    /// The scopes that decide whether a grant covers it.
    pub scopes: ScopeSet,
    /// The scopes that the provider's API asks for: at least `scopes`.
    pub api_scopes: ScopeSet,
    /// The sets of scopes that stand in the place of both.
    pub others: &'a [ScopeSet],
    /// The kinds of credentials that can serve it, in order of preference.
    pub kinds: Vec<Kind>,
    /// The parts of a consent that can, in order of preference.
    pub parts: Vec<Part>,
}

impl Need<'_> {
    /// Returns the sets of which one decides whether a grant covers it.
    pub fn alternatives(&self) -> Alternatives<'_> {
        Alternatives::new(&self.scopes, self.others)
    }

    /// Returns the sets of which one is enough for the provider's API.
    pub fn api_alternatives(&self) -> Alternatives<'_> {
        Alternatives::new(&self.api_scopes, self.others)
    }

    /// Returns how granted scopes cover it.
    pub fn coverage(&self, granted: &ScopeSet) -> Coverage<'_> {
        self.provider.coverage(self.alternatives(), granted)
    }

    /// Returns how granted scopes cover what the provider's API asks for: if they cover the published
    /// scopes and no alternative is enough, by what is asked for beyond these.
    pub fn api_coverage(&self, granted: &ScopeSet) -> Coverage<'_> {
        let coverage = self.provider.coverage(self.api_alternatives(), granted);
        if coverage.is_covered() || !self.coverage(granted).is_covered() {
            return coverage;
        }
        self.provider.coverage((&self.api_scopes).into(), granted)
    }

    /// Returns whether a grant can serve the requirement.
    pub fn takes_grants(&self) -> bool {
        self.kinds.contains(&Kind::Oauth2)
    }

    /// Returns the part of a consent that is preferred.
    pub fn part(&self) -> &Part {
        self.parts.first().unwrap_or(Part::main())
    }

    /// Returns the parts of a consent that would serve the requirement if it named none: the preferred one.
    pub(super) fn usual_parts(&self) -> Vec<Part> {
        if self.requirement.parts.is_empty() {
            return self.parts.clone();
        }
        let serving = self.capability.map(|capability| self.provider.serving_parts(capability));
        let serving = serving.unwrap_or_else(|| self.provider.parts_with_all(&self.scopes));
        serving.into_iter().take(1).collect()
    }

    /// Returns the provider, and the part of its consents that is preferred.
    pub fn token(&self) -> (&Slug, &Part) {
        (&self.provider.slug, self.part())
    }

    /// Returns the kinds of credentials that can serve the requirement, each with the part of a consent,
    /// the preferred one first.
    pub fn ways(&self) -> impl Iterator<Item = (Kind, &Part)> + Clone {
        with_parts(&self.kinds, &self.parts)
    }

    /// Returns the credentials of an account that can serve the requirement, the preferred one first:
    /// each of a kind, and a part of its consent.
    pub fn credentials_of(&self, account: &Label) -> impl Iterator<Item = CredentialId> {
        let grant = CredentialId::grant(self.provider.slug.clone(), account.clone());
        self.ways().map(move |(kind, part)| {
            let part = part.clone();
            CredentialId { kind, part, ..grant.clone() }
        })
    }

    /// Returns the place of a credential, whosever it is, among those that can serve the requirement;
    /// `None` where it cannot.
    pub fn preference(&self, id: &CredentialId) -> Option<usize> {
        let is_its = id.provider == self.provider.slug;
        self.ways().position(|(kind, part)| is_its && id.is_like(kind, part))
    }

    /// Returns the variables through which the app gets a credential of a kind and part for it, each with
    /// its content: by the names that the manifest states, else the provider's.
    pub fn variables(&self, kind: Kind, part: &Part) -> Vec<(String, VariableContent)> {
        let mut variables = self.provider.variables_of_part(kind, part);
        for content in VariableContent::of(kind) {
            let stated: Vec<_> =
                self.requirement.env.iter().filter(|it| it.content == *content).collect();
            if !stated.is_empty() {
                variables.retain(|(_, named)| named != content);
                variables.extend(stated.into_iter().map(|it| (it.name.clone(), *content)));
            }
        }
        variables
    }
}

impl<'a> Needs<'a> {
    /// Returns the providers that are needed, each once, in the order of the manifest.
    pub fn providers(&self) -> Vec<&'a Provider> {
        let mut providers: Vec<&Provider> = Vec::new();
        for need in &self.integrations {
            if !providers.iter().any(|known| known.slug == need.provider.slug) {
                providers.push(need.provider);
            }
        }
        providers
    }

    /// Returns the providers that are needed, with each part of their consents that is, each once, in the
    /// order of the manifest.
    pub fn tokens(&self) -> Vec<(&'a Provider, &Part)> {
        let mut tokens: Vec<(&Provider, &Part)> = Vec::new();
        for need in &self.integrations {
            if !tokens.iter().any(|(of, part)| (&of.slug, *part) == need.token()) {
                tokens.push((need.provider, need.part()));
            }
        }
        tokens
    }

    /// Returns the needs of a provider.
    pub fn of(&self, provider: &Provider) -> impl Iterator<Item = &Need<'a>> {
        self.integrations.iter().filter(|need| need.provider.slug == provider.slug)
    }

    /// Returns the credentials of an account that requirements of a provider ask for.
    pub fn credentials_of(&self, provider: &Provider, account: &Label) -> BTreeSet<CredentialId> {
        self.of(provider).flat_map(|need| need.credentials_of(account)).collect()
    }
}
