//! What a newer manifest lets an agent do beyond an older one, and what no longer.
//!
//! Authority is scopes and secrets. A key whose scopes were asked for before gives none, however it
//! is called; the first requirement of a provider does, since the agent gets an access token by it.

use std::collections::BTreeSet;

use crate::catalog::Provider;
use crate::diagnostic::{Diagnostic, Rule, quoted};
use crate::manifest::{Integration, Secret};
use crate::name::DEFAULT_ACCOUNT;
use crate::resolve::{Need, Needs};
use crate::scope::ScopeSet;
use crate::verdict::Action;

/// Two manifests held against each other.
#[derive(Debug)]
pub struct Change<'a> {
    /// Needs of the newer manifest by which the agent can do more.
    pub gained: Vec<Step<'a>>,
    /// Needs of the older manifest without which the agent can do less.
    pub lost: Vec<Step<'a>>,
    /// Secrets that the agent did not get before.
    pub new_secrets: Vec<&'a Secret>,
    /// Secrets that the agent no longer gets.
    pub old_secrets: Vec<&'a Secret>,
    /// Requirements of the newer manifest that are other than before, without more authority.
    pub reworded: Vec<Reworded<'a>>,
    /// Requirements of the older manifest that are gone, without less authority.
    pub dropped: Vec<&'a Integration>,
}

/// A need, and the scopes that it alone brings.
#[derive(Debug)]
pub struct Step<'a> {
    /// The need.
    pub need: &'a Need<'a>,
    /// The scopes that the other manifest does not ask for.
    pub scopes: ScopeSet,
}

/// A requirement that changed, although the agent can do no more by it.
#[derive(Debug)]
pub struct Reworded<'a> {
    /// The requirement, as the newer manifest has it.
    pub requirement: &'a Integration,
    /// What changed, in words.
    pub what: &'static str,
}

/// A grant, as far as the question whether it is enough goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// Who granted it.
    pub provider: String,
    /// The account.
    pub account: String,
    /// The scopes.
    pub scopes: ScopeSet,
}

/// Who has to consent before the agent can do what the newer manifest asks for.
#[derive(Debug)]
pub struct Consent<'a> {
    /// The provider that is asked.
    pub provider: &'a Provider,
    /// The account; none where no account is known, and so all are concerned.
    pub account: Option<String>,
    /// What it has not granted.
    pub missing: ScopeSet,
}

/// Holds two manifests against each other.
pub fn change<'a>(old: &'a Needs<'a>, new: &'a Needs<'a>) -> Change<'a> {
    let (gained, lost) = (steps(old, new), steps(new, old));
    let is_there = |key: &str| new.integrations.iter().any(|need| need.requirement.key == key);
    let dropped = old
        .integrations
        .iter()
        .filter(|need| !lost.iter().any(|step| std::ptr::eq(step.need, *need)))
        .map(|need| need.requirement)
        .filter(|requirement| !is_there(&requirement.key))
        .collect();
    let reworded = new
        .integrations
        .iter()
        .filter(|need| !gained.iter().any(|step| std::ptr::eq(step.need, *need)))
        .filter_map(|need| reworded(need.requirement, old))
        .collect();
    Change {
        gained,
        lost,
        new_secrets: secrets(old, new),
        old_secrets: secrets(new, old),
        reworded,
        dropped,
    }
}

impl<'a> Change<'a> {
    /// Whether the agent can do something that it could not do before.
    pub fn is_widening(&self) -> bool {
        !self.gained.is_empty() || !self.new_secrets.is_empty()
    }

