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
use crate::resolve::Needs;
use crate::store::{GrantName, Identities};
use crate::verdict::{Gap, GapKind, Verdict};

/// What refreshing led to.
#[derive(Default)]
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
            context.terminal.warn(&self.error.to_string());
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
    let stale: Vec<_> = needs
        .providers()
        .into_iter()
        .filter_map(|provider| stale(stored, provider, want, context.now))
        .collect();
    if stale.is_empty() {
        return Ok(Fresh::default());
    }
    let keeper = Keeper::new(context)?;
    let network = Network::default();
    let mut troubles = Vec::new();
    for (provider, name) in stale {
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

/// The grant of this provider, if its access token is too old, or soon will be, and can be refreshed
/// (or there is something to say about why not).
fn stale<'a>(
    stored: &Stored,
    provider: &'a Provider,
    want: Want,
    now: Timestamp,
) -> Option<(&'a Provider, GrantName)> {
    let metadata = &stored.grants.get(&provider.slug)?.metadata;
    let step = decide(metadata, want, provider, now);
    let name = GrantName { provider: metadata.provider.clone(), account: metadata.account.clone() };
    (step != Step::Keep && metadata.refreshable).then_some((provider, name))
}
