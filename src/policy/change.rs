//! The difference in authority between an older manifest and a newer one.
//!
//! Authority is scopes and secrets, and the ways on which these reach the agent and commands that run
//! beside it. A requirement gives new authority where the older manifest asks
//! for less: fewer of the scopes that are published for keys, which is what platforms grant, or fewer
//! of those that the provider's API demands, which is what `xreq connect` asks for. The first
//! requirement of a provider gives some in any case: an access token.

pub mod report;
mod step;
mod ways;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::catalog::{Coverage, Provider};
use crate::error::{Remedy, advice};
use crate::findings::{Diagnostic, Rule};
use crate::manifest::SecretRequirement;
use crate::model::credential_id::Part;
use crate::model::name::{Slug, named_account};
use crate::model::scope::ScopeSet;
use crate::policy::needs::{Need, Needs};
use crate::text::escape::quoted;
pub use step::Step;
use step::{Asked, asked_by, gain, loss};
pub use ways::{OwnWay, Way};

/// Two manifests held against each other.
#[derive(Debug)]
pub struct Change<'a> {
    /// Needs of the newer manifest by which the agent can do more.
    pub gained: Vec<Step<'a>>,
    /// Needs of the older manifest without which the agent can do less.
    pub lost: Vec<Step<'a>>,
    /// Secrets that the agent did not get before.
    pub new_secrets: Vec<&'a SecretRequirement>,
    /// Secrets that the agent no longer gets.
    pub old_secrets: Vec<&'a SecretRequirement>,
    /// Requirements of the newer manifest that are other than before, without more authority.
    pub reworded: Vec<Rewording<'a>>,
    /// Requirements of the older manifest that are gone, without less authority.
    pub dropped: Vec<Rewording<'a>>,
    /// Ways to the agent that the older manifest does not have.
    pub new_ways: Vec<OwnWay<'a>>,
    /// Ways to the agent that the newer manifest does not have.
    pub old_ways: Vec<OwnWay<'a>>,
    old: &'a Needs<'a>,
    new: &'a Needs<'a>,
}

/// A requirement that changed, although the agent can do as much as before.
#[derive(Debug)]
pub struct Rewording<'a> {
    /// The key or the secret.
    pub name: &'a str,
    /// Its place in the manifest.
    pub span: Range<usize>,
    /// The change, in words.
    pub what: Cow<'static, str>,
}

/// A grant, as far as the question whether it is enough goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The provider that granted it.
    pub provider: Slug,
    /// The account.
    pub account: String,
    /// The part of its consent.
    pub part: Part,
    /// The scopes.
    pub scopes: ScopeSet,
}

/// A consent that is needed before the agent can do what the newer manifest asks for.
#[derive(Debug)]
pub struct Consent<'a> {
    /// The provider that is asked.
    pub provider: &'a Provider,
    /// The account; none where no account is known, and so all are concerned.
    pub account: Option<String>,
    /// The part of the consent.
    pub part: Part,
    /// The scopes that it has not granted.
    pub missing: ScopeSet,
    /// `true` if the older manifest asks for something of the provider, too.
    pub again: bool,
}