    /// Who has to consent to what is new: of the grants that are stored, those that lack it; where
    /// no grant of a provider is known, whoever is connected elsewhere.
    pub fn consents(&self, stored: &[Granted]) -> Vec<Consent<'a>> {
        let mut seen = BTreeSet::new();
        let providers = self.gained.iter().map(|step| step.need.provider);
        let mut consents = Vec::new();
        for provider in providers.filter(|provider| seen.insert(provider.slug.as_str())) {
            let mut asked = ScopeSet::default();
            for step in self.gained.iter().filter(|step| step.need.provider.slug == provider.slug) {
                asked.add_all(&step.scopes);
            }
            let known: Vec<_> =
                stored.iter().filter(|grant| grant.provider == provider.slug).collect();
            if known.is_empty() {
                consents.push(Consent { provider, account: None, missing: asked.clone() });
            }
            consents.extend(known.into_iter().map(|grant| Consent {
                provider,
                account: Some(grant.account.clone()),
                missing: asked.minus(&grant.scopes),
            }));
        }
        consents.retain(|consent| !consent.missing.is_empty());
        consents
    }

    /// What there is to say of the newer manifest, with places in it.
    pub fn findings(&self, consents: &[Consent<'_>]) -> Vec<Diagnostic> {
        let mut findings: Vec<_> = self.gained.iter().map(gained_finding).collect();
        findings.extend(self.new_secrets.iter().map(|secret| {
            let message = format!("the agent now gets the secret {}", quoted(&secret.name));
            Diagnostic::new(Rule::NewAuthority, secret.span.clone(), message)
        }));
        findings.extend(self.reworded.iter().map(|reworded| {
            let Integration { key, span, .. } = reworded.requirement;
            let message = format!("{} {}", quoted(key), reworded.what);
            Diagnostic::new(Rule::SameAuthority, span.clone(), message)
        }));
        findings.extend(consents.iter().map(|consent| self.consent_finding(consent)));
        findings
    }

    /// What there is to say of the older manifest, with places in it.
    pub fn old_findings(&self) -> Vec<Diagnostic> {
        let mut findings: Vec<_> = self.lost.iter().map(lost_finding).collect();
        findings.extend(self.old_secrets.iter().map(|secret| {
            let message = format!("the agent no longer gets the secret {}", quoted(&secret.name));
            Diagnostic::new(Rule::LessAuthority, secret.span.clone(), message)
        }));
        findings.extend(self.dropped.iter().map(|requirement| {
            let key = quoted(&requirement.key);
            let message = format!("{key} is gone, and all that it asked for is still asked for");
            Diagnostic::new(Rule::SameAuthority, requirement.span.clone(), message)
        }));
        findings
    }

    fn consent_finding(&self, consent: &Consent<'_>) -> Diagnostic {
        let Consent { provider, account, missing } = consent;
        let slug = &provider.slug;
        let of_provider = self.gained.iter().find(|step| step.need.provider.slug == *slug);
        let place = of_provider.map_or(0..0, |step| step.need.requirement.span.clone());
        let message = match account {
            Some(account) => {
                format!("{slug} ({account}) has to consent again: it has not granted {missing}")
            }
            None => format!("whoever is connected to {slug} has to consent again, to {missing}"),
        };
        let connect = Action::Connect {
            provider: slug.clone(),
            account: account.clone().unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned()),
        };
        let mut help = format!("run `{}`", connect.command());
        if provider.quirks.one_grant_per_client_and_account {
            help.push_str("; the new grant takes the place of the old one");
        }
        Diagnostic::new(Rule::ConsentNeeded, place, message).help(help)
    }
}

impl Step<'_> {
    /// What the need lets an agent do, in words that complete "the agent can …".
    pub fn ability(&self) -> String {
        if let Some(capability) = self.need.capability {
            return capability.allows.clone();
        }
        let title = &self.need.provider.title;
        if self.scopes.is_empty() {
            format!("act on an account of {title}, as far as this was granted")
        } else {
            format!("act on an account of {title} with the scopes {}", self.scopes)
        }
    }
}

/// The needs of `new` that bring something which `old` does not have.
fn steps<'a>(old: &Needs<'_>, new: &'a Needs<'a>) -> Vec<Step<'a>> {
    let step = |need: &'a Need<'a>| {
        let of_provider: Vec<_> =
            old.integrations.iter().filter(|o| o.provider.slug == need.provider.slug).collect();
        let mut before = ScopeSet::default();
        for other in &of_provider {
            before.add_all(&other.api_scopes);
        }
        let scopes = need.api_scopes.minus(&before);
        (of_provider.is_empty() || !scopes.is_empty()).then_some(Step { need, scopes })
    };
    new.integrations.iter().filter_map(step).collect()
}

/// The secrets of `new` that `old` does not have.
fn secrets<'a>(old: &Needs<'_>, new: &Needs<'a>) -> Vec<&'a Secret> {
    let is_new = |secret: &&&Secret| !old.secrets.iter().any(|other| other.name == secret.name);
    new.secrets.iter().filter(is_new).copied().collect()
}

fn reworded<'a>(requirement: &'a Integration, old: &Needs<'_>) -> Option<Reworded<'a>> {
    let before = old.integrations.iter().find(|need| need.requirement.key == requirement.key);
    let what = match before.map(|need| need.requirement.optional) {
        None => "is new, and asks for nothing that was not asked for before",
        Some(true) if !requirement.optional => "was optional, and is now required",
        Some(false) if requirement.optional => "was required, and is now optional",
        Some(_) => return None,
    };
    Some(Reworded { requirement, what })
}

fn gained_finding(step: &Step<'_>) -> Diagnostic {
    let requirement = step.need.requirement;
    let message = format!("the agent can now {}", step.ability());
    let finding = Diagnostic::new(Rule::NewAuthority, requirement.span.clone(), message);
    let manner = if requirement.optional { ", where they are granted: it is optional" } else { "" };
    if step.scopes.is_empty() {
        finding
    } else {
        finding.label(format!("new scopes: {}{manner}", step.scopes))
    }
}

fn lost_finding(step: &Step<'_>) -> Diagnostic {
    let message = format!("the agent can no longer {}", step.ability());
    let finding = Diagnostic::new(Rule::LessAuthority, step.need.requirement.span.clone(), message);
    if step.scopes.is_empty() {
        finding
    } else {
        finding.label(format!("scopes that go: {}", step.scopes))
    }
}

#[cfg(test)]
mod tests;
