//! The result of an attempt: a grant that is stored, and what follows from it.

use crate::app::connect::attempt::Attempt;
use crate::app::connect::last_page::LastPage;
use crate::app::connect::next_step::next_step;
use crate::app::connect::request::{ConsentRequest, describe};
use crate::app::connect::siblings::SiblingGrants;
use crate::app::grant_service::Keeper;
use crate::app::manifest_source::LoadedManifest;
use crate::catalog::Provider;
use crate::error::{Error, Remedy};
use crate::findings::{Diagnostic, Levels, Source};
use crate::model::name::named_account;
use crate::model::scope::ScopeSet;
use crate::oauth::consent::page::Page;
use crate::policy::needs::Needs;
use crate::policy::verdict::{GapKind, HeldCredential, Holdings, Policy, judge, report};
use crate::store::{CredentialId, GrantMetadata, LastError};

/// An account that is connected.
pub(crate) struct Connection {
    /// The grant that is stored.
    pub(crate) grant: GrantMetadata,
    /// The scopes that were asked for and not granted.
    pub(crate) missing: ScopeSet,
    /// Reason why the owner of the grant is unknown.
    pub(crate) unnamed: Option<String>,
    /// The grants of the same account that ended by this one, each with what kept it from being noted.
    pub(crate) ended: Vec<(CredentialId, Option<Error>)>,
    /// The grants that ended if they are of the same account, which is not known.
    pub(crate) maybe_ended: Vec<CredentialId>,
    /// The requirements that the grant leaves unmet.
    pub(crate) unmet: Option<Unmet>,
}

/// Requirements that are unmet, if the manifest asks for them.
pub(crate) struct Unmet {
    pub(crate) source: Source,
    pub(crate) findings: Vec<Diagnostic>,
}

impl Unmet {
    /// Points at the requirements of this provider that the grant leaves unmet.
    pub(super) fn by(grant: &GrantMetadata, manifest: &LoadedManifest, needs: &Needs<'_>) -> Self {
        let held = HeldCredential {
            minting: None,
            scopes: grant.scopes.clone(),
            level: None,
            has_keys: true,
            expires_at: grant.expires_at,
            lifetime: None,
            is_renewed: false,
            doubt: None,
        };
        let holdings = Holdings {
            credentials: [(grant.id(), held)].into_iter().collect(),
            ..Holdings::default()
        };
        let now = grant.connected_at;
        let policy = Policy { now, min_ttl: jiff::SignedDuration::ZERO, strict: false };
        let mut verdict = judge(needs, &holdings, policy);
        verdict.gaps.retain(|gap| gap.kind == GapKind::Scope);
        verdict.over_granted.clear();
        verdict.broad.clear();
        let found = report::findings(&verdict, |_| false);
        let findings = manifest.findings(found, &[], &Levels::default()).shown;
        Self { source: manifest.source.clone(), findings }
    }
}

/// Returns what asks once more for scopes that were not granted.
pub(crate) fn asked_again(grant: &GrantMetadata, missing: &ScopeSet) -> Remedy {
    Remedy::AddScopes {
        provider: grant.provider.to_string(),
        account: named_account(grant.account.as_str()).map(str::to_owned),
        scopes: missing.iter().map(str::to_owned).collect(),
    }
}

/// Shows the browser what was granted.
pub(super) fn show(
    grant: &GrantMetadata,
    request: &ConsentRequest,
    missing: &ScopeSet,
    attempt: &Attempt<'_>,
    last_page: &LastPage,
) {
    let Attempt { options, context, provider, .. } = *attempt;
    let scopes: Vec<_> =
        grant.scopes.iter().map(|scope| (scope, describe(provider, scope))).collect();
    let next = if missing.is_empty() {
        next_step(grant, options, context).map(|step| (step.remedy, step.arguments))
    } else {
        Some((asked_again(grant, missing), Vec::new()))
    };
    let unmet: Vec<_> = missing
        .iter()
        .map(|scope| format!("{} ({})", describe(provider, scope), request.wanted_by(scope)))
        .collect();
    let missing: Vec<_> = missing.iter().zip(unmet.iter().map(String::as_str)).collect();
    let allowed = provider.abilities(&grant.scopes);
    let allowed: Vec<_> = allowed.iter().map(String::as_str).collect();
    last_page.show(&Page::Connected {
        provider: &provider.title,
        handle: grant.handle.as_deref(),
        account: grant.account.as_str(),
        allowed: &allowed,
        scopes: &scopes,
        missing: &missing,
        next: next.as_ref().map(|(remedy, arguments)| (remedy, arguments.as_slice())),
    });
}

/// Notes the end of older grants: with some providers, the newer of two grants of one account to one
/// client ends the older. Returns those, and the ones that may have ended.
pub(super) fn end_older(
    grant: &GrantMetadata,
    provider: &Provider,
    keeper: &Keeper<'_>,
) -> (Vec<(CredentialId, Option<Error>)>, Vec<CredentialId>) {
    let newer = grant.id();
    let older = SiblingGrants::ended_by(grant, provider, keeper).but(&newer);
    let why = format!("{} the grant {newer}", LastError::ENDED);
    let ended = older.note_end(grant, &why, keeper);
    let is_known = grant.account_id.is_some();
    (ended, if is_known { Vec::new() } else { older.possibly_same })
}
