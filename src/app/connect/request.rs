//! The request for consent: the scopes, and what wants each of them.

use std::fmt;

use indexmap::IndexMap;

use crate::app::context::refuse_secret;
use crate::catalog::{Demand, Provider, Selection, Wanted};
use crate::credential::freshness::is_rejected;
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::model::credential_id::Part;
use crate::model::scope::{ScopeSet, is_scope};
use crate::policy::needs::Need;
use crate::store::GrantMetadata;
use crate::text::nearest::nearest;

/// The scopes that an account's owner is asked for.
pub(crate) struct ConsentRequest {
    pub(crate) scopes: ScopeSet,
    /// The same in the order in which they came up, each with what wants it.
    pub(crate) wanted: IndexMap<String, Reasons>,
    /// Those of the scopes that the label's grant has.
    pub(crate) granted_before: ScopeSet,
    /// What requirements take, and of its alternatives the one that is asked for.
    demands: Vec<(Demand, ScopeSet)>,
    /// What is asked for besides.
    besides: ScopeSet,
    /// The scopes that stay granted without being asked for, since the provider adds the others to them.
    pub(super) kept: ScopeSet,
    /// The account that they were granted by.
    kept_of: Option<String>,
}

/// The reasons why a scope is asked for.
#[derive(Debug, Default)]
pub(crate) struct Reasons {
    /// The keys that take it, in words.
    keys: Vec<String>,
    /// The others, in words.
    others: Vec<String>,
}

impl Reasons {
    /// Returns the keys, or what else wants it where no key does.
    pub(crate) fn brief(&self) -> String {
        if self.keys.is_empty() { self.others.join(", ") } else { self.keys.join(", ") }
    }
}

/// As in "for x.tweet.read, granted before".
impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = if self.keys.is_empty() { "" } else { "for " };
        let keys = self.keys.iter().map(String::as_str);
        let all: Vec<_> = keys.chain(self.others.iter().map(String::as_str)).collect();
        write!(f, "{before}{}", all.join(", "))
    }
}

impl ConsentRequest {
    /// Collects what the needs take, published or not, of each the alternative that lets the agent do
    /// the least beyond them; what was added by hand; what was granted before, since a new grant may end
    /// the old one; and a refresh token. What a scope includes is not asked for beside it.
    ///
    /// `None`: nothing wants this part of a consent.
    pub(super) fn new(
        provider: &Provider,
        part: &Part,
        needs: &[&Need<'_>],
        added: &[&str],
        before: Option<&GrantMetadata>,
    ) -> Result<Option<Self>> {
        let mut besides = Vec::new();
        for scope in added {
            refuse_secret("scope", scope)?;
            if !is_scope(scope) {
                return Err(unknown_scope(scope, provider));
            }
            besides.push((*scope, "asked for by name"));
        }
        let earlier = before.iter().flat_map(|grant| grant.scopes.iter());
        besides.extend(earlier.map(|scope| (scope, "granted before")));
        let asks_nothing = |need: &&Need<'_>| {
            need.api_scopes.is_empty() && need.capability.is_none() && !provider.scopes.is_empty()
        };
        if before.is_none() && besides.is_empty() && needs.iter().all(asks_nothing) {
            return Ok(None);
        }
        let can_be_had = |scope: &&str| provider.parts_with(scope).contains(part);
        let always = provider.always_scopes.iter().filter(can_be_had);
        besides.extend(always.map(|scope| (scope, "asked for each time")));
        let offline = provider.offline_scope.as_deref().filter(can_be_had);
        besides.extend(offline.map(|scope| (scope, "to stay connected")));
        let known = |scope: &&&str| provider.scopes.contains_key(provider.wire_name(scope));
        if let Some(scope) = added.iter().find(|scope| !known(scope)) {
            return Err(unknown_scope(scope, provider));
        }
        if let Some(scope) = added.iter().find(|scope| !can_be_had(scope)) {
            let message = format!("no {} token can have `{scope}`", part.as_str());
            return Err(Error::new(Code::BadArgument, message));
        }
        let mut request = Self::select(provider, needs, &besides);
        let scopes = &request.scopes;
        if !scopes.fits() {
            let message = format!(
                "{} scopes would be asked for, and a grant keeps {} of {} KiB",
                scopes.len(),
                ScopeSet::MOST,
                ScopeSet::MOST_BYTES >> 10
            );
            return Err(Error::new(Code::BadArgument, message).with_hint("name fewer keys"));
        }
        request.keep(provider, before);
        let has = |scope: &&str| before.is_some_and(|grant| grant.scopes.contains(scope));
        request.granted_before = request.scopes.iter().filter(has).collect();
        Ok(Some(request))
    }

    /// Leaves out what stays granted from an earlier consent: nothing where the provider does not keep
    /// it, the grant is dead, or nothing else is left to ask for.
    fn keep(&mut self, provider: &Provider, before: Option<&GrantMetadata>) {
        let live = before.filter(|grant| !is_rejected(grant));
        let Some(grant) = live.filter(|_| provider.authorize.keeps_earlier_scopes()) else {
            return;
        };
        let more = provider.missing(&self.scopes, &grant.scopes);
        let accompanying = provider.accompanying_scopes();
        if provider.missing(&more, &accompanying).is_empty() {
            return;
        }
        let is_asked = |scope: &str| more.contains(scope) || accompanying.contains(scope);
        self.scopes = self.scopes.iter().filter(|scope| is_asked(scope)).collect();
        self.wanted.retain(|scope, _| is_asked(scope));
        self.kept = grant.scopes.clone();
        self.kept_of.clone_from(&grant.account_id);
    }

