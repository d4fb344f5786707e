//! What the requirements of a manifest mean: each key with its provider and its scopes.

use crate::catalog::{Capability, Catalog, Provider};
use crate::diagnostic::{Diagnostic, Rule, quoted};
use crate::manifest::{Integration, Requirements, Secret};
use crate::nearest::nearest;
use crate::scope::ScopeSet;

/// What an app needs, in the order of its manifest.
#[derive(Debug, Default)]
pub struct Needs<'a> {
    /// One need for each integration key.
    pub integrations: Vec<Need<'a>>,
    /// The secrets, as they were required.
    pub secrets: Vec<&'a Secret>,
}

/// A requirement and what the catalog says of it.
#[derive(Debug)]
pub struct Need<'a> {
    /// The requirement, with its place in the manifest.
    pub requirement: &'a Integration,
    /// Who grants it.
    pub provider: &'a Provider,
    /// What it allows; a requirement for the provider itself has none.
    pub capability: Option<&'a Capability>,
    /// The scopes that decide whether a grant covers it.
    pub scopes: ScopeSet,
    /// The scopes that the provider's API asks for: at least `scopes`.
    pub api_scopes: ScopeSet,
}

impl<'a> Needs<'a> {
    /// The providers that are needed, each once, in the order of the manifest.
    pub fn providers(&self) -> Vec<&'a Provider> {
        let mut providers: Vec<&Provider> = Vec::new();
        for need in &self.integrations {
            if !providers.iter().any(|known| known.slug == need.provider.slug) {
                providers.push(need.provider);
            }
        }
        providers
    }
}

/// Looks every requirement up.
///
/// # Errors
///
/// A finding for each provider, key and scope that the catalog does not have, and for each secret
/// whose name is a variable of xreq's own.
pub fn resolve<'a>(
    requirements: &'a Requirements,
    catalog: &'a Catalog,
) -> Result<Needs<'a>, Vec<Diagnostic>> {
    let mut needs = Needs::default();
    let mut findings = Vec::new();
    for integration in &requirements.integrations {
        match look_up(integration, catalog) {
            Ok(need) => needs.integrations.push(need),
            Err(unknown) => findings.extend(unknown),
        }
    }
    for secret in &requirements.secrets {
        match reserved(secret, catalog) {
            Some(finding) => findings.push(finding),
            None => needs.secrets.push(secret),
        }
    }
    if findings.is_empty() { Ok(needs) } else { Err(findings) }
}

fn look_up<'a>(
    integration: &'a Integration,
    catalog: &'a Catalog,
) -> Result<Need<'a>, Vec<Diagnostic>> {
    let slug = integration.provider();
    let provider =
        catalog.provider(slug).ok_or_else(|| vec![unknown_provider(integration, catalog)])?;
    if integration.key != slug {
        let capability = provider
            .capability(&integration.key)
            .ok_or_else(|| vec![unknown_key(integration, provider)])?;
        return Ok(Need {
            requirement: integration,
            provider,
            capability: Some(capability),
            scopes: capability.published.clone(),
            api_scopes: capability.api(),
        });
    }
    let unknown: Vec<_> = integration
        .scopes
        .iter()
        .filter(|scope| !provider.scopes.contains_key(&scope.name))
        .map(|scope| {
            let finding = Diagnostic::new(
                Rule::UnknownScope,
                scope.span.clone(),
                format!("provider `{slug}` has no scope {}", quoted(&scope.name)),
            );
            suggest(finding, &scope.name, provider.scopes.keys().map(String::as_str))
                .help(format!("`xreq catalog {slug}` lists its scopes"))
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let scopes: ScopeSet = integration.scopes.iter().map(|scope| scope.name.as_str()).collect();
    Ok(Need {
        requirement: integration,
        provider,
        capability: None,
        api_scopes: scopes.clone(),
        scopes,
    })
}

fn unknown_provider(integration: &Integration, catalog: &Catalog) -> Diagnostic {
    let slug = integration.provider();
    let finding = Diagnostic::new(
        Rule::UnknownProvider,
        integration.span.clone(),
        format!("no provider is called {}", quoted(slug)),
    )
    .help("`xreq catalog` lists the providers; `--catalog FILE` adds one of your own");
    let meant = nearest(slug, catalog.providers().iter().map(|provider| provider.slug.as_str()));
    match meant {
        Some(meant) if integration.key.len() < 100 => {
            let key = integration.key.replacen(slug, meant, 1);
            finding.label(format!("did you mean `{key}`?")).fix(key)
        }
        _ => finding,
    }
}

fn unknown_key(integration: &Integration, provider: &Provider) -> Diagnostic {
    let slug = &provider.slug;
    let finding = Diagnostic::new(
        Rule::UnknownKey,
        integration.span.clone(),
        format!("provider `{slug}` has no key {}", quoted(&integration.key)),
    )
    .help(format!("`xreq catalog {slug}` lists its keys"));
    suggest(finding, &integration.key, provider.capabilities.keys().map(String::as_str))
}

fn suggest<'c>(
    finding: Diagnostic,
    word: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Diagnostic {
    match nearest(word, candidates) {
        Some(meant) => finding.label(format!("did you mean `{meant}`?")).fix(meant),
        None => finding,
    }
}

/// A secret must not claim a variable that xreq sets itself or keeps from the agent.
fn reserved(secret: &Secret, catalog: &Catalog) -> Option<Diagnostic> {
    let name = secret.name.as_str();
    let (reason, help) = match catalog.owner_of_variable(name) {
        Some(provider) => (
            format!("{} is a variable that xreq itself sets or removes", quoted(name)),
            format!("require a key of `{}` instead: `xreq catalog {0}`", provider.slug),
        ),
        None if name.starts_with("XREQ_") => (
            format!("{} starts with `XREQ_`, as xreq's own variables do", quoted(name)),
            "rename it".into(),
        ),
        None => return None,
    };
    Some(Diagnostic::new(Rule::ReservedSecretName, secret.span.clone(), reason).help(help))
}
