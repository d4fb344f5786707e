//! Sealing what is stored to the recipients of now, one record after the other.
//!
//! Each record is read, opened, sealed and replaced under its lock, as any writer does. So others may
//! write meanwhile, and a process that is killed leaves records that are the old ones or the new ones:
//! the next run goes on with those that are left, which their marks tell.

use std::fmt;

use super::place::{self, FileRecord};
use super::store::FolderStore;
use super::write;
use crate::credential::grant::Grant;
use crate::error::Result;
use crate::model::credential_id::CredentialId;
use crate::model::name::{Label, SecretName, Slug};
use crate::store::client::{Client, ClientName};
use crate::store::identity::Identities;
use crate::store::pending::PendingGrant;
use crate::store::recipients::Recipients;
use crate::store::record::SealedRecord;
use crate::store::secret::Secret;
use crate::store::writers::Signer;

/// The name of a record of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordName {
    /// The name of a grant.
    Grant(CredentialId),
    /// The name of a grant that nobody has confirmed yet.
    Pending(CredentialId),
    /// The name of a client.
    Client(ClientName),
    /// The name of a secret.
    Secret(SecretName),
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grant(name) => write!(f, "grant {name}"),
            Self::Pending(name) => write!(f, "pending grant {name}"),
            Self::Client(name) => write!(f, "client {name}"),
            Self::Secret(name) => write!(f, "secret {name}"),
        }
    }
}

/// The state of a record's seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealState {
    /// To these recipients, by a trusted writer.
    Current,
    /// To others, or to nobody knows whom: it is older than marks.
    Other,
    /// To these recipients, by a writer that this machine does not trust, or by nobody knows whom.
    Foreign,
    /// There is no record of this name any more.
    Gone,
}

impl FolderStore {
    /// Lists the names of all records, and of those of which a killed writer left something behind.
    pub fn record_names(&self) -> Result<Vec<RecordName>> {
        let mut names = Vec::new();
        let (grants, clients) = (self.home.grants(), self.home.clients());
        for provider in place::folders_in::<Slug>(&grants)? {
            let ids = place::grants_written_in(&grants, &provider)?;
            names.extend(ids.into_iter().map(RecordName::Grant));
        }
        let pending = self.home.pending();
        for provider in place::folders_in::<Slug>(&pending)? {
            let ids = place::grants_written_in(&pending, &provider)?;
            names.extend(ids.into_iter().map(RecordName::Pending));
        }
        for provider in place::folders_in::<Slug>(&clients)? {
            let labels = place::written_in::<Label>(&clients.join(provider.as_str()))?;
            names.extend(
                labels.into_iter().map(|name| {
                    RecordName::Client(ClientName { provider: provider.clone(), name })
                }),
            );
        }
        let secrets = place::written_in(&self.home.secrets())?;
        names.extend(secrets.into_iter().map(RecordName::Secret));
        Ok(names)
    }

    /// Returns who signed a record, whether trusted or not; `None` where it is gone.
    pub(crate) fn signer(&self, name: &RecordName) -> Result<Option<Signer>> {
        match name {
            RecordName::Grant(name) => self.signer_of_one::<Grant>(name),
            RecordName::Pending(name) => self.signer_of_one::<PendingGrant>(name),
            RecordName::Client(name) => self.signer_of_one::<Client>(name),
            RecordName::Secret(name) => self.signer_of_one::<Secret>(name),
        }
    }

    fn signer_of_one<R: FileRecord>(&self, name: &R::Name) -> Result<Option<Signer>> {
        let Some((sealed, _)) = self.read::<R>(name)? else { return Ok(None) };
        sealed.writer().map(|writer| Some(writer.into()))
    }

    /// Tells how a record is sealed. Needs no key.
    pub fn seal_of(&self, name: &RecordName, to: &Recipients) -> Result<SealState> {
        match name {
            RecordName::Grant(name) => self.seal_of_one::<Grant>(name, to),
            RecordName::Pending(name) => self.seal_of_one::<PendingGrant>(name, to),
            RecordName::Client(name) => self.seal_of_one::<Client>(name, to),
            RecordName::Secret(name) => self.seal_of_one::<Secret>(name, to),
        }
    }

    /// Seals a record to these recipients, where it is not. Says how it was sealed before.
    pub fn reseal(&self, name: &RecordName, by: &Identities, to: &Recipients) -> Result<SealState> {
        match name {
            RecordName::Grant(name) => self.reseal_one::<Grant>(name, by, to),
            RecordName::Pending(name) => self.reseal_one::<PendingGrant>(name, by, to),
            RecordName::Client(name) => self.reseal_one::<Client>(name, by, to),
            RecordName::Secret(name) => self.reseal_one::<Secret>(name, by, to),
        }
    }

    fn seal_of_one<R: FileRecord>(&self, name: &R::Name, to: &Recipients) -> Result<SealState> {
        let Some(sealed) = self.open::<R>(name)? else { return Ok(SealState::Gone) };
        let seal = self.seal_as_stored(&sealed, to)?;
        // Where nothing was ever written, such as in CI, nobody is known.
        let is_current = seal == SealState::Foreign && !self.writers.is_in_use()?;
        Ok(if is_current { SealState::Current } else { seal })
    }

    fn seal_as_stored<R: FileRecord>(
        &self,
        sealed: &SealedRecord<R>,
        to: &Recipients,
    ) -> Result<SealState> {
        Ok(if !sealed.is_sealed_to(to) {
            SealState::Other
        } else if self.writers.has_trusted_writer(sealed)? {
            SealState::Current
        } else {
            SealState::Foreign
        })
    }

    fn reseal_one<R: FileRecord>(
        &self,
        name: &R::Name,
        by: &Identities,
        to: &Recipients,
    ) -> Result<SealState> {
        let lock = self.lock_record::<R>(name.clone())?;
        // A killed writer may have left tokens there that are sealed to earlier recipients.
        write::unreserve(&lock)?;
        let Some(sealed) = self.open::<R>(name)? else { return Ok(SealState::Gone) };
        let seal = self.seal_as_stored(&sealed, to)?;
        if seal != SealState::Current {
            self.put(&lock, &sealed.unseal(by)?, to)?;
        }
        self.writers.note(&lock.place().file(), sealed.generation());
        Ok(seal)
    }
}
