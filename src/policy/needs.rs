//! The meaning of a manifest's requirements: each key with its provider and its scopes.

use crate::catalog::{Catalog, Provider};
use crate::error::{Inventory, Parameter, Remedy, advice};
use crate::findings::{Diagnostic, MOST_FINDINGS, Rule};
use crate::manifest::{Integration, Requirements, Scope, SecretRequirement};
use crate::model::credential_id::Kind;
use crate::model::scope::ScopeSet;
pub use crate::policy::need::{Need, Needs};
pub use crate::policy::reserved::VariableOwner;
use crate::policy::{clashes, kinds, parts};
use crate::text::escape::quoted;
use crate::text::nearest::{is_slip, nearest};

/// The maximum length of a key that gets a suggestion, in bytes; no key of a catalog is nearly as
/// long.
const LONGEST_SUGGESTION: usize = 100;

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
    if resolver.findings.is_empty() {
        clashes::leave_to_secrets(&mut needs);
        resolver.findings = clashes::found(&needs, catalog);
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
        let kinds = kinds::of(requirement, provider, capability.kinds());
        let mut kinds = kinds.map_err(|finding| self.findings.push(*finding)).ok()?;
        let serving = provider.serving_parts(capability);
        let parts = parts::of(requirement, provider, serving, &mut kinds);
        let parts = parts.map_err(|finding| self.findings.push(*finding)).ok()?;
        Some(Need {
            requirement,
            provider,
            kinds,
            parts,
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
        let accepted = if scopes.is_empty() { &Kind::ALL[..] } else { &[Kind::Oauth2] };
        let kinds = kinds::of(requirement, provider, accepted);
        let mut kinds = kinds.map_err(|finding| self.findings.push(*finding)).ok()?;
        let serving = provider.parts_with_all(&scopes);
        if serving.is_empty() && all_known {
            self.findings.push(no_such_part(requirement, provider, &scopes));
            return None;
        }
        let parts = parts::of(requirement, provider, serving, &mut kinds);
        let parts = parts.map_err(|finding| self.findings.push(*finding)).ok()?;
        all_known.then(|| Need {
            requirement,
            provider,
            kinds,
            parts,
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

/// Returns the finding that no part of a consent can have all of some scopes.
fn no_such_part(requirement: &Integration, provider: &Provider, scopes: &ScopeSet) -> Diagnostic {
    let message = format!("no token of {} can have all of `{scopes}`", provider.title);
    let of = |scope: &str| {
        let parts = provider.parts_with(scope);
        let parts: Vec<_> = parts.iter().map(|part| format!("`{}`", part.as_str())).collect();
        format!("`{scope}` is of {}", parts.join(" and "))
    };
    let help = scopes.iter().map(of).collect::<Vec<_>>().join(", ");
    Diagnostic::new(Rule::KindNever, requirement.span.clone(), message)
        .help(format!("{help}: ask for them in entries of their own"))
}
