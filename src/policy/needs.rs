//! The meaning of a manifest's requirements: each key with its provider and its scopes.

use std::collections::BTreeSet;

use crate::catalog::{Capability, Catalog, Coverage, Provider};
use crate::error::{Inventory, Parameter, Remedy, advice};
use crate::findings::{Diagnostic, MOST_FINDINGS, Rule};
use crate::manifest::delivery::{Delivery, OnRefresh};
use crate::manifest::{Integration, Requirements, Scope, SecretRequirement, Spanned};
use crate::model::alternatives::Alternatives;
use crate::model::credential_id::CredentialId;
use crate::model::name::Label;
use crate::model::scope::ScopeSet;
pub use crate::policy::reserved::VariableOwner;
use crate::text::escape::quoted;
use crate::text::nearest::{is_slip, nearest};

/// The maximum length of a key that gets a suggestion, in bytes; no key of a catalog is nearly as
/// long.
const LONGEST_SUGGESTION: usize = 100;

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
        if coverage.is_covered() || self.others.is_empty() || !self.coverage(granted).is_covered() {
            return coverage;
        }
        self.provider.coverage((&self.api_scopes).into(), granted)
    }

    /// Returns the credential of an account that serves the requirement: one of a kind, and a part of
    /// its consent.
    pub fn credential_of(&self, account: &Label) -> CredentialId {
        CredentialId::grant(self.provider.slug.clone(), account.clone())
    }

    /// Returns whether a credential serves the requirement, whosever it is.
    pub fn is_served_by(&self, id: &CredentialId) -> bool {
        id.provider == self.provider.slug && self.credential_of(&id.account) == *id
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

    /// Returns the needs of a provider.
    pub fn of(&self, provider: &Provider) -> impl Iterator<Item = &Need<'a>> {
        self.integrations.iter().filter(|need| need.provider.slug == provider.slug)
    }

    /// Returns the credentials of an account that requirements of a provider ask for.
    pub fn credentials_of(&self, provider: &Provider, account: &Label) -> BTreeSet<CredentialId> {
        self.of(provider).map(|need| need.credential_of(account)).collect()
    }
}

/// Looks every requirement up.
///
/// # Errors
///
/// A finding for each provider, key and scope that the catalog does not have, and for each secret
/// whose name is [reserved](VariableOwner).
pub fn resolve<'a>(
    requirements: &'a Requirements,
    catalog: &'a Catalog,
) -> Result<Needs<'a>, Vec<Diagnostic>> {
    let mut resolver = Resolver { catalog, findings: Vec::new() };
    let mut needs = Needs {
        delivery: &requirements.delivery,
        on_refresh: requirements.on_refresh.as_ref(),
        ..Needs::default()
    };
    for integration in &requirements.integrations {
        needs.integrations.extend(resolver.need(integration));
    }
    for secret in &requirements.secrets {
        resolver.refuse_reserved(secret);
        needs.secrets.push(secret);
    }
    if resolver.findings.is_empty() { Ok(needs) } else { Err(resolver.findings) }
}

struct Resolver<'a> {
    catalog: &'a Catalog,
    findings: Vec<Diagnostic>,
}

impl<'a> Resolver<'a> {
    fn need(&mut self, requirement: &'a Integration) -> Option<Need<'a>> {
        let Some(provider) = self.catalog.provider(requirement.provider()) else {
            self.unknown_provider(requirement);
            return None;
        };
        if requirement.key == provider.slug.as_str() {
            return self.provider_itself(requirement, provider);
        }
        let Some(capability) = provider.capability(&requirement.key) else {
            self.unknown_key(requirement, provider);
            return None;
        };
        Some(Need {
            requirement,
            provider,
            capability: Some(capability),
            scopes: capability.published.clone(),
            api_scopes: capability.api(),
            others: capability.others(),
        })
    }

    /// Returns a requirement for the provider itself, with raw scopes or none.
    fn provider_itself(
        &mut self,
        requirement: &'a Integration,
        provider: &'a Provider,
    ) -> Option<Need<'a>> {
        let mut all_known = true;
        for scope in &requirement.scopes {
            if !provider.scopes.contains_key(provider.wire_name(&scope.name)) {
                all_known = false;
                self.unknown_scope(scope, provider);
            }
        }
        let names = requirement.scopes.iter().map(|scope| provider.wire_name(&scope.name));
        let scopes: ScopeSet = names.collect();
        all_known.then(|| Need {
            requirement,
            provider,
            capability: None,
            api_scopes: scopes.clone(),
            scopes,
            others: &[],
        })
    }

