//! A check: a manifest held against the store.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::accounts::acts_as;
use crate::app::audit_recorder::judged;
use crate::app::check_store::store;
use crate::app::context::Context;
use crate::app::criteria::Criteria;
use crate::app::dotenv_files;
use crate::app::manifest_source::{Findings, LoadedManifest};
use crate::app::refresh_needed;
use crate::app::refresh_needed::InProcess;
use crate::app::setup::{SetupPlan, Subject, way_ahead};
use crate::app::stored_credentials::StoredCredentials;
use crate::audit_log::{LogEntry, LoggedEvent};
use crate::catalog::Catalog;
use crate::error::{Code, Error, Result};
use crate::findings::{Diagnostic, Levels, Stage};
use crate::policy::dotenv::Override;
use crate::policy::needs::Needs;
use crate::policy::verdict::{Gap, Verdict, judge, report};
use crate::policy::{dotenv, lint};

/// Options of a check.
pub(crate) struct CheckOptions {
    pub(crate) criteria: Criteria,
    /// Whether access tokens that are about to expire are refreshed, as a launch does.
    pub(crate) refresh: bool,
    /// Whether the records are opened.
    pub(crate) verify: bool,
    /// The folder of the store; none is the user's own.
    pub(crate) store: Option<PathBuf>,
    pub(crate) levels: Levels,
    /// The launch that the way is shown to; none if that is another machine's.
    pub(crate) subject: Option<Subject>,
    /// Whether findings leave a gap out that a reported failure explains.
    pub(crate) leaves_explained_out: bool,
}

/// The result of a check that came to a verdict.
pub(crate) struct Check<'a> {
    pub(crate) declared: &'a LoadedManifest,
    pub(crate) needs: &'a Needs<'a>,
    pub(crate) verdict: Verdict<'a>,
    pub(crate) findings: Findings,
    /// Whether the records were opened.
    pub(crate) verified: bool,
    /// The way to a launch, if something is missing on it.
    pub(crate) way: Option<SetupPlan>,
}

/// The reason why a check came to no verdict.
pub(crate) enum NoVerdict {
    /// The manifest has errors.
    Invalid(Findings),
    /// Something failed.
    Failed(Vec<Error>),
}

impl From<Error> for NoVerdict {
    fn from(error: Error) -> Self {
        Self::Failed(vec![error])
    }
}

impl<'a> Check<'a> {
    /// Holds what a manifest needs, and what was found while it was [resolved](LoadedManifest::resolve),
    /// against the store. A check that finds something is recorded.
    pub(crate) fn of(
        declared: &'a LoadedManifest,
        needs: &'a Needs<'a>,
        catalog: &Arc<Catalog>,
        mut found: Vec<Diagnostic>,
        options: &CheckOptions,
        context: &Context,
    ) -> Result<Self, NoVerdict> {
        let name = declared.source.name();
        let record_undone = |code: Code| {
            let entry = LogEntry::undone(LoggedEvent::Check, code);
            context.record_done(|_| Ok(entry.with_manifest(name)));
        };
        let of_manifest = declared.findings(found.clone(), &[Stage::Manifest], &options.levels);
        if of_manifest.errors > 0 {
            record_undone(Code::ManifestInvalid);
            return Err(NoVerdict::Invalid(of_manifest));
        }
        let criteria = &options.criteria;
        let store = store(options.store.as_deref(), context)?;
        let mut stored = StoredCredentials::find(needs, &criteria.accounts, store, context)?;
        for grant in stored.unnamed(needs) {
            context.reporter.note(acts_as(grant));
        }
        let (troubles, holdings) = if options.refresh {
            let here = &mut InProcess::new(context, catalog);
            (refresh_needed::refresh(&mut stored, needs, criteria, here)?, stored.holdings())
        } else {
            let known = refresh_needed::known(&stored, needs);
            (known, stored.renewable_holdings(context.now))
        };
        if options.verify {
            let wrong = stored.verify(&*context.identities(stored.store())?);
            if let Some(first) = wrong.first() {
                record_undone(first.code());
                return Err(NoVerdict::Failed(wrong));
            }
        }
        let verdict = judge(needs, &holdings, criteria.policy());
        for trouble in &troubles {
            trouble.tell(&verdict, context);
        }
        let is_left_out = |gap: &Gap| {
            options.leaves_explained_out && troubles.iter().any(|trouble| trouble.explains(gap))
        };
        let mut gaps = report::findings(&verdict, is_left_out);
        found.extend(dotenv_findings(declared, needs, &mut gaps, &options.levels));
        found.extend(gaps);
        found.extend(lint::command(needs));
        let findings = declared.findings(found, &[Stage::Manifest, Stage::Store], &options.levels);
        let way = match &options.subject {
            Some(subject) if !verdict.is_satisfied() => way_ahead(subject, context),
            _ => None,
        };
        let check = Self { declared, needs, verdict, findings, verified: options.verify, way };
        if !check.is_passed() {
            let entry = LogEntry::undone(LoggedEvent::Check, Code::RequirementsUnmet);
            context.record_done(|_| Ok(judged(entry, name, needs, &check.verdict)));
        }
        Ok(check)
    }

    /// Returns whether the requirements are met, and no finding is an error.
    pub(crate) fn is_passed(&self) -> bool {
        self.verdict.is_satisfied() && self.findings.errors == 0
    }

    /// Returns the verdict in a line. Levels are those of findings: what is satisfied may still be
    /// denied.
    pub(crate) fn summary(&self) -> String {
        let mut summary = report::summary(&self.verdict, self.needs.secrets.len());
        if self.verified {
            summary.push_str(" (verified with the key)");
        }
        match self.findings.errors {
            0 => summary,
            _ if !self.verdict.is_satisfied() => summary,
            1 => format!("{summary}, but 1 finding is denied"),
            count => format!("{summary}, but {count} findings are denied"),
        }
    }
}

/// Returns the findings about `.env` files. Where one has secrets that are missing, it is also what closes
/// these gaps.
fn dotenv_findings(
    declared: &LoadedManifest,
    needs: &Needs<'_>,
    gaps: &mut [Diagnostic],
    levels: &Levels,
) -> Vec<Diagnostic> {
    let lines = dotenv_files::overrides(declared, needs);
    let lines = dotenv_files::unwanted(lines, declared, levels);
    let of_secret = |line: &Override| needs.secrets.iter().any(|it| it.name == line.variable);
    let (of_secrets, of_tokens): (Vec<_>, Vec<_>) = lines.into_iter().partition(of_secret);
    let unstored = dotenv_files::name_imports(&of_secrets, gaps);
    let is_missing = |line: &Override| gaps.iter().any(|gap| dotenv_files::is_of(gap, line));
    let stored: Vec<_> = of_secrets.into_iter().filter(|line| !is_missing(line)).collect();
    let mut findings: Vec<_> = dotenv::unstored(&unstored).into_iter().collect();
    findings.extend(dotenv::stored(&stored));
    findings.extend(dotenv::findings(&of_tokens));
    findings
}
