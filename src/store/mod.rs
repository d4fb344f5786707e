//! Grants, clients and secrets at rest.
//!
//! **One record, one file.** A grant is `grants/<provider>/<account>.json`, a client is
//! `clients/<provider>/<name>.json`, a secret is `secrets/<NAME>.json`. Using one record costs the
//! same however many others there are, and two writers meet only where they write the same.
//!
//! **Readable outside, sealed inside.** A record has metadata for everybody who can read the file,
//! so that coverage and expiry can be judged without a key, and parts that are sealed with age to
//! all [`Recipients`], one a secret. Each part repeats the metadata: changing the readable ones is
//! found out when the record is unsealed, and a file that was copied to the place of another as
//! soon as it is read.
//!
//! **Signed.** Sealing takes no more than a recipient's public key. So each writer signs what it
//! writes, and what this machine knows of `Writers` tells whose a record is, and whether it is older
//! than one that was seen before.
//!
//! **Old or new, never between.** Files are replaced as a whole, and are on the disk before a
//! writer goes on. A file that cannot be understood is an error that names it, and never an empty
//! store.
//!
//! **One writer a record.** Writing takes the [`Lock`] of the record, and the types see to it:
//! [`FolderStore::put_grant`] wants the lock and writes to the place that the lock is for. A writer that
//! decides by what the record holds reads it after taking the lock.
//!
//! Nothing here asks for the time of day: times are parameters.

pub(crate) mod capacity;
mod client;
mod counters;
mod due_work;
mod envelope;
mod folder;
mod grant;
mod identity;
mod interface;
mod listed;
mod mark;
mod memory;
mod passphrase;
mod pending;
mod personal;
mod plaintext;
mod recipient_choice;
mod recipients;
mod record;
mod seal;
mod secret;
#[cfg(test)]
mod tests;
mod writers;

pub use self::client::{Client, ClientMetadata, ClientName, SealedClient};
pub use self::counters::Counters;
pub use self::due_work::{Claim, Completion, DuePolicy, DueWork};
pub use self::folder::lock::Lock;
pub use self::folder::place::FileRecord;
pub use self::folder::reseal::{RecordName, SealState};
pub use self::folder::store::FolderStore;
pub use self::folder::version::Version;
pub(crate) use self::folder::watch::{EVERY as WATCHED_EVERY, FolderWatch};
pub use self::folder::work::{FolderWork, HeldGrant};
pub(crate) use self::folder::write::RESCUED;
pub use self::grant::SealedGrant;
pub use self::identity::Identities;
pub use self::interface::{Loaded, Store};
pub use self::listed::ListEntry;
pub use self::memory::{MemoryCounters, MemoryStore};
pub use self::passphrase::{
    Nobody, Passphrase, PassphraseCache, Terminal, VARIABLE as PASSPHRASE_FILE,
};
pub use self::pending::{PendingGrant, SealedPendingGrant};
pub(crate) use self::plaintext::SecretText;
pub use self::recipients::{Recipient, Recipients};
pub use self::record::{Record, SealedRecord};
pub use self::seal::{UnsealFailure, seal, unseal};
pub use self::secret::{LONGEST_VALUE, SealedSecret, Secret, SecretMetadata};
pub(crate) use self::writers::{Notice, Signer, TrustedWriter, Writers};
pub use crate::credential::grant::{Grant, GrantMetadata};
pub use crate::credential::last_refresh::{Blame, FailureClass, InFlight, LastError};
pub use crate::model::credential_id::CredentialId;
pub use crate::sys::home::Home;
