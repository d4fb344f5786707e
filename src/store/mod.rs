//! Grants, clients and secrets at rest.
//!
//! **One record, one file.** A grant is `grants/<provider>/<account>.json`, a client is
//! `clients/<provider>/<name>.json`, a secret is `secrets/<NAME>.json`. Using one record costs the
//! same however many others there are, and two writers meet only where they write the same.
//!
//! **Readable outside, sealed inside.** A record has metadata for whoever can read the file, so
//! that coverage and expiry can be judged without a key, and a part that is sealed with age to all
//! [`Recipients`]. The sealed part repeats the metadata: changing the readable ones is found out
//! when the record is unsealed, and a file that was copied to the place of another as soon as it
//! is read. Two things are beyond this: an old version of a file, put back, was right once; and
//! whoever knows the public key of a recipient and can write to the store can seal a record of
//! their own.
//!
//! **Old or new, never between.** Files are replaced as a whole, and are on the disk before a
//! writer goes on. A file that cannot be understood is an error that names it, and never an empty
//! store.
//!
//! **One writer a record.** Writing takes the [`Lock`] of the record, and the types see to it:
//! [`Store::put_grant`] wants the lock and writes to the place that the lock is for. Whoever
//! decides by what the record holds reads it after taking the lock.
//!
//! Nothing here asks for the time of day: times are parameters.

mod client;
mod grant;
mod identity;
mod lock;
mod mark;
mod passphrase;
mod place;
mod read;
mod recipients;
mod record;
mod reseal;
mod seal;
mod secret;
#[cfg(test)]
mod tests;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use crate::sys::home::Home;
pub use client::{Client, ClientMetadata, ClientName, SealedClient};
pub use grant::{
    Blame, FailureClass, Grant, GrantMetadata, GrantName, InFlight, LastError, SealedGrant,
};
pub use identity::Identities;
pub use lock::Lock;
pub(crate) use lock::hold;
pub use passphrase::{Nobody, Passphrase, Remembered, Terminal, VARIABLE as PASSPHRASE_FILE};
pub use read::Version;
pub(crate) use read::{LARGEST, record as read_file};
pub use recipients::{Recipient, Recipients};
pub(crate) use record::Secret as PlainSecret;
pub use record::{Record, Sealed};
pub use reseal::{RecordName, Seal};
pub use seal::{Unopened, seal, unseal};
pub use secret::{LONGEST_VALUE, SealedSecret, Secret, SecretMetadata};
pub(crate) use write::{RESCUED, create as create_file, make_folder};

use crate::error::{Code, Error, Result};
use crate::model::name::{Label, SecretName, Slug};
use crate::sys::files;

/// The records below one [`Home`].
#[derive(Clone, Debug)]
pub struct Store {
    home: Home,
    patience: Duration,
}

/// A record in a list: a file that cannot be read spoils its own entry, not the list.
#[derive(Debug)]
pub struct Listed<R: Record> {
    /// Which record.
    pub name: R::Name,
    /// What can be known without a key.
    pub metadata: Result<R::Metadata>,
}

impl Store {
    /// The store of this home. Nothing is read or made yet.
    pub fn new(home: Home) -> Self {
        Self { home, patience: lock::PATIENCE }
    }

    /// The store that somebody named: a folder which holds at least one of a store's folders. An
    /// empty store would make every grant look as if it were missing.
    pub fn existing(home: Home) -> Result<Self> {
        for folder in [home.grants(), home.clients(), home.secrets()] {
            if files::is_folder(&folder).map_err(|error| read::unreadable(&folder, &error))? {
                return Ok(Self::new(home));
            }
        }
        let folder = home.data().display();
        Err(Error::new(
            Code::FileUnreadable,
            format!("no store in {folder}: it has no `grants`, `clients` or `secrets`"),
        )
        .with_hint("name the folder in which `grants` is: `xreq init` prints it"))
    }

    /// Waits no longer than this for a lock; the default is 30 seconds.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Makes its folders where they are missing.
    pub fn make(&self) -> Result<()> {
        write::make_folder(&self.home.grants())?;
        write::make_folder(&self.home.clients())?;
        write::make_folder(&self.home.secrets())
    }

    /// Where it is.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The names of all grants, in the order of providers and accounts. No grant is opened.
    pub fn grant_names(&self) -> Result<Vec<GrantName>> {
        let mut names = Vec::new();
        for provider in place::folders_in::<Slug>(&self.home.grants())? {
            names.extend(self.grant_names_of(&provider)?);
        }
        Ok(names)
    }

    /// The names of the grants of one provider, in the order of accounts.
    pub fn grant_names_of(&self, provider: &Slug) -> Result<Vec<GrantName>> {
        let name = |account| GrantName { provider: provider.clone(), account };
        Ok(self.accounts(provider)?.into_iter().map(name).collect())
    }

    /// These grants, each read when it is its turn.
    pub fn list_grants(&self, names: Vec<GrantName>) -> impl Iterator<Item = Listed<Grant>> {
        self.list(names.into_iter())
    }

