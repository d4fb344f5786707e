//! Needs that give an agent more authority than another manifest, or without which it has less.

use std::collections::HashMap;

use crate::catalog::{Provider, Wanted};
use crate::model::credential_id::Part;
use crate::model::name::Slug;
use crate::model::scope::ScopeSet;
use crate::policy::needs::{Need, Needs};

/// A need, and the scopes that it alone brings.
#[derive(Debug)]
pub struct Step<'a> {
    /// The need.
    pub need: &'a Need<'a>,
    /// The scopes that the other manifest does not ask for.
    pub scopes: ScopeSet,
}

impl Step<'_> {
    /// Returns the ability that the need gives an agent, in words that complete "the agent can …".
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

/// The scopes that needs of one provider ask for.
#[derive(Debug)]
pub(super) struct Asked {
    /// Those that are published for keys: the ones that platforms grant.
    published: ScopeSet,
    /// Those that consent is asked for.
    pub(super) demanded: ScopeSet,
    /// `true` if nothing of the provider is needed.
    is_nothing: bool,
}

/// Returns what `needs` ask for, of each provider and part of its consents of which `others` need
/// something.
pub(super) fn asked_by<'a>(
    needs: &Needs<'_>,
    others: &'a Needs<'_>,
) -> HashMap<(&'a Slug, &'a Part), Asked> {
    let tokens = others.tokens().into_iter();
    tokens.map(|(of, part)| ((&of.slug, part), Asked::by(needs, of, part))).collect()
}

impl Asked {
    fn by(needs: &Needs<'_>, provider: &Provider, part: &Part) -> Self {
        let mut published = ScopeSet::default();
        let mut wanted = Vec::new();
        for need in needs.of(provider).filter(|need| need.part() == part) {
            published.add_all(&need.scopes);
            let key = need.requirement.key.as_str();
            wanted.push(Wanted { key, scopes: need.api_alternatives() });
        }
        let demanded = provider.select(&wanted, &ScopeSet::default()).scopes;
        Self { published, demanded, is_nothing: wanted.is_empty() }
    }
}

/// Returns the scopes that a need of the newer manifest brings.
pub(super) fn gain<'a>(need: &'a Need<'a>, old: &Asked) -> Option<Step<'a>> {
    let demanded = need.provider.coverage(need.api_alternatives(), &old.demanded);
    let published = need.coverage(&old.published);
    let mut scopes = demanded.missing_of_whole.clone();
    scopes.add_all(&published.missing_of_whole);
    (old.is_nothing || !scopes.is_empty()).then_some(Step { need, scopes })
}

/// Returns the scopes that go with a need of the older manifest: those that the newer one does not
/// ask for in any way. A requirement for the provider itself leaves open what the agent does.
pub(super) fn loss<'a>(need: &'a Need<'a>, new: &Needs<'_>, asked: &Asked) -> Option<Step<'a>> {
    let is_open = |need: &Need<'_>| need.capability.is_none() && need.scopes.is_empty();
    if new.of(need.provider).any(is_open) {
        return None;
    }
    let coverage = need.provider.coverage(need.api_alternatives(), &asked.demanded);
    let scopes = coverage.missing_of_whole.clone();
    (asked.is_nothing || !scopes.is_empty()).then_some(Step { need, scopes })
}