    /// Selects the scopes for needs and those `besides`, each with why, and notes what wants them.
    fn select(provider: &Provider, needs: &[&Need<'_>], besides: &[(&str, &str)]) -> Self {
        let wanted = needs
            .iter()
            .map(|need| Wanted { key: &need.requirement.key, scopes: need.api_alternatives() });
        let wanted: Vec<_> = wanted.collect();
        let others: ScopeSet = besides.iter().map(|(scope, _)| *scope).collect();
        let Selection { chosen, scopes } = provider.select(&wanted, &others);
        let mut reasons: IndexMap<String, Reasons> = IndexMap::new();
        let mut entry = |scope: &str, add: &dyn Fn(&mut Reasons, Option<&str>)| {
            let Some(asked) = provider.including(&scopes, scope) else { return };
            let wire = provider.wire_name(scope);
            let included = (asked != wire).then_some(wire);
            add(reasons.entry(asked.to_owned()).or_default(), included);
        };
        for (need, chosen) in wanted.iter().zip(&chosen) {
            let meant = need.scopes.first();
            let instead =
                if *chosen == meant { String::new() } else { format!(" (in place of {meant})") };
            for scope in chosen.iter() {
                entry(scope, &|reasons, included| {
                    let included =
                        included.map_or_else(String::new, |it| format!(" (includes {it})"));
                    reasons.keys.push(format!("{}{instead}{included}", need.key));
                });
            }
        }
        for (scope, why) in besides {
            entry(scope, &|reasons, included| {
                reasons.others.push(match included {
                    Some(included) => format!("{included} {why}"),
                    None => (*why).to_owned(),
                });
            });
        }
        let demands = wanted.iter().zip(chosen);
        let demands = demands.map(|(need, chosen)| (need.scopes.into(), chosen.clone())).collect();
        Self {
            scopes,
            wanted: reasons,
            granted_before: ScopeSet::default(),
            demands,
            besides: others,
            kept: ScopeSet::default(),
            kept_of: None,
        }
    }

    /// Returns the scopes that were asked for and that a grant lacks; none of a need that the grant
    /// covers in another way, and not that of a refresh token which it has: some providers leave it out
    /// of their answers.
    pub(super) fn missing(&self, provider: &Provider, grant: &GrantMetadata) -> ScopeSet {
        let mut granted = grant.scopes.clone();
        if let Some(scope) = provider.offline_scope.as_deref().filter(|_| grant.refreshable) {
            granted.add(scope);
        }
        let granted = &granted;
        let mut missing = provider.missing(&self.besides, granted);
        for (demand, chosen) in &self.demands {
            let coverage = provider.coverage(demand.alternatives(), granted);
            if !coverage.missing_of_whole.is_empty() {
                missing.add_all(&provider.missing(chosen, granted));
            }
        }
        provider.reduced(&missing)
    }

    /// Adds the scopes that stay granted to those of a grant whose answer named none, if it is the same
    /// account's.
    pub(super) fn complete(&self, grant: &mut GrantMetadata) {
        if grant.scopes_assumed && grant.account_id.is_some() && grant.account_id == self.kept_of {
            grant.scopes.add_all(&self.kept);
        }
    }

    /// Returns what wants this scope.
    pub(super) fn wanted_by(&self, scope: &str) -> String {
        self.wanted.get(scope).map_or_else(String::new, ToString::to_string)
    }
}

/// Returns what a scope allows, in the words of the catalog.
pub(crate) fn describe<'a>(provider: &'a Provider, scope: &str) -> &'a str {
    provider
        .scopes
        .get(provider.wire_name(scope))
        .map_or("(not in the catalog)", |found| &found.text)
}

/// Returns the refusal of a scope that a provider does not know.
pub(crate) fn unknown_scope(scope: &str, provider: &Provider) -> Error {
    let known = provider.scopes.keys().chain(provider.scope_aliases.keys()).map(String::as_str);
    let remedy = match nearest(scope, known) {
        Some(meant) => format!("did you mean `{meant}`?").into(),
        None => Remedy::ShowProvider { provider: provider.slug.to_string(), part: "scopes" },
    };
    Error::new(Code::BadArgument, format!("{} has no scope `{scope}`", provider.title))
        .with_remedy(remedy)
}

pub(super) fn nothing(provider: &Provider, has_manifest: bool) -> Error {
    let slug = &provider.slug;
    let message = if has_manifest {
        format!("the manifest requires nothing of {slug}")
    } else {
        format!("there is no manifest here that says what to ask {} for", provider.title)
    };
    let key = provider.capabilities.keys().next();
    let such = key.map_or_else(String::new, |key| format!(", such as `{key}`"));
    Error::new(Code::MissingParams, message).with_hint(advice![
        format!("name keys{such}, or scopes with "),
        Parameter::AddScope,
        "; ",
        Remedy::ShowProvider { provider: slug.to_string(), part: "keys and scopes" }
    ])
}
