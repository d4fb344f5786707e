//! The grants that a manifest needs, refreshed where they are about to expire.

use jiff::Timestamp;

use super::accounts::Stored;
use crate::app::context::Context;
use crate::app::grant_service::{Keeper, Network, failure};
use crate::catalog::Provider;
use crate::cli::Against;
use crate::credential::failure::Trouble;
use crate::credential::freshness::{Step, Want, decide};
use crate::error::{Error, Result};
use crate::policy::needs::Needs;
use crate::policy::verdict::{Gap, GapKind, Verdict};
use crate::refresh::engine::Outcome;
use crate::store::{GrantMetadata, GrantName, Identities, Store};
use crate::terminal::while_waiting;

/// Whoever gets new tokens for a grant.
pub(crate) trait Renew {
    /// Loads what that takes, before the first grant. Without it nothing goes on.
    fn begin(&mut self) -> Result<()>;

    /// Makes a grant as fresh as it is wanted; the failure says why it is not.
    fn renew(&mut self, provider: &Provider, name: &GrantName, want: Want) -> Result<()>;
}

/// This process itself.
pub(crate) struct Here<'a> {
    context: &'a Context,
    keeper: Option<Keeper<'a>>,
    network: Network,
}

impl<'a> Here<'a> {
    /// Nothing is loaded before it is needed.
    pub(crate) fn new(context: &'a Context) -> Self {
        Self { context, keeper: None, network: Network::default() }
    }

    /// The identities that open the store, which are loaded once.
    pub(crate) fn identities(self, store: &Store) -> Result<Identities> {
        match self.keeper {
            Some(keeper) => Ok(keeper.identities),
            None => self.context.identities(store),
        }
    }
}

impl Renew for Here<'_> {
    fn begin(&mut self) -> Result<()> {
        self.keeper = Some(Keeper::new(self.context)?);
        Ok(())
    }

    fn renew(&mut self, provider: &Provider, name: &GrantName, want: Want) -> Result<()> {
        let keeper = self.keeper.as_ref().expect("it was begun");
        let refreshed = while_waiting(&format!("refreshing {name}"), || {
            keeper.refresh(&self.network, provider, name, want)
        })?;
        match refreshed.outcome {
            Outcome::Failed(trouble) => Err(failure(&trouble, name, provider)),
            Outcome::Kept(_) | Outcome::Refreshed => Ok(()),
        }
    }
}

/// Why a grant of this provider is not fresh.
pub(crate) struct Told {
    provider: String,
    error: Error,
}

impl Told {
    /// Whether it is why there is this gap.
    pub(crate) fn explains(&self, gap: &Gap) -> bool {
        gap.kind == GapKind::Expired && gap.key == self.provider
    }

    /// Tells of it: as a failure where it keeps the app from being launched, else as a warning.
    pub(crate) fn tell(&self, verdict: &Verdict<'_>, context: &Context) {
        if verdict.gaps.iter().any(|gap| gap.required && self.explains(gap)) {
            context.terminal.report(&self.error);
        } else {
            context.terminal.warn_of(&self.error);
        }
    }
}

/// Refreshes what has to be, and puts it in the place of what was found. Where nothing has to be,
/// this looks at metadata alone. Gives what went wrong, for each grant that is not as fresh as it
/// should be.
pub(crate) fn refresh(
    stored: &mut Stored,
    needs: &Needs<'_>,
    against: &Against,
    renew: &mut dyn Renew,
) -> Result<Vec<Told>> {
    let want = Want { min_ttl: against.min_ttl, ..Want::default() };
    let now = Timestamp::now();
    let (stale, kept): (Vec<_>, Vec<_>) =
        needs.providers().into_iter().partition(|provider| is_stale(stored, provider, want, now));
    let mut troubles = known(stored, &kept);
    if !stale.is_empty() {
        renew.begin()?;
    }
    for provider in stale {
        let name = name(&stored.grants[&provider.slug].metadata);
        let renewed = renew.renew(provider, &name, want);
        stored.reload(provider, &name)?;
        if let Err(error) = renewed {
            troubles.push(Told { provider: provider.slug.clone(), error });
        }
    }
    Ok(troubles)
}

/// What is known to be wrong with the grants of these providers.
pub(crate) fn known(stored: &Stored, providers: &[&Provider]) -> Vec<Told> {
    let told = |provider: &&Provider| {
        let metadata = &stored.grants.get(&provider.slug)?.metadata;
        let error = failure(&Trouble::known(metadata)?, &name(metadata), provider);
        Some(Told { provider: provider.slug.clone(), error })
    };
    providers.iter().filter_map(told).collect()
}

/// Whether the access token of the provider's grant is too old, or soon will be, and is to be
/// refreshed (or there is something to say about why it is not).
fn is_stale(stored: &Stored, provider: &Provider, want: Want, now: Timestamp) -> bool {
    stored.grants.get(&provider.slug).is_some_and(|grant| {
        grant.metadata.refreshable && decide(&grant.metadata, want, provider, now) != Step::Keep
    })
}

fn name(metadata: &GrantMetadata) -> GrantName {
    GrantName::grant(metadata.provider.clone(), metadata.account.clone())
}
