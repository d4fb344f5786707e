//! The store in a folder: one file a record.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::lock::{Lock, PATIENCE};
use super::place::{self, FileRecord};
use super::version::{self, Version};
use super::{keep, write};
use crate::credential::grant::Grant;
use crate::error::{Advice, Code, Error, Remedy, Result, advice};
use crate::model::credential_id::CredentialId;
use crate::model::name::{Label, SecretName, Slug};
use crate::store::client::{Client, ClientName, SealedClient};
use crate::store::grant::SealedGrant;
use crate::store::listed::ListEntry;
use crate::store::pending::{PendingGrant, SealedPendingGrant};
use crate::store::recipients::Recipients;
use crate::store::record::{SealedRecord, fits};
use crate::store::secret::{SealedSecret, Secret};
use crate::store::writers::Writers;
use crate::sys::files;
use crate::sys::home::Home;
use crate::sys::home_file::{self, unreadable, unwritable};

/// The records below one [`Home`].
#[derive(Clone, Debug)]
pub struct FolderStore {
    pub(super) home: Home,
    pub(super) writers: Arc<Writers>,
    pub(super) patience: Duration,
}

impl FolderStore {
    /// Opens the store of this home. Nothing is read or made yet.
    pub fn new(home: Home) -> Self {
        Self { home, writers: Arc::new(Writers::unknown()), patience: PATIENCE }
    }

    /// Judges records by these writers, and signs as one of them. Without, every writer's are taken, and
    /// none is signed.
    #[must_use]
    pub(crate) fn with_writers(self, writers: Arc<Writers>) -> Self {
        Self { writers, ..self }
    }

    /// Opens the store that somebody named: a folder which holds at least one of a store's folders.
    /// An empty store would make every grant look as if it were missing.
    pub fn existing(home: Home) -> Result<Self> {
        for folder in [home.grants(), home.clients(), home.secrets()] {
            if files::is_folder(&folder).map_err(|error| unreadable(&folder, &error))? {
                return Ok(Self::new(home));
            }
        }
        let folder = home.data().display();
        Err(Error::new(
            Code::FileUnreadable,
            format!("no store in {folder}: it has no `grants`, `clients` or `secrets`"),
        )
        .with_hint(Self::way_out()))
    }

    /// Returns the way out if a named store does not exist.
    pub fn way_out() -> Advice {
        advice!["name the folder in which `grants` is: ", Remedy::Init.request(), " prints it"]
    }

    /// Waits no longer than this for a lock; the default is 30 seconds.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Makes its folders where they are missing.
    pub fn make(&self) -> Result<()> {
        made(&self.home.grants())?;
        made(&self.home.clients())?;
        made(&self.home.secrets())
    }

    /// Returns its writers.
    pub(crate) fn writers(&self) -> &Writers {
        &self.writers
    }

    /// Returns its home.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Returns the names of all grants, in the order of providers and accounts. No grant is opened.
    pub fn grant_names(&self) -> Result<Vec<CredentialId>> {
        let mut names = Vec::new();
        for provider in place::folders_in::<Slug>(&self.home.grants())? {
            names.extend(self.grant_names_of(&provider)?);
        }
        Ok(names)
    }

    /// Returns the names of the grants of one provider, in the order of accounts.
    pub fn grant_names_of(&self, provider: &Slug) -> Result<Vec<CredentialId>> {
        place::grants_in(&self.home.grants(), provider)
    }

    /// Lists these grants, each read when it is its turn.
    pub fn list_grants(&self, names: Vec<CredentialId>) -> impl Iterator<Item = ListEntry<Grant>> {
        self.list(names.into_iter())
    }

    /// Returns the accounts that have a grant of this provider. No grant is opened; but the cost
    /// grows with their number, so this is for choosing an account, not for using a known one.
    pub fn accounts(&self, provider: &Slug) -> Result<Vec<Label>> {
        let mut accounts: Vec<_> =
            self.grant_names_of(provider)?.into_iter().map(|id| id.account).collect();
        // Those of an account stand together.
        accounts.dedup();
        Ok(accounts)
    }

    /// Returns one grant. No other file is looked at.
    pub fn grant(&self, id: &CredentialId) -> Result<Option<SealedGrant>> {
        self.open(id)
    }

    /// Returns the version of a grant that is there, by one look at its file: a watcher of a grant
    /// reads it anew when this changes.
    pub fn grant_version(&self, name: &CredentialId) -> Version {
        version::of(&Grant::place(&self.home, name).file())
    }

