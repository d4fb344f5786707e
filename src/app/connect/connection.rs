//! The result of an attempt: a grant that is stored, and what follows from it.

use crate::app::connect::asked::AskedPart;
use crate::app::connect::attempt::Attempt;
use crate::app::connect::last_page::LastPage;
use crate::app::connect::next_step::next_step;
use crate::app::connect::request::describe;
use crate::app::connect::siblings::SiblingGrants;
use crate::app::connect::storage::StoredGrant;
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

/// A grant of an account that is connected: that of its consent, or of a part of it.
pub(crate) struct ConnectedGrant {
    /// The grant that is stored.
    pub(crate) grant: GrantMetadata,
    /// The scopes that were asked for and not granted.
    pub(crate) missing: ScopeSet,
    /// Reason why the owner of the grant is unknown.
    pub(crate) unnamed: Option<String>,
}

/// An account that is connected.
pub(crate) struct Connection {
    /// The grants that are stored, one at least.
    pub(crate) grants: Vec<ConnectedGrant>,
    /// The names of those that were asked for and not given, each with its scopes.
    pub(crate) ungiven: Vec<(CredentialId, ScopeSet)>,
    /// The grants of the same account that ended by this one, each with what kept it from being noted.
    pub(crate) ended: Vec<(CredentialId, Option<Error>)>,
    /// The grants that ended if they are of the same account, which is not known.
    pub(crate) maybe_ended: Vec<CredentialId>,
    /// The requirements that the grant leaves unmet.
    pub(crate) unmet: Option<Unmet>,
}

impl Connection {
    /// Returns the connection by grants that are stored, of parts that were asked for.
    pub(super) fn of(stored: Vec<StoredGrant>, asked: &[AskedPart], provider: &Provider) -> Self {
        let (mut grants, mut ungiven) = (Vec::new(), Vec::new());
        let mut stored = stored.into_iter().peekable();
        for part in asked {
            match stored.next_if(|it| it.metadata.part == part.name.part) {
                Some(StoredGrant { metadata: grant, unnamed }) => {
                    let missing = part.request.missing(provider, &grant);
                    grants.push(ConnectedGrant { grant, missing, unnamed });
                }
                None => ungiven.push((part.name.clone(), part.request.scopes.clone())),
            }
        }
        let (ended, maybe_ended) = (Vec::new(), Vec::new());
        Self { grants, ungiven, ended, maybe_ended, unmet: None }
    }
}

/// Requirements that are unmet, if the manifest asks for them.
pub(crate) struct Unmet {
    pub(crate) source: Source,
    pub(crate) findings: Vec<Diagnostic>,
}

impl Unmet {
    /// Points at the requirements of this provider that the grant leaves unmet.
    pub(super) fn by(
        grants: &[ConnectedGrant],
        manifest: &LoadedManifest,
        needs: &Needs<'_>,
    ) -> Self {
        let held = |ConnectedGrant { grant, .. }: &ConnectedGrant| {
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
            (grant.id(), held)
        };
        let credentials = grants.iter().map(held).collect();
        let holdings = Holdings { credentials, ..Holdings::default() };
        let now = grants.iter().map(|it| it.grant.connected_at).max().unwrap_or_default();
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
pub(crate) fn asked_again(name: &CredentialId, missing: &ScopeSet) -> Remedy {
    Remedy::AddScopes {
        provider: name.provider.to_string(),
        account: named_account(name.account.as_str()).map(str::to_owned),
        part: name.named_part(),
        scopes: missing.iter().map(str::to_owned).collect(),
    }
}

/// Shows the browser what was granted.
pub(super) fn show(connection: &Connection, attempt: &Attempt<'_>, last_page: &LastPage) {
    let Connection { grants, ungiven, .. } = connection;
    let Some(ConnectedGrant { grant: last, .. }) = grants.last() else { return };
    let Attempt { options, context, provider, asked, .. } = *attempt;
    let granted: ScopeSet = grants.iter().flat_map(|it| it.grant.scopes.iter()).collect();
    let scopes: Vec<_> = granted.iter().map(|scope| (scope, describe(provider, scope))).collect();
    let missing = grants.iter().map(|it| (it.grant.id(), &it.missing));
    let missing = missing.chain(ungiven.iter().map(|(name, scopes)| (name.clone(), scopes)));
    let missing: Vec<_> = missing.filter(|(_, scopes)| !scopes.is_empty()).collect();
    let next = match missing.first() {
        None => next_step(last, options, context).map(|step| (step.remedy, step.arguments)),
        Some((name, scopes)) => Some((asked_again(name, scopes), Vec::new())),
    };
    let mut unmet: Vec<(&str, String)> = Vec::new();
    for (name, scopes) in &missing {
        let Some(part) = asked.iter().find(|part| part.name == *name) else { continue };
        unmet.extend(scopes.iter().map(|scope| {
            let why = part.request.wanted_by(scope);
            (scope, format!("{} ({why})", describe(provider, scope)))
        }));
    }
    let missing: Vec<_> = unmet.iter().map(|(scope, why)| (*scope, why.as_str())).collect();
    let allowed = provider.abilities(&granted);
    let allowed: Vec<_> = allowed.iter().map(String::as_str).collect();
    last_page.show(&Page::Connected {
        provider: &provider.title,
        handle: last.handle.as_deref(),
        account: last.account.as_str(),
        allowed: &allowed,
        scopes: &scopes,
        missing: &missing,
        next: next.as_ref().map(|(remedy, arguments)| (remedy, arguments.as_slice())),
    });
}

/// Notes the end of older grants: with some providers, the newer of two grants of one account to one
/// client ends the older. Returns those, and the ones that may have ended.
pub(super) fn end_older(
    grants: &[ConnectedGrant],
    provider: &Provider,
    keeper: &Keeper<'_>,
) -> (Vec<(CredentialId, Option<Error>)>, Vec<CredentialId>) {
    let of_each = grants.iter().map(|it| end_older_than(&it.grant, provider, keeper));
    let (ended, maybe_ended): (Vec<_>, Vec<_>) = of_each.unzip();
    (ended.into_iter().flatten().collect(), maybe_ended.into_iter().flatten().collect())
}

fn end_older_than(
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
