//! The request for consent: the scopes, and what wants each of them.

use std::fmt;

use indexmap::IndexMap;

use crate::app::context::refuse_secret;
use crate::catalog::Provider;
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
        let of_provider = needs.iter().flat_map(|needs| &needs.integrations);
        for need in of_provider.filter(|need| need.provider.slug == provider.slug) {
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
        if wanted.is_empty() {
            return Err(nothing(provider, needs.is_some()));
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
        Ok(Self { scopes, wanted })
    }

    /// Returns what wants this scope.
    pub(super) fn wanted_by(&self, scope: &str) -> String {
        self.wanted.get(scope).map_or_else(String::new, ToString::to_string)
    }
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
