//! The request for consent: the scopes, and what wants each of them.

use std::fmt;

use indexmap::IndexMap;

use crate::app::context::refuse_secret;
use crate::catalog::Provider;
use crate::credential::freshness::is_rejected;
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::model::scope::{ScopeSet, is_scope};
use crate::policy::needs::Needs;
use crate::store::GrantMetadata;
use crate::text::nearest::nearest;

/// The scopes that an account's owner is asked for.
pub(crate) struct ConsentRequest {
    pub(crate) scopes: ScopeSet,
    /// The same in the order in which they came up, each with what wants it.
    pub(crate) wanted: IndexMap<String, Reasons>,
    /// The scopes that stay granted without being asked for, since the provider adds the others to them.
    pub(super) kept: ScopeSet,
    /// The account that they were granted by.
    kept_of: Option<String>,
}

/// The reasons why a scope is asked for.
#[derive(Debug, Default)]
pub(crate) struct Reasons {
    keys: Vec<String>,
    /// The others, in words.
    others: Vec<&'static str>,
}

/// As in "for x.tweet.read, granted before".
impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = if self.keys.is_empty() { "" } else { "for " };
        let keys = self.keys.iter().map(String::as_str);
        let all: Vec<_> = keys.chain(self.others.iter().copied()).collect();
        write!(f, "{before}{}", all.join(", "))
    }
}

impl ConsentRequest {
    /// Collects what the needs take, published or not; what was added by hand; what was granted
    /// before, since a new grant may end the old one; and a refresh token.
    pub(super) fn new(
        provider: &Provider,
        needs: Option<&Needs<'_>>,
        added: &[String],
        before: Option<&GrantMetadata>,
    ) -> Result<Self> {
        let mut wanted: IndexMap<String, Reasons> = IndexMap::new();
        for need in needs.iter().flat_map(|needs| needs.of(provider)) {
            for scope in need.api_scopes.iter() {
                let reasons = wanted.entry(scope.to_owned()).or_default();
                reasons.keys.push(need.requirement.key.clone());
            }
        }
        let mut want =
            |scope: &str, why| wanted.entry(scope.to_owned()).or_default().others.push(why);
        for scope in added {
            refuse_secret("scope", scope)?;
            if !is_scope(scope) {
                return Err(unknown(scope, provider));
            }
            want(scope, "asked for by name");
        }
        for scope in before.iter().flat_map(|grant| grant.scopes.iter()) {
            want(scope, "granted before");
        }
        let needs_any = needs.is_some_and(|needs| needs.of(provider).next().is_some());
        if wanted.is_empty() && !needs_any && before.is_none() {
            return Err(nothing(provider, needs.is_some()));
        }
        let kept = kept(provider, &wanted, before);
        wanted.retain(|scope, _| !kept.contains(scope));
        for scope in provider.always_scopes.iter() {
            wanted.entry(scope.to_owned()).or_default().others.push("asked for each time");
        }
        if let Some(scope) = &provider.offline_scope {
            wanted.entry(scope.clone()).or_default().others.push("to stay connected");
        }
        let known = |scope: &&String| provider.scopes.contains_key(*scope);
        if let Some(scope) = added.iter().find(|scope| !known(scope)) {
            return Err(unknown(scope, provider));
        }
        let scopes: ScopeSet = wanted.keys().cloned().collect();
        if !scopes.fits() {
            let message = format!(
                "{} scopes would be asked for, and a grant keeps {} of {} KiB",
                scopes.len(),
                ScopeSet::MOST,
                ScopeSet::MOST_BYTES >> 10
            );
            return Err(Error::new(Code::BadArgument, message).with_hint("name fewer keys"));
        }
        let kept_of = before.and_then(|grant| grant.account_id.clone());
        Ok(Self { scopes, wanted, kept, kept_of })
    }

    /// Returns the scopes that the new grant is to have.
    pub(super) fn expected(&self) -> ScopeSet {
        let mut scopes = self.scopes.clone();
        scopes.add_all(&self.kept);
        scopes
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

/// Returns the scopes of an earlier consent that need not be asked for again: none where the provider
/// does not keep them, the grant is dead, or nothing else is left to ask for.
fn kept(
    provider: &Provider,
    wanted: &IndexMap<String, Reasons>,
    before: Option<&GrantMetadata>,
) -> ScopeSet {
    let live = before.filter(|grant| !is_rejected(grant));
    let live = live.filter(|_| provider.authorize.keeps_earlier_scopes());
    let kept = live.map(|grant| grant.scopes.clone()).unwrap_or_default();
    let asks_more = wanted.keys().any(|scope| !kept.contains(scope));
    if asks_more { kept } else { ScopeSet::default() }
}

/// Returns what a scope allows, in the words of the catalog.
pub(crate) fn describe<'a>(provider: &'a Provider, scope: &str) -> &'a str {
    provider.scopes.get(scope).map_or("(not in the catalog)", String::as_str)
}

fn unknown(scope: &str, provider: &Provider) -> Error {
    let known = provider.scopes.keys().map(String::as_str);
    let remedy = match nearest(scope, known) {
        Some(meant) => format!("did you mean `{meant}`?").into(),
        None => Remedy::ShowProvider { provider: provider.slug.to_string(), part: "scopes" },
    };
    Error::new(Code::BadArgument, format!("{} has no scope `{scope}`", provider.title))
        .with_remedy(remedy)
}

fn nothing(provider: &Provider, has_manifest: bool) -> Error {
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
