//! Grants of a folder that fall due: a schedule in memory, and a lock for each claim.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::lock::Lock;
use super::store::FolderStore;
use super::version::Version;
use super::watch::FolderWatch;
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
    store: FolderStore,
    policy: DuePolicy,
    schedule: Mutex<Option<Schedule>>,
}

/// When grants are due, as far as this was asked once.
#[derive(Debug)]
struct Schedule {
    watch: FolderWatch,
    entries: HashMap<CredentialId, Entry>,
}

/// A grant in the schedule.
#[derive(Clone, Copy, Debug)]
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

impl Schedule {
    /// Takes over what others wrote and removed, if they did. Files are read that are other ones than
    /// before; one that cannot be read is not due.
    fn look(&mut self, store: &FolderStore, policy: &DuePolicy) -> Result<()> {
        let Some(listed) = self.watch.look(store)? else { return Ok(()) };
        let mut before = std::mem::take(&mut self.entries);
        for (id, version) in listed {
            let known = before.remove(&id).filter(|entry| entry.version == version);
            let entry = known.unwrap_or_else(|| {
                let grant = store.open::<Grant>(&id).ok().flatten();
                Entry { version, due_at: grant.and_then(|grant| policy.due(&grant.metadata)) }
            });
            self.entries.insert(id, entry);
        }
        Ok(())
    }

    /// Returns the grants that are due, the earliest first.
    fn due(&self, now: Timestamp) -> Vec<CredentialId> {
        let due = |(id, entry): (&CredentialId, &Entry)| {
            entry.due_at.filter(|at| *at <= now).map(|at| (at, id.clone()))
        };
        let mut due: Vec<_> = self.entries.iter().filter_map(due).collect();
        due.sort_unstable();
        due.into_iter().map(|(_, id)| id).collect()
    }
}

impl FolderWork {
    /// Makes a schedule of a store whose grants are due when this says so. Nothing is read until it is
    /// asked for what is due.
    pub fn new(store: FolderStore, policy: DuePolicy) -> Self {
        Self { store, policy, schedule: Mutex::default() }
    }

    fn schedule(&self) -> MutexGuard<'_, Option<Schedule>> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims a grant that is due, if nobody else has it and it still is.
    fn claim_due(&self, id: &CredentialId, now: Timestamp) -> Result<Option<Claim<HeldGrant>>> {
        let claim = match self.lock(id, Duration::ZERO) {
            Err(error) if error.code() == Code::StoreBusy => return Ok(None),
            claim => claim?,
        };
        let due_at = claim.as_ref().and_then(|claim| self.policy.due(&claim.grant.metadata));
        let is_due = due_at.is_some_and(|at| at <= now);
        if !is_due {
            self.note(id, due_at);
        }
        Ok(claim.filter(|_| is_due))
    }

    /// Takes the lock of a grant, and reads the grant.
    fn lock(&self, id: &CredentialId, patience: Duration) -> Result<Option<Claim<HeldGrant>>> {
        let lock = self.store.lock_within::<Grant>(id.clone(), patience)?;
        let fence = self.store.grant_version(id);
        let Some(grant) = self.store.open::<Grant>(id)? else { return Ok(None) };
        let waited = lock.waited();
        Ok(Some(Claim { id: id.clone(), grant, waited, held: HeldGrant { lock, fence } }))
    }

    /// Notes when a grant is due that this process has looked at.
    fn note(&self, id: &CredentialId, due_at: Option<Timestamp>) {
        if let Some(schedule) = &mut *self.schedule() {
            let version = self.store.grant_version(id);
            schedule.entries.insert(id.clone(), Entry { version, due_at });
        }
    }
}

impl DueWork for FolderWork {
    type Lock = HeldGrant;

    async fn claim(&self, most: usize, now: Timestamp) -> Result<Vec<Claim<HeldGrant>>> {
        let due = {
            let mut schedule = self.schedule();
            let new = || Schedule { watch: FolderWatch::new(), entries: HashMap::new() };
            let schedule = schedule.get_or_insert_with(new);
            schedule.look(&self.store, &self.policy)?;
            schedule.due(now)
        };
        due.iter().filter_map(|id| self.claim_due(id, now).transpose()).take(most).collect()
    }

    async fn claim_one(&self, id: &CredentialId) -> Result<Option<Claim<HeldGrant>>> {
        self.lock(id, self.store.patience)
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
        let Claim { id, grant: before, held: HeldGrant { lock, fence }, .. } = claim;
        if self.store.grant_version(&id) != fence {
            write::unreserve(&lock)?;
            return Ok(Completion::Superseded);
        }
        if grant.metadata.generation > before.metadata.generation {
            // Its tokens exist nowhere else.
            self.store.keep(&lock, &grant)?;
        } else {
            self.store.write(&lock, &grant)?;
        }
        self.note(&id, self.policy.due(&grant.metadata));
        Ok(Completion::Stored)
    }

    async fn release(&self, claim: Claim<HeldGrant>, due_at: Option<Timestamp>) -> Result<()> {
        write::unreserve(&claim.held.lock)?;
        self.note(&claim.id, due_at);
        Ok(())
    }

    async fn expire(&self, _: Timestamp) -> Result<Vec<CredentialId>> {
        // A lock dies with its holder, and a mark that it left is in the grant's own metadata.
        Ok(Vec::new())
    }
}
