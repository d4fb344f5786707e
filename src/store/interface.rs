//! The interface of a store: one grant at a time.
//!
//! It is synchronous. A launch uses it, which has no runtime and reads one record; whoever serves many
//! at once uses [`DueWork`](super::due_work::DueWork), or calls this from threads that may block.
//!
//! Grants go in and out as they are sealed: no store ever sees a token in clear.

use std::fmt;

use super::grant::SealedGrant;
use super::listed::ListEntry;
use crate::credential::grant::Grant;
use crate::error::Result;
use crate::model::credential_id::CredentialId;

/// A grant as it was read, and by what it is known again.
#[derive(Debug)]
pub struct Loaded<R> {
    /// The grant.
    pub grant: SealedGrant,
    /// Its revision.
    pub revision: R,
}

/// A store of grants.
pub trait Store {
    /// The right to write one grant, as long as the value lives.
    type Lock;
    /// A value that differs between a grant and any grant that was in its place before, or none.
    type Revision: Clone + fmt::Debug + PartialEq;

    /// Lists the metadata of all grants, in the order of their ids. For people: nothing that happens
    /// often lists a store, which may have a million.
    fn list(&self) -> Result<Vec<ListEntry<Grant>>>;

    /// Reads one grant, at a cost that does not grow with the number of the others.
    fn load(&self, id: &CredentialId) -> Result<Option<Loaded<Self::Revision>>>;

    /// Returns the revision of a grant by one look: a watcher of a grant reads it anew when this
    /// changes.
    fn revision(&self, id: &CredentialId) -> Result<Self::Revision>;

    /// Takes the right to write a grant, which need not be there yet.
    ///
    /// # Errors
    ///
    /// [`Code::StoreBusy`](crate::error::Code::StoreBusy): another one has had it for too long.
    fn lock(&self, id: &CredentialId) -> Result<Self::Lock>;

    /// Writes a grant durably in the place of the one that was seen; `false` where another one is
    /// there, and nothing was written.
    fn replace(
        &self,
        lock: &Self::Lock,
        seen: &Self::Revision,
        grant: &SealedGrant,
    ) -> Result<bool>;

    /// Removes a grant; `false` where there is none.
    fn remove(&self, lock: &Self::Lock) -> Result<bool>;
}