    /// The accounts that have a grant of this provider. No grant is opened; but the cost grows
    /// with their number, so this is for choosing an account, not for using a known one.
    pub fn accounts(&self, provider: &Slug) -> Result<Vec<Label>> {
        place::records_in(&self.home.grants().join(provider.as_str()))
    }

    /// One grant. No other file is looked at.
    pub fn grant(&self, provider: &Slug, account: &Label) -> Result<Option<SealedGrant>> {
        self.open(&GrantName { provider: provider.clone(), account: account.clone() })
    }

    /// Which version of a grant is there, by one look at its file: whoever keeps an eye on a grant
    /// reads it anew when this changes.
    pub fn grant_version(&self, name: &GrantName) -> Version {
        read::version(&Grant::place(&self.home, name).file())
    }

    /// Takes the right to write a grant, which need not be there yet.
    pub fn lock_grant(&self, provider: &Slug, account: &Label) -> Result<Lock<Grant>> {
        self.lock(GrantName { provider: provider.clone(), account: account.clone() })
    }

    /// Writes the grant whose lock is held.
    pub fn put_grant(&self, lock: &Lock<Grant>, grant: &Grant, to: &Recipients) -> Result<()> {
        put(lock, grant, to)
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

    /// Leaves the grant whose lock is held, sealed, in another folder, where the store does not take
    /// it. Gives the file, and the place that it belongs to.
    pub fn rescue_grant(
        &self,
        lock: &Lock<Grant>,
        grant: &Grant,
        to: &Recipients,
        folder: &Path,
    ) -> Result<(PathBuf, PathBuf)> {
        let rescued = write::aside(folder, &record::seal_any(grant, to))?;
        Ok((rescued, lock.place().file()))
    }

    /// Removes the grant whose lock is held; `false` where there is none.
    pub fn remove_grant(&self, lock: &Lock<Grant>) -> Result<bool> {
        write::remove(lock)
    }

    /// The clients of one provider, in the order of their names.
    pub fn clients_of(&self, provider: &Slug) -> Result<impl Iterator<Item = Listed<Client>>> {
        let names: Vec<Label> = place::records_in(&self.home.clients().join(provider.as_str()))?;
        let provider = provider.clone();
        Ok(self.list(
            names.into_iter().map(move |name| ClientName { provider: provider.clone(), name }),
        ))
    }

    /// One client. No other file is looked at.
    pub fn client(&self, name: &ClientName) -> Result<Option<SealedClient>> {
        self.open(name)
    }

    /// Takes the right to write a client, which need not be there yet.
    pub fn lock_client(&self, name: &ClientName) -> Result<Lock<Client>> {
        self.lock(name.clone())
    }

    /// Writes the client whose lock is held.
    pub fn put_client(&self, lock: &Lock<Client>, client: &Client, to: &Recipients) -> Result<()> {
        put(lock, client, to)
    }

    /// Removes the client whose lock is held; `false` where there is none.
    pub fn remove_client(&self, lock: &Lock<Client>) -> Result<bool> {
        write::remove(lock)
    }

    /// All secrets, in the order of their names.
    pub fn secrets(&self) -> Result<impl Iterator<Item = Listed<Secret>>> {
        Ok(self.list(place::records_in(&self.home.secrets())?.into_iter()))
    }

    /// One secret. No other file is looked at.
    pub fn secret(&self, name: &SecretName) -> Result<Option<SealedSecret>> {
        self.open(name)
    }

    /// Takes the right to write a secret, which need not be there yet.
    pub fn lock_secret(&self, name: &SecretName) -> Result<Lock<Secret>> {
        self.lock(name.clone())
    }

    /// Writes the secret whose lock is held.
    pub fn put_secret(&self, lock: &Lock<Secret>, secret: &Secret, to: &Recipients) -> Result<()> {
        put(lock, secret, to)
    }

    /// Removes the secret whose lock is held; `false` where there is none.
    pub fn remove_secret(&self, lock: &Lock<Secret>) -> Result<bool> {
        write::remove(lock)
    }

    fn open<R: Record>(&self, name: &R::Name) -> Result<Option<Sealed<R>>> {
        let place = R::place(&self.home, name);
        self.home.judge(place.folder())?;
        let file = place.file();
        let content = read::record(&file, self.home.trust())?;
        content.map(|content| Sealed::parse(&content, name, file)).transpose()
    }

    fn list<R: Record>(
        &self,
        names: impl Iterator<Item = R::Name>,
    ) -> impl Iterator<Item = Listed<R>> {
        names.filter_map(|name| {
            // What was removed since the folder was read is not in the list.
            let metadata = match self.open::<R>(&name) {
                Ok(sealed) => Ok(sealed?.metadata),
                Err(error) => Err(error),
            };
            Some(Listed { name, metadata })
        })
    }

    fn lock<R: Record>(&self, name: R::Name) -> Result<Lock<R>> {
        Lock::acquire(&self.home, name, self.patience)
    }
}

fn put<R: Record>(lock: &Lock<R>, record: &R, recipients: &Recipients) -> Result<()> {
    assert_eq!(R::name_in(record.metadata()), *lock.name(), "the lock is that of another record");
    write::replace(lock, &record::seal(record, recipients)?)
}
