//! The record of a grant from the exchange of its code to its confirmation.

use std::time::Duration;

use crate::app::connect::unwanted::{self, Revocation};
use crate::app::grant_service::Keeper;
use crate::app::network::Network;
use crate::audit_log::LoggedEvent;
use crate::catalog::Provider;
use crate::error::{Code, Result};
use crate::oauth::client::Client;
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::store::{CredentialId, Grant, Lock, PendingGrant};

/// The right to write the pending grant of a label.
///
/// Another process has it while its own attempt to connect the label waits for a confirmation: this
/// one's grant is in memory alone then.
pub(super) struct Pending(Option<Lock<PendingGrant>>);

impl Pending {
    /// Takes the lock. Its work needs no reserved room: the grant itself has it.
    pub(super) fn begin(keeper: &Keeper<'_>, name: &CredentialId) -> Result<Self> {
        lock(keeper, name).map(Self)
    }

    /// Stores a grant as a pending one. If that fails, it is in memory alone, and stored as a whole once
    /// it is confirmed, or told to be lost.
    pub(super) fn keep(&self, keeper: &Keeper<'_>, grant: &Grant) {
        if let Some(lock) = &self.0 {
            let pending = PendingGrant::new(grant.clone());
            let _ = keeper.store.put_pending_grant(lock, &pending, &keeper.recipients);
        }
    }

    /// Removes the record: the grant is the label's, or ended.
    pub(super) fn remove(&self, keeper: &Keeper<'_>) -> Result<()> {
        self.0.as_ref().map_or(Ok(()), |lock| keeper.store.remove_pending_grant(lock).map(drop))
    }
}

/// Takes the lock; `None` if another process has it.
fn lock(keeper: &Keeper<'_>, name: &CredentialId) -> Result<Option<Lock<PendingGrant>>> {
    let impatient = keeper.store.clone().with_patience(Duration::ZERO);
    match impatient.lock_pending_grant(name) {
        Err(error) if error.code() == Code::StoreBusy => Ok(None),
        locked => locked.map(Some),
    }
}

/// Stores what an attempt left pending that was killed after it had stored other parts of its consent: the
/// account was confirmed for all of them.
pub(super) fn store_confirmed(
    keeper: &Keeper<'_>,
    provider: &Provider,
    account: &CredentialId,
) -> Result<()> {
    let parts = provider.consent_parts().into_iter();
    let names: Vec<_> = parts.map(|part| CredentialId { part, ..account.clone() }).collect();
    for name in &names {
        if keeper.store.pending_grant(name)?.is_none() {
            continue;
        }
        let label = keeper.store.lock_grant(name)?;
        let Some(lock) = lock(keeper, name)? else { continue };
        let Some(sealed) = keeper.store.pending_grant(name)? else { continue };
        let consented_at = sealed.metadata.connected_at;
        if keeper.store.grant(name)?.is_some_and(|it| it.metadata.connected_at >= consented_at) {
            continue;
        }
        let others = names.iter().filter(|other| *other != name);
        let stored = others.map(|other| keeper.store.grant(other)).collect::<Result<Vec<_>>>()?;
        let mut stored = stored.into_iter().flatten().map(|sealed| sealed.metadata);
        let Some(other) = stored.find(|other| other.connected_at == consented_at) else { continue };
        let mut grant = sealed.unseal(&keeper.identities)?.confirmed();
        grant.metadata.generation = keeper.store.next_generation(&label);
        keeper.store.put_grant(&label, &grant, &keeper.recipients)?;
        keeper.store.remove_pending_grant(&lock)?;
        keeper.context.record_grant(LoggedEvent::Connect, &grant.metadata, &grant.access_token);
        let note = format!(
            "{name}, which an earlier consent gave together with {}, is stored now: that attempt was ended \
             between the two",
            other.id()
        );
        keeper.context.reporter.note(note.into());
    }
    Ok(())
}

/// Ends a pending grant of the label that an attempt left behind which was killed.
pub(super) fn end_left_behind(
    keeper: &Keeper<'_>,
    provider: &Provider,
    name: &CredentialId,
    client: &Client,
) -> Result<()> {
    left_behind(keeper, name, |pending| {
        let network = Network::default();
        let endpoint = TokenEndpoint::new(network.http(), provider, client)?;
        let revocation = Revocation { network: &network, endpoint: &endpoint };
        let end = unwanted::end(pending, keeper, revocation, provider);
        keeper
            .context
            .reporter
            .note(format!("an earlier consent to {name} was never confirmed; {end}").into());
        Ok(())
    })
}

/// Does this with a pending grant of the label, and removes its record. One that became the label's before
/// is not ended, and one that cannot be ended stays for the next attempt.
pub(super) fn left_behind(
    keeper: &Keeper<'_>,
    name: &CredentialId,
    end: impl FnOnce(&Grant) -> Result<()>,
) -> Result<()> {
    if keeper.store.pending_grant(name)?.is_none() {
        return Ok(());
    }
    let Some(lock) = lock(keeper, name)? else { return Ok(()) };
    let Some(sealed) = keeper.store.pending_grant(name)? else { return Ok(()) };
    let live = keeper.store.grant(name)?;
    let pending = sealed.unseal(&keeper.identities)?.confirmed();
    let is_the_labels =
        live.is_some_and(|live| live.metadata.connected_at == pending.metadata.connected_at);
    if !is_the_labels {
        end(&pending)?;
    }
    keeper.store.remove_pending_grant(&lock).map(drop)
}
