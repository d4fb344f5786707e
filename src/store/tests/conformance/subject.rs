//! The stores that are tested, each with what a test needs beside it.

use super::*;

/// A store with the means to seal for it.
pub(super) trait Subject: Sync {
    type Store: Store<Lock: Send> + Sync;
    type Work: DueWork + Sync;

    fn new() -> Self;
    fn store(&self) -> &Self::Store;
    fn work(&self) -> &Self::Work;
    fn keys(&self) -> &Keys;

    fn put(&self, grant: &Grant) {
        let id = grant.metadata.id();
        let lock = self.store().lock(&id).unwrap();
        let seen = self.store().revision(&id).unwrap();
        assert!(self.store().replace(&lock, &seen, &self.keys().seal(grant)).unwrap());
    }

    fn get(&self, id: &CredentialId) -> Option<Grant> {
        let loaded = self.store().load(id).unwrap()?;
        Some(loaded.grant.unseal(&self.keys().identities).unwrap())
    }

    fn claim(&self, most: usize, now: Timestamp) -> Vec<Claim<<Self::Work as DueWork>::Lock>> {
        done(self.work().claim(most, now)).unwrap()
    }
}

pub(super) struct Keys {
    pub(super) identities: Identities,
    recipients: Recipients,
}

impl Keys {
    pub(super) fn seal(&self, grant: &Grant) -> SealedGrant {
        SealedRecord::seal(grant, &self.recipients)
    }
}

pub(super) struct InFolder {
    _fixture: TempDir,
    pub(super) store: FolderStore,
    pub(super) work: FolderWork,
    pub(super) keys: Keys,
}

pub(super) struct InMemory {
    store: MemoryStore,
    keys: Keys,
}

/// Grants are due when their access tokens expire, and those in doubt are not.
pub(super) fn policy() -> DuePolicy {
    DuePolicy::new(|grant| grant.expires_at.filter(|_| grant.refresh_in_flight.is_none()))
}

impl Subject for InFolder {
    type Store = FolderStore;
    type Work = FolderWork;

    fn new() -> Self {
        let Fixture { folder, store, identities, recipients } = Fixture::new();
        let work = FolderWork::new(store.clone(), policy());
        Self { _fixture: folder, store, work, keys: Keys { identities, recipients } }
    }

    fn store(&self) -> &FolderStore {
        &self.store
    }

    fn work(&self) -> &FolderWork {
        &self.work
    }

    fn keys(&self) -> &Keys {
        &self.keys
    }
}

impl Subject for InMemory {
    type Store = MemoryStore;
    type Work = MemoryStore;

    fn new() -> Self {
        let Fixture { identities, recipients, .. } = Fixture::new();
        let store = MemoryStore::new(policy()).with_patience(Duration::from_millis(200));
        Self { store, keys: Keys { identities, recipients } }
    }

    fn store(&self) -> &MemoryStore {
        &self.store
    }

    fn work(&self) -> &MemoryStore {
        &self.store
    }

    fn keys(&self) -> &Keys {
        &self.keys
    }
}