/// Holds two manifests against each other.
pub fn change<'a>(old: &'a Needs<'a>, new: &'a Needs<'a>) -> Change<'a> {
    let (asked_before, asked) = (asked_by(old, new), asked_by(new, old));
    let gained = new.integrations.iter();
    let gained = gained.filter_map(|need| gain(need, &asked_before[&need.token()]));
    let gained: Vec<_> = gained.collect();
    let lost = old.integrations.iter();
    let lost = lost.filter_map(|need| loss(need, new, &asked[&need.token()]));
    let lost: Vec<_> = lost.collect();
    let is_step = |steps: &[Step<'_>], need: &Need<'_>| {
        steps.iter().any(|step| std::ptr::eq(step.need, need))
    };
    let kept = new.integrations.iter().filter(|need| !is_step(&gained, need));
    let reworded = kept.filter_map(|need| reworded_key(need, old, &asked_before));
    let mut reworded: Vec<_> = reworded.collect();
    reworded.extend(reworded_secrets(old, new));
    let still: HashSet<_> = new.integrations.iter().map(|need| &need.requirement.key).collect();
    let gone = old.integrations.iter().filter(|need| !is_step(&lost, need));
    let gone = gone.filter(|need| !still.contains(&need.requirement.key));
    let dropped = gone.map(|need| Rewording {
        name: &need.requirement.key,
        span: need.requirement.span.clone(),
        what: "is gone, and all that it asked for is still asked for".into(),
    });
    Change {
        dropped: dropped.collect(),
        gained,
        lost,
        new_secrets: secrets(old, new),
        old_secrets: secrets(new, old),
        reworded,
        new_ways: ways::beyond(old, new),
        old_ways: ways::beyond(new, old),
        old,
        new,
    }
}

impl<'a> Change<'a> {
    /// Returns whether the agent can do something that it could not do before.
    pub fn is_widening(&self) -> bool {
        !self.gained.is_empty() || !self.new_secrets.is_empty() || !self.new_ways.is_empty()
    }

    /// Returns the consents that are needed: of the grants that are stored, those that lack
    /// something only now, or lack what was optional and is required now; if no grant of a provider
    /// is known, that of the accounts connected elsewhere, to the scopes that are new.
    pub fn consents(&self, stored: &[Granted]) -> Vec<Consent<'a>> {
        let mut consents = Vec::new();
        for (provider, part) in self.new.tokens() {
            let is_its = |need: &&Need<'_>| need.part() == part;
            let again = self.old.of(provider).any(|need| is_its(&need));
            // Those of the steps whose needs a grant does not cover, be it in another way.
            let asked = |granted: &ScopeSet| {
                let of_provider = |step: &&Step<'_>| step.need.provider.slug == provider.slug;
                let mut asked = ScopeSet::default();
                let asking = self.gained.iter().filter(of_provider);
                let asking = asking.filter(|step| is_its(&step.need));
                for step in asking.filter(|step| step.need.takes_grants()) {
                    let need = step.need;
                    let is_short = |coverage: Coverage<'_>| !coverage.missing_of_whole.is_empty();
                    if is_short(need.coverage(granted)) || is_short(need.api_coverage(granted)) {
                        asked.add_all(&step.scopes);
                    }
                }
                asked
            };
            let mut known = stored
                .iter()
                .filter(|it| it.provider == provider.slug && it.part == *part)
                .peekable();
            if known.peek().is_none() {
                let missing = asked(&ScopeSet::default());
                consents.push(Consent {
                    provider,
                    account: None,
                    part: part.clone(),
                    missing,
                    again,
                });
            }
            consents.extend(known.map(|grant| {
                let mut missing = provider.missing(&asked(&grant.scopes), &grant.scopes);
                for only_required in [false, true] {
                    let now = lacking(self.new, grant, only_required);
                    missing.add_all(&now.minus(&lacking(self.old, grant, only_required)));
                }
                let account = Some(grant.account.clone());
                Consent { provider, account, part: part.clone(), missing, again }
            }));
        }
        consents.retain(|consent| !consent.missing.is_empty());
        consents
    }

    /// Returns the findings about the newer manifest, with places in it.
    pub fn findings(&self, consents: &[Consent<'_>]) -> Vec<Diagnostic> {
        let mut findings: Vec<_> = self.gained.iter().map(gained_finding).collect();
        findings.extend(self.new_secrets.iter().map(|secret| {
            let message = format!("the agent now gets the secret {}", quoted(&secret.name));
            Diagnostic::new(Rule::NewAuthority, secret.span.clone(), message)
        }));
        findings.extend(self.new_ways.iter().map(|OwnWay { way, span }| {
            Diagnostic::new(Rule::NewAuthority, span.clone(), way.gained())
        }));
        findings.extend(self.reworded.iter().map(reworded_finding));
        findings.extend(consents.iter().map(|consent| self.consent_finding(consent)));
        findings
    }

    /// Returns the findings about the older manifest, with places in it.
    pub fn old_findings(&self) -> Vec<Diagnostic> {
        let mut findings: Vec<_> = self.lost.iter().map(lost_finding).collect();
        findings.extend(self.old_secrets.iter().map(|secret| {
            let message = format!("the agent no longer gets the secret {}", quoted(&secret.name));
            Diagnostic::new(Rule::LessAuthority, secret.span.clone(), message)
        }));
        findings.extend(self.old_ways.iter().map(|OwnWay { way, span }| {
            Diagnostic::new(Rule::LessAuthority, span.clone(), way.lost())
        }));
        findings.extend(self.dropped.iter().map(reworded_finding));
        findings
    }

    /// Returns the finding for a consent. It stands where the newer manifest first asks for
    /// something that is missing.
    fn consent_finding(&self, consent: &Consent<'_>) -> Diagnostic {
        let Consent { provider, account, part, missing, .. } = consent;
        let asking = self
            .new
            .of(provider)
            .find(|need| {
                need.part() == part
                    && need.api_alternatives().iter().any(|it| !missing.is_disjoint(it))
            })
            .map_or(0..0, |need| need.requirement.span.clone());
        let label = account.as_deref().and_then(named_account);
        let mut help = match account {
            // As `check` asks for them.
            Some(_) => Remedy::AddScopes {
                provider: provider.slug.to_string(),
                account: label.map(str::to_owned),
                part: (!part.is_main()).then(|| part.as_str().to_owned()),
                scopes: missing.iter().map(str::to_owned).collect(),
            },
            None => Remedy::connect(provider.slug.as_str(), label),
        };
        if consent.again && provider.quirks.one_grant_per_client_and_account {
            help = advice![help, "\nthe new grant takes the place of the old one"].into();
        }
        Diagnostic::new(Rule::ConsentNeeded, asking, consent.in_words()).help(help)
    }
}

impl Consent<'_> {
    /// Returns who has to consent to what, in words.
    pub fn in_words(&self) -> String {
        let slug = &self.provider.slug;
        let again = if self.again { " again" } else { "" };
        let missing = &self.missing;
        match &self.account {
            Some(account) => {
                format!("{slug} ({account}) has to consent{again}: it has not granted {missing}")
            }
            None => format!("accounts of {slug} have to consent{again}, to: {missing}"),
        }
    }
}

