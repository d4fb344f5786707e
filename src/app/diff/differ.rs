//! The comparison of two manifests.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use crate::app::check_store;
use crate::app::context::Context;
use crate::app::diff::pair::Pair;
use crate::app::manifest_source::{Findings, LoadedManifest};
use crate::catalog::Catalog;
use crate::error::{Code, Error, Result};
use crate::findings::{Level, Levels, Rule, Stage};
use crate::model::credential_id::Kind;
use crate::model::name::Slug;
use crate::policy::change::{Change, Consent, Granted, change};
use crate::policy::needs::Needs;
use crate::text::escape::on_one_line;

/// The settings that manifests are compared by.
pub(crate) struct Differ<'a> {
    catalog: Catalog,
    levels: Levels,
    /// Whether new authority is only noted.
    allow_widening: bool,
    store: Option<&'a Path>,
    /// The grants of each provider, once they were asked for.
    grants: RefCell<HashMap<Slug, Vec<Granted>>>,
    context: &'a Context,
}

/// Two manifests that were compared.
pub(crate) struct Difference<'a> {
    pub(crate) old: &'a LoadedManifest,
    pub(crate) old_is_valid: bool,
    pub(crate) new: &'a LoadedManifest,
    pub(crate) change: &'a Change<'a>,
    pub(crate) consents: &'a [Consent<'a>],
    /// Findings in the newer manifest.
    pub(crate) findings: Findings,
    /// Findings in the older manifest.
    pub(crate) old_findings: Findings,
}

/// The reason why two manifests were not compared.
pub(crate) enum NotComparable {
    /// The newer one has errors, and says nothing of authority.
    Invalid {
        /// Findings in it.
        findings: Findings,
        failure: Error,
    },
    /// Something failed.
    Failed(Error),
}

impl From<Error> for NotComparable {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<'a> Differ<'a> {
    pub(crate) fn new(
        catalog: Catalog,
        levels: Levels,
        allow_widening: bool,
        store: Option<&'a Path>,
        context: &'a Context,
    ) -> Self {
        Self { catalog, levels, allow_widening, store, grants: RefCell::default(), context }
    }

    /// Compares two manifests, and lets `tell` look at the result.
    pub(crate) fn compare<T>(
        &self,
        Pair { old, new }: &Pair,
        tell: impl FnOnce(&Difference<'_>) -> T,
    ) -> Result<T, NotComparable> {
        let (new_needs, mut found) = new.resolve(&self.catalog);
        let findings = new.findings(found.clone(), &[Stage::Manifest], &self.levels);
        if findings.errors > 0 {
            let why = findings.failure(&new.source).to_string();
            let failure = Error::new(Code::NotComparable, why)
                .with_hint("mend it first: what it asks for cannot be said");
            return Err(NotComparable::Invalid { findings, failure });
        }
        let (old_needs, old_is_valid) = self.old_needs(old);
        let change = change(&old_needs, &new_needs);
        let consents = change.consents(&self.stored(&new_needs)?);
        found.extend(change.findings(&consents));
        if self.allow_widening {
            for finding in found.iter_mut().filter(|finding| finding.rule == Rule::NewAuthority) {
                finding.level = Level::Note;
            }
        }
        Ok(tell(&Difference {
            findings: new.findings(found, &[Stage::Manifest, Stage::Change], &self.levels),
            old_findings: old.findings(change.old_findings(), &[], &self.levels),
            old,
            old_is_valid,
            new,
            change: &change,
            consents: &consents,
        }))
    }

    /// Returns what the older manifest asks for, and whether it is valid. Nothing could be launched
    /// with a wrong one.
    fn old_needs<'b>(&'b self, old: &'b LoadedManifest) -> (Needs<'b>, bool) {
        let (needs, found) = old.resolve(&self.catalog);
        if found.iter().all(|finding| finding.level != Level::Error) {
            return (needs, true);
        }
        self.context.reporter.warning(format!(
            "{} has errors, so that nothing could be launched with it: all that the newer manifest \
             asks for is new",
            on_one_line(old.source.name())
        ).into());
        (Needs::default(), false)
    }

    /// Returns the grants that the store has of the providers that are needed. If the place of the store
    /// is unknown, there is none.
    fn stored(&self, needs: &Needs<'_>) -> Result<Vec<Granted>> {
        if self.store.is_none() && self.context.home().is_err() {
            return Ok(Vec::new());
        }
        let mut granted = Vec::new();
        for provider in needs.providers() {
            let known = self.grants.borrow().get(&provider.slug).cloned();
            granted.extend(match known {
                Some(known) => known,
                None => self.read_grants(&provider.slug)?,
            });
        }
        Ok(granted)
    }

    fn read_grants(&self, provider: &Slug) -> Result<Vec<Granted>> {
        let store = check_store::store(self.store, self.context)?;
        let mut granted = Vec::new();
        let mut names = store.grant_names_of(provider)?;
        names.retain(|name| name.kind == Kind::Oauth2);
        for listed in store.list_grants(names) {
            let metadata = listed.metadata?;
            granted.push(Granted {
                provider: metadata.provider,
                account: metadata.account.to_string(),
                part: metadata.part,
                scopes: metadata.scopes,
            });
        }
        self.grants.borrow_mut().insert(provider.clone(), granted.clone());
        Ok(granted)
    }
}
