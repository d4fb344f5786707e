//! Grants in memory.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::credential::grant::Grant;
use crate::error::{Code, Error, Result};
use crate::model::credential_id::CredentialId;
use crate::store::due_work::DuePolicy;
use crate::store::grant::SealedGrant;
use crate::store::interface::{Loaded, Store};
use crate::store::listed::ListEntry;
use crate::store::record::SealedRecord;

/// A store in memory. Its copies are the same store.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    shared: Arc<Shared>,
    patience: Duration,
}

#[derive(Debug)]
struct Shared {
    rows: Mutex<Rows>,
    unlocked: Condvar,
    policy: DuePolicy,
}

/// The content of the store.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) grants: BTreeMap<CredentialId, Row>,
    locked: HashSet<CredentialId>,
    /// The number of the last write and the last claim: no two are the same.
    numbers: u64,
}

/// One grant.
#[derive(Debug)]
pub(super) struct Row {
    /// The content of its file, if it had one.
    content: Vec<u8>,
    /// The write that it comes from.
    pub(super) revision: u64,
    /// The time at which it is due; `None` while it is claimed, or in doubt.
    pub(super) due_at: Option<Timestamp>,
    /// The claim of a worker.
    pub(super) lease: Option<RowLease>,
}

/// The claim of a worker, as the row has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowLease {
    pub(super) number: u64,
    pub(super) end: Timestamp,
    /// `true` if something may have been sent.
    pub(super) is_announced: bool,
}

/// The right to write one grant, as long as this lives.
#[derive(Debug)]
pub struct MemoryLock {
    id: CredentialId,
    shared: Arc<Shared>,
}

impl MemoryStore {
    /// Makes an empty store whose grants are due when this says so.
    pub fn new(policy: DuePolicy) -> Self {
        let shared = Shared { rows: Mutex::default(), unlocked: Condvar::new(), policy };
        Self { shared: Arc::new(shared), patience: Duration::from_secs(30) }
    }

    /// Waits no longer than this for a lock; the default is 30 seconds.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub(super) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.shared.rows()
    }

    /// Waits until no worker has a grant. Returns whether one had it.
    pub(super) fn await_lease_end(
        &self,
        id: &CredentialId,
    ) -> Result<(MutexGuard<'_, Rows>, bool)> {
        let is_claimed =
            |rows: &mut Rows| rows.grants.get(id).is_some_and(|row| row.lease.is_some());
        let mut rows = self.rows();
        if !is_claimed(&mut rows) {
            return Ok((rows, false));
        }
        let waited = self.shared.unlocked.wait_timeout_while(rows, self.patience, is_claimed);
        let (rows, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            return Err(busy(id));
        }
        Ok((rows, true))
    }

    /// Lets those go on who wait for a grant.
    pub(super) fn lease_ended(&self) {
        self.shared.unlocked.notify_all();
    }

    pub(super) fn policy(&self) -> &DuePolicy {
        &self.shared.policy
    }
}

impl Shared {
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    /// Returns a number that no other write and no claim has.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Writes a grant, which ends any claim of it.
    pub(super) fn write(&mut self, id: CredentialId, grant: &SealedGrant, policy: &DuePolicy) {
        let (content, due_at) = (grant.content(), policy.due(&grant.metadata));
        let revision = self.number();
        self.grants.insert(id, Row { content, revision, due_at, lease: None });
    }
}

impl Row {
    /// Reads the grant.
    pub(super) fn grant(&self, id: &CredentialId) -> Result<SealedGrant> {
        SealedRecord::parse(&self.content, id, Path::new("memory").join(id.to_string()))
    }

    /// Puts the same grant with the mark of its refresh in its place.
    pub(super) fn announce(&mut self, marked: &SealedGrant) {
        self.content = marked.content();
        if let Some(lease) = &mut self.lease {
            lease.is_announced = true;
        }
    }

    /// Returns whether the claim of this number holds.
    pub(super) fn is_held_by(&self, number: u64) -> bool {
        self.lease.is_some_and(|lease| lease.number == number)
    }
}

impl Store for MemoryStore {
    type Lock = MemoryLock;
    type Revision = Option<u64>;

    fn list(&self) -> Result<Vec<ListEntry<Grant>>> {
        let listed = |(id, row): (&CredentialId, &Row)| ListEntry {
            name: id.clone(),
            metadata: row.grant(id).map(|grant| grant.metadata),
        };
        Ok(self.rows().grants.iter().map(listed).collect())
    }

    fn load(&self, id: &CredentialId) -> Result<Option<Loaded<Option<u64>>>> {
        let rows = self.rows();
        let Some(row) = rows.grants.get(id) else { return Ok(None) };
        Ok(Some(Loaded { grant: row.grant(id)?, revision: Some(row.revision) }))
    }

    fn revision(&self, id: &CredentialId) -> Result<Option<u64>> {
        Ok(self.rows().grants.get(id).map(|row| row.revision))
    }

    fn lock(&self, id: &CredentialId) -> Result<MemoryLock> {
        let is_locked = |rows: &mut Rows| rows.locked.contains(id);
        let waited = self.shared.unlocked.wait_timeout_while(self.rows(), self.patience, is_locked);
        let (mut rows, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !rows.locked.insert(id.clone()) {
            return Err(busy(id));
        }
        Ok(MemoryLock { id: id.clone(), shared: Arc::clone(&self.shared) })
    }

    fn replace(&self, lock: &MemoryLock, seen: &Option<u64>, grant: &SealedGrant) -> Result<bool> {
        let mut rows = self.rows();
        if rows.grants.get(&lock.id).map(|row| row.revision) != *seen {
            return Ok(false);
        }
        rows.write(lock.id.clone(), grant, self.policy());
        Ok(true)
    }

    fn remove(&self, lock: &MemoryLock) -> Result<bool> {
        Ok(self.rows().grants.remove(&lock.id).is_some())
    }
}

fn busy(id: &CredentialId) -> Error {
    let message = format!("another writer has held {id} for too long");
    Error::new(Code::StoreBusy, message).with_hint("try again")
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.shared.rows().locked.remove(&self.id);
        self.shared.unlocked.notify_all();
    }
}
