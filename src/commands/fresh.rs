//! The grants that a manifest needs, refreshed where they are about to expire.

use jiff::Timestamp;

use super::Context;
use super::accounts::Stored;
use super::keeper::{Keeper, Network, failure};
use super::terminal::while_waiting;
use crate::catalog::Provider;
use crate::cli::Against;
use crate::error::{Error, Result};
use crate::oauth::decision::{Step, Want, decide};
use crate::oauth::refresh::{Outcome, Refreshed};
use crate::oauth::trouble::Trouble;
use crate::resolve::Needs;
use crate::store::{GrantMetadata, GrantName, Identities};
use crate::verdict::{Gap, GapKind, Verdict};

/// What refreshing led to.
pub(super) struct Fresh {
    /// What went wrong, for each grant that is not as fresh as it should be.
    pub(super) troubles: Vec<Told>,
    /// What was loaded to open the grants, where there was one to refresh.
    pub(super) identities: Option<Identities>,
}

/// Why a grant of this provider is not fresh.
pub(super) struct Told {
    provider: String,
    error: Error,
}

impl Told {
    /// Whether it is why there is this gap.
    pub(super) fn explains(&self, gap: &Gap) -> bool {
        gap.kind == GapKind::Expired && gap.key == self.provider
    }

    /// Tells of it: as a failure where it keeps the app from being launched, else as a warning.
    pub(super) fn tell(&self, verdict: &Verdict<'_>, context: &Context) {
        if verdict.gaps.iter().any(|gap| gap.required && self.explains(gap)) {
            context.terminal.report(&self.error);
        } else {
            context.terminal.warn_of(&self.error);
        }
    }
}

/// Refreshes what has to be, and puts it in the place of what was found. Where nothing has to be,
/// this looks at metadata alone.
pub(super) fn refresh(
    stored: &mut Stored,
    needs: &Needs<'_>,
    against: &Against,
    context: &Context,
) -> Result<Fresh> {
    let want = Want { min_ttl: against.min_ttl, ..Want::default() };
    let (stale, kept): (Vec<_>, Vec<_>) = needs
        .providers()
        .into_iter()
        .partition(|provider| is_stale(stored, provider, want, context.now));
    let mut troubles = known(stored, &kept);
    if stale.is_empty() {
        return Ok(Fresh { troubles, identities: None });
    }
    let keeper = Keeper::new(context)?;
    let network = Network::default();
    for provider in stale {
        let name = name(&stored.grants[&provider.slug].metadata);
        let refreshed = while_waiting(&format!("refreshing {name}"), || {
            keeper.refresh(&network, provider, &name, want)
        });
        let error = match refreshed {
            Ok(Refreshed { outcome: Outcome::Failed(trouble), .. }) => {
                failure(&trouble, &name, provider)
            }
            Ok(_) => {
                stored.reload(provider, &name)?;
                continue;
            }
            Err(error) => error,
        };
        stored.reload(provider, &name)?;
        troubles.push(Told { provider: provider.slug.clone(), error });
    }
    Ok(Fresh { troubles, identities: Some(keeper.identities) })
}

/// What is known to be wrong with the grants of these providers.
pub(super) fn known(stored: &Stored, providers: &[&Provider]) -> Vec<Told> {
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
    GrantName { provider: metadata.provider.clone(), account: metadata.account.clone() }
}
