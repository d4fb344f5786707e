//! Storing tokens that exist nowhere else.
//!
//! Once a provider has answered, its tokens are in this process alone. So the disk is asked for room
//! before the provider is asked for tokens, and tokens that the store does not take in the end are left
//! where they can be found.

use age::secrecy::ExposeSecret;

use crate::error::{Code, Error, Result};
use crate::store::{Grant, LARGEST, Lock, Recipients, Store};

/// The bytes that a grant may take beside its tokens, its scopes and its recipients.
const SLACK: usize = 16 * 1024;

/// The bytes that a grant has at most beside its recipients, with the longest tokens and the most
/// scopes that are taken of an answer: its metadata once readable, once sealed with each token; its
/// tokens, of which JSON may escape each character.
const MOST: u64 = 560 * 1024;

/// The bytes of the seals for one recipient, in both parts; those for RSA keys are the longest.
const SEAL: usize = 2 * 1024;

/// Makes sure that the disk has room for new tokens in the place of those of this grant.
pub fn reserve(store: &Store, lock: &Lock<Grant>, like: &Grant, to: &Recipients) -> Result<()> {
    let tokens = [Some(&like.access_token), like.refresh_token.as_ref()];
    let tokens: usize = tokens.into_iter().flatten().map(|token| token.expose_secret().len()).sum();
    store.reserve_grant(lock, SLACK + 4 * tokens + SEAL * to.iter().count())
}

/// Makes sure that the disk has room for the first tokens of a grant.
pub fn reserve_first(store: &Store, lock: &Lock<Grant>, to: &Recipients) -> Result<()> {
    fits(to)?;
    store.reserve_grant(lock, SLACK + SEAL * to.iter().count())
}

/// Refuses so many recipients that a grant could outgrow what the store reads.
pub fn fits(to: &Recipients) -> Result<()> {
    if MOST + to.sealed_size() <= LARGEST {
        return Ok(());
    }
    let message = format!(
        "{} recipients are too many: new tokens that are sealed to all of them may not fit into 1 MiB",
        to.iter().count()
    );
    Err(Error::new(Code::StoreUnwritable, message).with_hint("seal to fewer recipients"))
}

/// Stores a grant. A grant that the store does not take, however often it is asked, is left, sealed, in
/// the folder for temporary files.
pub fn keep(store: &Store, lock: &Lock<Grant>, grant: &Grant, to: &Recipients) -> Result<()> {
    store.keep_grant(lock, grant, to)
}