    fn unknown_provider(&mut self, requirement: &Integration) {
        let slug = requirement.provider();
        let finding = Diagnostic::new(
            Rule::UnknownProvider,
            requirement.span.clone(),
            format!("no provider is called {}", quoted(slug)),
        )
        .help(advice![
            Remedy::List(Inventory::Providers),
            "; ",
            Parameter::Catalog.value("FILE"),
            " adds one of your own"
        ]);
        let key = &requirement.key;
        if key.len() > LONGEST_SUGGESTION {
            self.report(finding, key, None);
            return;
        }
        let slugs = self.catalog.slugs();
        let meant = self.meant(slug, slugs).map(|meant| key.replacen(slug, meant, 1));
        self.report(finding, key, self.without_provider(key).or(meant));
    }

    /// Returns the key of a provider whose name was left out: `x.tweet.read` for `tweet.read`.
    fn without_provider(&self, key: &str) -> Option<String> {
        self.catalog.providers().find_map(|provider| {
            let whole = format!("{}.{key}", provider.slug);
            provider.capability(&whole).map(|_| whole)
        })
    }

    fn unknown_key(&mut self, requirement: &Integration, provider: &Provider) {
        let slug = &provider.slug;
        let finding = Diagnostic::new(
            Rule::UnknownKey,
            requirement.span.clone(),
            format!("provider `{slug}` has no key {}", quoted(&requirement.key)),
        )
        .help(Remedy::ShowProvider { provider: slug.to_string(), part: "keys" });
        let keys = provider.capabilities.keys().map(String::as_str);
        let meant = self.meant(&requirement.key, keys).map(str::to_owned);
        self.report(finding, &requirement.key, meant);
    }

    fn unknown_scope(&mut self, scope: &Scope, provider: &Provider) {
        let slug = &provider.slug;
        let finding = Diagnostic::new(
            Rule::UnknownScope,
            scope.span.clone(),
            format!("provider `{slug}` has no scope {}", quoted(&scope.name)),
        )
        .help(Remedy::ShowProvider { provider: slug.to_string(), part: "scopes" });
        let scopes = provider.scopes.keys().chain(provider.scope_aliases.keys());
        let meant = self.meant(&scope.name, scopes.map(String::as_str)).map(str::to_owned);
        self.report(finding, &scope.name, meant);
    }

    /// Refuses a secret that claims a variable which is not an app's to set.
    fn refuse_reserved(&mut self, secret: &SecretRequirement) {
        if let Some(reserved) = VariableOwner::of(&secret.name, self.catalog) {
            let message = format!("{} {}", quoted(&secret.name), reserved.reason());
            let finding = Diagnostic::new(reserved.rule(), secret.span.clone(), message);
            self.findings.push(finding.help(reserved.help()));
        }
    }

    fn meant<'c>(
        &self,
        word: &str,
        candidates: impl IntoIterator<Item = &'c str>,
    ) -> Option<&'c str> {
        if self.findings.len() < MOST_FINDINGS { nearest(word, candidates) } else { None }
    }

    /// Asks for what was meant, and offers to write it where that is sure.
    fn report(&mut self, finding: Diagnostic, word: &str, meant: Option<String>) {
        self.findings.push(match meant {
            Some(meant) => {
                let finding = finding.label(format!("did you mean `{meant}`?"));
                if is_slip(word, &meant) { finding.fix(meant) } else { finding }
            }
            None => finding,
        });
    }
}
