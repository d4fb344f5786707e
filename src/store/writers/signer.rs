//! The signer of a record that is there.

use crate::signing::PublicKey;

/// The signer of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    /// The record is not signed.
    Nobody,
    /// A writer, whether trusted or not.
    Writer(PublicKey),
}

impl From<Option<PublicKey>> for Signer {
    fn from(writer: Option<PublicKey>) -> Self {
        writer.map_or(Self::Nobody, Self::Writer)
    }
}
