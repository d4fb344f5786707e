//! The grants that a manifest needs, refreshed if they are about to expire.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::context::Context;
use crate::app::criteria::Criteria;
use crate::app::grant_service::Keeper;
use crate::app::network::Network;
use crate::app::stored_credentials::StoredCredentials;
use crate::catalog::{Catalog, Provider};
use crate::credential::failure::Trouble;
use crate::credential::freshness::{Step, Want, decide};
use crate::error::{Error, Result};
use crate::policy::needs::Needs;
use crate::policy::verdict::{Gap, GapKind, Verdict};
use crate::refresh::engine::result::Outcome;
use crate::store::{CredentialId, FolderStore, GrantMetadata, Identities, SealedGrant};

/// A source of new tokens for a grant, and of the keys that open it.
pub(crate) trait Renewer {
    /// Loads what that takes, before the first grant. Without it nothing goes on.
    fn begin(&mut self) -> Result<()>;

    /// Makes a grant as fresh as it is wanted; the failure says why it is not.
    fn renew(&mut self, provider: &Provider, name: &CredentialId, want: Want) -> Result<()>;

    /// Returns the identities that open the store, which are loaded once.
    fn identities(&mut self, store: &FolderStore) -> Result<Arc<Identities>>;
}

/// This process itself.
pub(crate) struct InProcess<'a> {
    context: &'a Context,
    catalog: &'a Arc<Catalog>,
    keeper: Option<Keeper<'a>>,
    network: Network,
}

impl<'a> InProcess<'a> {
    /// Creates a renewer that loads nothing before it is needed.
    pub(crate) fn new(context: &'a Context, catalog: &'a Arc<Catalog>) -> Self {
        Self { context, catalog, keeper: None, network: Network::default() }
    }
}

impl Renewer for InProcess<'_> {
    fn begin(&mut self) -> Result<()> {
        self.keeper = Some(Keeper::new(self.context)?);
        Ok(())
    }

    fn renew(&mut self, provider: &Provider, name: &CredentialId, want: Want) -> Result<()> {
        let keeper = self.keeper.as_ref().expect("it was begun");
        let refreshed = {
            let _shown = self.context.reporter.progress(&format!("refreshing {name}"));
            keeper.refresh(&self.network, self.catalog, name, want)?
        };
        match refreshed.outcome {
            Outcome::Failed(trouble) => Err(trouble.error(name, provider)),
            Outcome::Kept(_) | Outcome::Refreshed => Ok(()),
        }
    }

    fn identities(&mut self, store: &FolderStore) -> Result<Arc<Identities>> {
        match &self.keeper {
            Some(keeper) => Ok(Arc::clone(&keeper.identities)),
            None => self.context.identities(store),
        }
    }
}

/// The reason why a grant is not fresh.
pub(crate) struct RefreshFailure {
    id: CredentialId,
    error: Error,
}

impl RefreshFailure {
    /// Returns whether it is why there is this gap.
    pub(crate) fn explains(&self, gap: &Gap) -> bool {
        gap.kind == GapKind::Expired && gap.credential.as_ref() == Some(&self.id)
    }

    /// Tells of it: as a failure if it keeps the app from being launched, else as a warning.
    pub(crate) fn tell(&self, verdict: &Verdict<'_>, context: &Context) {
        if verdict.gaps.iter().any(|gap| gap.required && self.explains(gap)) {
            context.reporter.failure(&self.error);
        } else {
            context.reporter.mishap(&self.error);
        }
    }
}

/// Refreshes the grants that have to be, and replaces those found. If none has to be, this looks at
/// metadata alone. Returns the failures, for each grant that is not as fresh as it should be.
pub(crate) fn refresh(
    stored: &mut StoredCredentials,
    needs: &Needs<'_>,
    criteria: &Criteria,
    renew: &mut dyn Renewer,
) -> Result<Vec<RefreshFailure>> {
    let want = Want { min_ttl: criteria.min_ttl, ..Want::default() };
    let now = Timestamp::now();
    let credentials = stored.credentials(needs).into_iter();
    let (stale, kept): (Vec<_>, Vec<_>) =
        credentials.partition(|(provider, id)| is_stale(&stored.grants[id], provider, want, now));
    let kept = kept.iter().map(|(provider, id)| (*provider, &stored.grants[id].metadata));
    let mut troubles = known_of(kept);
    if !stale.is_empty() {
        renew.begin()?;
    }
    for (provider, id) in stale {
        let renewed = renew.renew(provider, &id, want);
        stored.reload(&id)?;
        if let Err(error) = renewed {
            troubles.push(RefreshFailure { id, error });
        }
    }
    Ok(troubles)
}

/// Returns the known failures of the grants that are needed.
pub(crate) fn known(stored: &StoredCredentials, needs: &Needs<'_>) -> Vec<RefreshFailure> {
    let credentials = stored.credentials(needs);
    known_of(credentials.iter().map(|(provider, id)| (*provider, &stored.grants[id].metadata)))
}

fn known_of<'a>(
    grants: impl Iterator<Item = (&'a Provider, &'a GrantMetadata)>,
) -> Vec<RefreshFailure> {
    let told = |(provider, metadata): (&Provider, &GrantMetadata)| {
        let id = metadata.id();
        let error = Trouble::known(metadata)?.error(&id, provider);
        Some(RefreshFailure { id, error })
    };
    grants.filter_map(told).collect()
}

/// Returns whether the access token of a grant is too old, or soon will be, and is to be refreshed (or
/// there is something to say about why it is not).
fn is_stale(grant: &SealedGrant, provider: &Provider, want: Want, now: Timestamp) -> bool {
    grant.metadata.refreshable && decide(&grant.metadata, want, provider, now) != Step::Keep
}
