//! The room that a grant takes: how many recipients it may have, and what its first tokens need.

use super::recipients::Recipients;
use crate::error::{Code, Error, Result};
use crate::sys::home_file::LARGEST;

/// The bytes that a grant may take beside its tokens, its scopes and its recipients.
const SLACK: usize = 16 * 1024;

/// The bytes that a grant has at most beside its recipients, with the longest tokens and the most
/// scopes that are taken of an answer: its metadata once readable, once sealed with each token; its
/// tokens, of which JSON may escape each character.
const MOST: u64 = 560 * 1024;

/// The bytes of the seals for one recipient, in both parts; those for RSA keys are the longest.
const SEAL: usize = 2 * 1024;

/// Refuses so many recipients that a grant could outgrow what the store reads.
pub(crate) fn fits_all(to: &Recipients) -> Result<()> {
    if MOST + to.sealed_size() <= LARGEST {
        return Ok(());
    }
    let message = format!(
        "{} recipients are too many: new tokens that are sealed to all of them may not fit into 1 MiB",
        to.iter().count()
    );
    Err(Error::new(Code::StoreUnwritable, message).with_hint("seal to fewer recipients"))
}

/// Returns the bytes that the first tokens of a grant take.
pub(crate) fn of_first_tokens(to: &Recipients) -> usize {
    SLACK + SEAL * to.iter().count()
}
