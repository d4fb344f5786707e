//! The folder as a store of grants.

use super::lock::Lock;
use super::store::FolderStore;
use super::version::Version;
use super::write;
use crate::credential::grant::Grant;
use crate::error::Result;
use crate::model::credential_id::CredentialId;
use crate::store::grant::SealedGrant;
use crate::store::interface::{Loaded, Store};
use crate::store::listed::ListEntry;

impl Store for FolderStore {
    type Lock = Lock<Grant>;
    type Revision = Version;

    fn list(&self) -> Result<Vec<ListEntry<Grant>>> {
        Ok(self.list_grants(self.grant_names()?).collect())
    }

    fn load(&self, id: &CredentialId) -> Result<Option<Loaded<Version>>> {
        // What is written between the two looks is then another revision than the one that was seen.
        let revision = self.grant_version(id);
        Ok(self.open::<Grant>(id)?.map(|grant| Loaded { grant, revision }))
    }

    fn revision(&self, id: &CredentialId) -> Result<Version> {
        Ok(self.grant_version(id))
    }

    fn lock(&self, id: &CredentialId) -> Result<Lock<Grant>> {
        self.lock_record(id.clone())
    }

    fn replace(&self, lock: &Lock<Grant>, seen: &Version, grant: &SealedGrant) -> Result<bool> {
        if self.grant_version(lock.name()) != *seen {
            return Ok(false);
        }
        self.write(lock, grant).map(|()| true)
    }

    fn remove(&self, lock: &Lock<Grant>) -> Result<bool> {
        write::remove(lock)
    }
}
