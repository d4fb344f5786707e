//! Grants of a folder that fall due: a schedule in memory, and a lock for each claim.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::lock::Lock;
use super::store::Store;
use super::version::Version;
use super::write;
use crate::credential::grant::Grant;
use crate::error::{Code, Result};
use crate::model::credential_id::CredentialId;
use crate::store::due_work::{Claim, Completion, DuePolicy, DueWork};
use crate::store::grant::SealedGrant;

/// The bytes that new tokens may take beyond twice those of the old ones.
const SLACK: usize = 16 * 1024;

/// The grants of a folder, as far as they fall due.
#[derive(Debug)]
pub struct FolderWork {
    store: Store,
    policy: DuePolicy,
    schedule: Mutex<HashMap<CredentialId, Entry>>,
}

/// A grant in the schedule.
#[derive(Debug)]
struct Entry {
    version: Version,
    due_at: Option<Timestamp>,
}

/// The lock of a grant, and the version of its file that may be replaced: the fence.
#[derive(Debug)]
pub struct HeldGrant {
    lock: Lock<Grant>,
    fence: Version,
}

impl FolderWork {
    /// Makes a schedule of a store whose grants are due when this says so. Another process that has a
    /// grant is not waited for.
    pub fn new(store: Store, policy: DuePolicy) -> Self {
        let store = store.with_patience(Duration::ZERO);
        Self { store, policy, schedule: Mutex::default() }
    }

    fn schedule(&self) -> MutexGuard<'_, HashMap<CredentialId, Entry>> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what others wrote and removed. Files are read that are other ones than before; one
    /// that cannot be read is not due.
    fn look(&self, schedule: &mut HashMap<CredentialId, Entry>) -> Result<()> {
        let mut before = std::mem::take(schedule);
        for id in self.store.grant_names()? {
            let version = self.store.grant_version(&id);
            let known = before.remove(&id).filter(|entry| entry.version == version);
            let entry = known.unwrap_or_else(|| {
                let grant = self.store.open::<Grant>(&id).ok().flatten();
                let due_at = grant.and_then(|grant| self.policy.due(&grant.metadata));
                Entry { version, due_at }
            });
            schedule.insert(id, entry);
        }
        Ok(())
    }

    /// Claims a grant, if nobody else has it and it is still due.
    fn claim_one(&self, id: &CredentialId, now: Timestamp) -> Result<Option<Claim<HeldGrant>>> {
        let lock = match self.store.lock_record::<Grant>(id.clone()) {
            Err(error) if error.code() == Code::StoreBusy => return Ok(None),
            lock => lock?,
        };
        let fence = self.store.grant_version(id);
        let Some(grant) = self.store.open::<Grant>(id)? else { return Ok(None) };
        let is_due = self.policy.due(&grant.metadata).is_some_and(|at| at <= now);
        let held = HeldGrant { lock, fence };
        Ok(is_due.then(|| Claim { id: id.clone(), grant, held }))
    }

    fn note(&self, id: CredentialId, due_at: Option<Timestamp>) {
        let version = self.store.grant_version(&id);
        self.schedule().insert(id, Entry { version, due_at });
    }
}

impl DueWork for FolderWork {
    type Held = HeldGrant;

    async fn claim(&self, most: usize, now: Timestamp) -> Result<Vec<Claim<HeldGrant>>> {
        let mut schedule = self.schedule();
        self.look(&mut schedule)?;
        let due = |(id, entry): (&CredentialId, &Entry)| {
            entry.due_at.filter(|at| *at <= now).map(|at| (at, id.clone()))
        };
        let mut due: Vec<_> = schedule.iter().filter_map(due).collect();
        drop(schedule);
        due.sort_unstable();
        let claims = due.into_iter().filter_map(|(_, id)| self.claim_one(&id, now).transpose());
        claims.take(most).collect()
    }

    async fn announce(&self, claim: &mut Claim<HeldGrant>, marked: SealedGrant) -> Result<()> {
        self.store.write(&claim.held.lock, &marked)?;
        claim.held.fence = self.store.grant_version(&claim.id);
        if let Err(error) = write::reserve(&claim.held.lock, 2 * marked.content().len() + SLACK) {
            // Nothing is sent, so that there is nothing in doubt.
            write::replace(&claim.held.lock, &claim.grant.content())?;
            return Err(error);
        }
        claim.grant = marked;
        Ok(())
    }

    async fn complete(&self, claim: Claim<HeldGrant>, grant: SealedGrant) -> Result<Completion> {
        let Claim { id, held: HeldGrant { lock, fence }, .. } = claim;
        if self.store.grant_version(&id) != fence {
            write::unreserve(&lock)?;
            return Ok(Completion::Superseded);
        }
        self.store.keep(&lock, &grant)?;
        self.note(id, self.policy.due(&grant.metadata));
        Ok(Completion::Stored)
    }

    async fn release(&self, claim: Claim<HeldGrant>, due_at: Timestamp) -> Result<()> {
        write::unreserve(&claim.held.lock)?;
        self.note(claim.id, Some(due_at));
        Ok(())
    }

    async fn expire(&self, _: Timestamp) -> Result<Vec<CredentialId>> {
        // A lock dies with its holder, and a mark that it left is in the grant's own metadata.
        Ok(Vec::new())
    }
}