    /// Takes the right to write a grant, which need not be there yet.
    pub fn lock_grant(&self, id: &CredentialId) -> Result<Lock<Grant>> {
        self.lock_record(id.clone())
    }

    /// Writes the grant whose lock is held.
    pub fn put_grant(&self, lock: &Lock<Grant>, grant: &Grant, to: &Recipients) -> Result<()> {
        self.put(lock, grant, to)
    }

    /// Makes sure that the disk has room for the grant whose lock is held to be written once more:
    /// tokens that come from a provider and cannot be stored are lost.
    pub fn reserve_grant(&self, lock: &Lock<Grant>, bytes: usize) -> Result<()> {
        write::reserve(lock, bytes)
    }

    /// Gives that room back.
    pub fn unreserve_grant(&self, lock: &Lock<Grant>) -> Result<()> {
        write::unreserve(lock)
    }

    /// Writes the grant whose lock is held, whose tokens exist nowhere else: it is tried again and again,
    /// and what the store does not take is left, sealed, in the folder for temporary files.
    pub fn keep_grant(&self, lock: &Lock<Grant>, grant: &Grant, to: &Recipients) -> Result<()> {
        self.keep(lock, &SealedRecord::seal(grant, to))
    }

    /// Removes the grant whose lock is held; `false` where there is none.
    pub fn remove_grant(&self, lock: &Lock<Grant>) -> Result<bool> {
        write::remove(lock)
    }

    /// Returns the grant of this name that waits for its confirmation.
    pub fn pending_grant(&self, id: &CredentialId) -> Result<Option<SealedPendingGrant>> {
        self.open(id)
    }

    /// Takes the right to write that grant, which need not be there yet.
    pub fn lock_pending_grant(&self, id: &CredentialId) -> Result<Lock<PendingGrant>> {
        self.lock_record(id.clone())
    }

    /// Writes the pending grant whose lock is held.
    pub fn put_pending_grant(
        &self,
        lock: &Lock<PendingGrant>,
        grant: &PendingGrant,
        to: &Recipients,
    ) -> Result<()> {
        self.put(lock, grant, to)
    }

    /// Removes the pending grant whose lock is held; `false` where there is none.
    pub fn remove_pending_grant(&self, lock: &Lock<PendingGrant>) -> Result<bool> {
        write::remove(lock)
    }

    /// Returns the clients of one provider, in the order of their names.
    pub fn clients_of(&self, provider: &Slug) -> Result<impl Iterator<Item = ListEntry<Client>>> {
        let names: Vec<Label> = place::records_in(&self.home.clients().join(provider.as_str()))?;
        let provider = provider.clone();
        Ok(self.list(
            names.into_iter().map(move |name| ClientName { provider: provider.clone(), name }),
        ))
    }

    /// Returns one client. No other file is looked at.
    pub fn client(&self, name: &ClientName) -> Result<Option<SealedClient>> {
        self.open(name)
    }

    /// Returns the version of a client, by one look at its file.
    pub fn client_version(&self, name: &ClientName) -> Version {
        version::of(&Client::place(&self.home, name).file())
    }

    /// Returns the version of the list of recipients, by one look at its file.
    pub fn recipients_version(&self) -> Version {
        version::of(&self.home.recipients_file())
    }

    /// Takes the right to write a client, which need not be there yet.
    pub fn lock_client(&self, name: &ClientName) -> Result<Lock<Client>> {
        self.lock_record(name.clone())
    }

    /// Writes the client whose lock is held.
    pub fn put_client(&self, lock: &Lock<Client>, client: &Client, to: &Recipients) -> Result<()> {
        self.put(lock, client, to)
    }

    /// Removes the client whose lock is held; `false` where there is none.
    pub fn remove_client(&self, lock: &Lock<Client>) -> Result<bool> {
        write::remove(lock)
    }

    /// Returns all secrets, in the order of their names.
    pub fn secrets(&self) -> Result<impl Iterator<Item = ListEntry<Secret>>> {
        Ok(self.list(place::records_in(&self.home.secrets())?.into_iter()))
    }

    /// Returns one secret. No other file is looked at.
    pub fn secret(&self, name: &SecretName) -> Result<Option<SealedSecret>> {
        self.open(name)
    }

    /// Takes the right to write a secret, which need not be there yet.
    pub fn lock_secret(&self, name: &SecretName) -> Result<Lock<Secret>> {
        self.lock_record(name.clone())
    }

