//! Pending grants: given by a provider, and not confirmed by the person whose label they are for.
//!
//! One lies in a folder of its own, where nothing uses it, and leaves the label's grant as it is. It is
//! there so that tokens which exist nowhere else survive the process that asked for them.

use age::secrecy::SecretString;

use super::folder::place::{FileRecord, Place};
use super::record::{Record, SealedRecord};
use crate::credential::grant::{Grant, GrantMetadata, Lifecycle};
use crate::error::Remedy;
use crate::model::credential_id::CredentialId;
use crate::sys::home::Home;

/// A grant that nobody has confirmed yet.
#[derive(Clone, Debug)]
pub struct PendingGrant(Grant);

/// A pending grant as it lies in the store.
pub type SealedPendingGrant = SealedRecord<PendingGrant>;

impl PendingGrant {
    /// Makes a grant one that waits for its confirmation.
    pub fn new(mut grant: Grant) -> Self {
        grant.metadata.state = Lifecycle::Pending;
        Self(grant)
    }

    /// Returns the grant as one that is confirmed.
    pub fn confirmed(mut self) -> Grant {
        self.0.metadata.state = Lifecycle::Live;
        self.0
    }
}

impl Record for PendingGrant {
    const FORMAT: &'static str = Grant::FORMAT;
    const PARTS: &'static [&'static str] = Grant::PARTS;
    type Name = CredentialId;
    type Metadata = GrantMetadata;

    fn name_in(metadata: &GrantMetadata) -> CredentialId {
        metadata.id()
    }

    fn generation(metadata: &GrantMetadata) -> u64 {
        metadata.generation
    }

    fn remedy(name: &CredentialId) -> Remedy {
        Grant::remedy(name)
    }

    fn refuse(metadata: &GrantMetadata) -> Option<&'static str> {
        (metadata.state != Lifecycle::Pending)
            .then_some("is no grant that waits for a confirmation")
    }

    fn metadata(&self) -> &GrantMetadata {
        &self.0.metadata
    }

    fn secrets(&self) -> Vec<Option<&SecretString>> {
        self.0.secrets()
    }

    fn assemble(metadata: GrantMetadata, secrets: Vec<Option<SecretString>>) -> Option<Self> {
        Grant::assemble(metadata, secrets).map(Self)
    }
}

impl FileRecord for PendingGrant {
    fn place(home: &Home, id: &CredentialId) -> Place {
        Place::of_credential(&home.pending(), id)
    }
}