/// Returns the scopes that decide whether needs are met, and that a grant does not have.
fn lacking(needs: &Needs<'_>, grant: &Granted, only_required: bool) -> ScopeSet {
    let mut lacking = ScopeSet::default();
    let of_grant = needs.integrations.iter().filter(|need| need.provider.slug == grant.provider);
    let of_grant = of_grant.filter(|need| need.takes_grants() && *need.part() == grant.part);
    for need in of_grant.filter(|need| !(only_required && need.requirement.optional)) {
        lacking.add_all(&need.coverage(&grant.scopes).missing);
    }
    lacking
}

/// Returns the secrets of `new` that `old` does not have.
fn secrets<'a>(old: &Needs<'_>, new: &Needs<'a>) -> Vec<&'a SecretRequirement> {
    let known: HashSet<_> = old.secrets.iter().map(|secret| &secret.name).collect();
    new.secrets.iter().filter(|secret| !known.contains(&secret.name)).copied().collect()
}

fn reworded_key<'a>(
    need: &'a Need<'a>,
    old: &Needs<'_>,
    asked: &HashMap<(&Slug, &Part), Asked>,
) -> Option<Rewording<'a>> {
    let requirement = need.requirement;
    let before = old.integrations.iter().find(|need| need.requirement.key == requirement.key);
    let what = match before {
        None => {
            let demanded = &asked[&need.token()].demanded;
            let alternative = need.api_coverage(demanded).alternative;
            let ways = need.provider.inclusions(alternative, demanded).into_iter();
            let ways = ways.map(|it| format!("; {} is included in {}", it.scope, it.granted));
            let new = "is new, and asks for nothing that was not asked for before";
            std::iter::once(new.to_owned()).chain(ways).collect::<String>().into()
        }
        Some(before) => turned(before.requirement.optional, requirement.optional)?.into(),
    };
    Some(Rewording { name: &requirement.key, span: requirement.span.clone(), what })
}

fn reworded_secrets<'a>(old: &'a Needs<'a>, new: &'a Needs<'a>) -> Vec<Rewording<'a>> {
    let optional: HashSet<(&str, bool)> =
        old.secrets.iter().map(|secret| (secret.name.as_str(), secret.optional)).collect();
    let turned = |secret: &&'a SecretRequirement| {
        let was = !secret.optional;
        let what = optional.contains(&(&secret.name, was)).then(|| turned(was, !was)).flatten()?;
        Some(Rewording { name: &secret.name, span: secret.span.clone(), what: what.into() })
    };
    new.secrets.iter().filter_map(turned).collect()
}

fn turned(was_optional: bool, is_optional: bool) -> Option<&'static str> {
    match (was_optional, is_optional) {
        (true, false) => Some("was optional, and is now required"),
        (false, true) => Some("was required, and is now optional"),
        _ => None,
    }
}

fn gained_finding(step: &Step<'_>) -> Diagnostic {
    let requirement = step.need.requirement;
    let message = format!("the agent can now {}", step.ability());
    let finding = Diagnostic::new(Rule::NewAuthority, requirement.span.clone(), message);
    let manner = if requirement.optional { " (optional)" } else { "" };
    if step.scopes.is_empty() {
        finding
    } else {
        finding.label(format!("new scopes: {}{manner}", step.scopes))
    }
}

fn lost_finding(step: &Step<'_>) -> Diagnostic {
    let message = format!("the agent can no longer {}", step.ability());
    let finding = Diagnostic::new(Rule::LessAuthority, step.need.requirement.span.clone(), message)
        .help("what was granted stays granted until the account is disconnected");
    if step.scopes.is_empty() {
        finding
    } else {
        finding.label(format!("scopes that go: {}", step.scopes))
    }
}

fn reworded_finding(reworded: &Rewording<'_>) -> Diagnostic {
    let message = format!("{} {}", quoted(reworded.name), reworded.what);
    Diagnostic::new(Rule::SameAuthority, reworded.span.clone(), message)
}

#[cfg(test)]
mod tests;