    /// Writes the secret whose lock is held.
    pub fn put_secret(&self, lock: &Lock<Secret>, secret: &Secret, to: &Recipients) -> Result<()> {
        self.put(lock, secret, to)
    }

    /// Removes the secret whose lock is held; `false` where there is none.
    pub fn remove_secret(&self, lock: &Lock<Secret>) -> Result<bool> {
        write::remove(lock)
    }

    pub(super) fn open<R: FileRecord>(&self, name: &R::Name) -> Result<Option<SealedRecord<R>>> {
        let Some((sealed, file)) = self.read(name)? else { return Ok(None) };
        let Some(seen) = self.writers.judge(&sealed, &file)? else { return Ok(Some(sealed)) };
        // Another process may have written it since it was read, and may do so again: a record is noted
        // after it was written, so that one that is read now is not older than what was seen before.
        let Some((sealed, file)) = self.read(name)? else { return Ok(None) };
        self.writers.judge(&sealed, &file)?;
        if sealed.generation() < seen {
            self.writers.tell_older(&sealed, &file, seen);
        }
        Ok(Some(sealed))
    }

    /// Reads a record, whoever wrote it.
    pub(super) fn read<R: FileRecord>(
        &self,
        name: &R::Name,
    ) -> Result<Option<(SealedRecord<R>, PathBuf)>> {
        let place = R::place(&self.home, name);
        self.home.judge(place.folder())?;
        let file = place.file();
        let content = home_file::read(&file, self.home.trust())?;
        let Some(content) = content else { return Ok(None) };
        Ok(Some((SealedRecord::parse(&content, name, file.clone())?, file)))
    }

    fn list<R: FileRecord>(
        &self,
        names: impl Iterator<Item = R::Name>,
    ) -> impl Iterator<Item = ListEntry<R>> {
        names.filter_map(|name| {
            // What was removed since the folder was read is not in the list.
            let metadata = match self.open::<R>(&name) {
                Ok(sealed) => Ok(sealed?.metadata),
                Err(error) => Err(error),
            };
            Some(ListEntry { name, metadata })
        })
    }

    pub(super) fn lock_record<R: FileRecord>(&self, name: R::Name) -> Result<Lock<R>> {
        self.lock_within(name, self.patience)
    }

    /// Takes the lock of a record, if it is free before this time is over.
    pub(super) fn lock_within<R: FileRecord>(
        &self,
        name: R::Name,
        patience: Duration,
    ) -> Result<Lock<R>> {
        let lock = Lock::acquire(&self.home, name, patience)?;
        self.writers.prepare()?;
        Ok(lock)
    }

    /// Returns the generation of what is written next in the place of the record whose lock is held.
    pub fn next_generation<R: FileRecord>(&self, lock: &Lock<R>) -> u64 {
        // What cannot be used is replaced.
        let stored = self.open::<R>(lock.name()).ok().flatten();
        let stored = stored.map_or(0, |sealed| sealed.generation());
        stored.max(self.writers.seen(&lock.place().file())).saturating_add(1)
    }

    /// Writes the record whose lock is held.
    pub(super) fn put<R: FileRecord>(
        &self,
        lock: &Lock<R>,
        record: &R,
        to: &Recipients,
    ) -> Result<()> {
        self.write(lock, &SealedRecord::seal(record, to))
    }

    /// Signs and writes the record whose lock is held.
    pub(super) fn write<R: FileRecord>(
        &self,
        lock: &Lock<R>,
        sealed: &SealedRecord<R>,
    ) -> Result<()> {
        self.write_by(lock, sealed, |content| {
            fits(content)?;
            write::replace(lock, content)
        })
    }

    /// Does the same for a grant whose tokens exist nowhere else.
    pub(super) fn keep(&self, lock: &Lock<Grant>, sealed: &SealedGrant) -> Result<()> {
        self.write_by(lock, sealed, |content| keep::keep(lock, content))
    }

    fn write_by<R: FileRecord>(
        &self,
        lock: &Lock<R>,
        sealed: &SealedRecord<R>,
        write: impl FnOnce(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let name = R::name_in(&sealed.metadata);
        assert_eq!(name, *lock.name(), "the lock is that of another record");
        write(&self.writers.content(sealed))?;
        let (file, generation) = (lock.place().file(), sealed.generation());
        if generation > self.writers.seen(&file) {
            self.writers.note(&file, generation);
        }
        Ok(())
    }
}

fn made(folder: &Path) -> Result<()> {
    files::make_folder(folder).map_err(|error| unwritable(folder, &error))
}
