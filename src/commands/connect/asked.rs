//! What an account's owner is asked for, and why.

use indexmap::IndexMap;

use crate::app::context::{Context, refuse_secret};
use crate::app::manifest_discovery::locate;
use crate::app::manifest_source::{Declared, display_name};
use crate::catalog::Provider;
use crate::cli::Connect;
use crate::error::{Code, Error, Result};
use crate::model::scope::{ScopeSet, is_scope};
use crate::policy::needs::Needs;
use crate::store::GrantMetadata;
use crate::text::escape::on_one_line;
use crate::text::nearest::nearest;

/// The scopes to ask for.
pub(super) struct Asked<'a> {
    pub(super) scopes: ScopeSet,
    /// The same in the order in which they came up, each with what wants it.
    wanted: IndexMap<String, Vec<String>>,
    pub(super) provider: &'a Provider,
}

/// The manifest to ask for: the keys of the command line, or the file. Without any of them there
/// may still be scopes to add, or a grant to renew.
pub(super) fn manifest(args: &Connect, context: &Context) -> Result<Option<Declared>> {
    if !args.keys.is_empty() {
        return Ok(Some(Declared::of_keys(&args.keys)));
    }
    match locate(args.manifest.path.as_deref(), context) {
        Ok(place) => Declared::read(&place, display_name(&place.path)).map(Some),
        Err(error) if error.code() == Code::ManifestMissing => Ok(None),
        Err(error) => Err(error),
    }
}

impl<'a> Asked<'a> {
    /// What the needs take, published or not; what was added by hand; what was granted before, since
    /// a new grant may end the old one; and a refresh token.
    pub(super) fn new(
        provider: &'a Provider,
        needs: Option<&Needs<'_>>,
        added: &[String],
        before: Option<&GrantMetadata>,
    ) -> Result<Self> {
        let mut wanted: IndexMap<String, Vec<String>> = IndexMap::new();
        let mut want =
            |scope: &str, why: String| wanted.entry(scope.to_owned()).or_default().push(why);
        let of_provider = needs.iter().flat_map(|needs| &needs.integrations);
        for need in of_provider.filter(|need| need.provider.slug == provider.slug) {
            for scope in need.api_scopes.iter() {
                want(scope, need.requirement.key.clone());
            }
        }
        for scope in added {
            refuse_secret("scope", scope)?;
            if !is_scope(scope) {
                return Err(unknown(scope, provider));
            }
            want(scope, "--add-scope".to_owned());
        }
        for scope in before.iter().flat_map(|grant| grant.scopes.iter()) {
            want(scope, "granted before".to_owned());
        }
        if wanted.is_empty() {
            return Err(nothing(provider, needs.is_some()));
        }
        if let Some(scope) = &provider.offline_scope {
            wanted.entry(scope.clone()).or_default().push("staying connected".to_owned());
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
            return Err(Error::new(Code::BadArgument, message)
                .with_hint("name fewer keys, as in `xreq connect PROVIDER KEY`"));
        }
        Ok(Self { scopes, wanted, provider })
    }

    /// The scopes for people: each with what it allows and what wants it.
    pub(super) fn listed(&self) -> String {
        let width = self.wanted.keys().map(String::len).max().unwrap_or(0);
        let mut text = String::new();
        for (scope, why) in &self.wanted {
            let allows = on_one_line(describe(self.provider, scope));
            let (scope, why) = (on_one_line(scope), why.join(", "));
            text.push_str(&format!(
                "  {scope:width$}  {allows}\n  {:width$}  \x1b[2mfor {}\x1b[0m\n",
                "",
                on_one_line(&why)
            ));
        }
        text
    }

    /// What wants this scope.
    pub(super) fn wanted_by(&self, scope: &str) -> String {
        self.wanted.get(scope).map_or_else(String::new, |why| why.join(", "))
    }
}

/// What a scope allows, in the words of the catalog.
pub(super) fn describe<'a>(provider: &'a Provider, scope: &str) -> &'a str {
    provider.scopes.get(scope).map_or("(not in the catalog)", String::as_str)
}

fn unknown(scope: &str, provider: &Provider) -> Error {
    let known = provider.scopes.keys().map(String::as_str);
    let hint = match nearest(scope, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("`xreq catalog {}` lists them", provider.slug),
    };
    Error::new(Code::BadArgument, format!("{} has no scope `{scope}`", provider.title))
        .with_hint(hint)
}

fn nothing(provider: &Provider, has_manifest: bool) -> Error {
    let slug = &provider.slug;
    let message = if has_manifest {
        format!("the manifest requires nothing of {slug}")
    } else {
        format!("there is no manifest here that says what to ask {} for", provider.title)
    };
    let key = provider.capabilities.keys().next().map_or_else(String::new, |key| format!(" {key}"));
    Error::new(Code::MissingParams, message).with_hint(format!(
        "name keys, as in `xreq connect {slug}{key}`, or scopes with `--add-scope`; `xreq catalog \
         {slug}` lists both"
    ))
}
