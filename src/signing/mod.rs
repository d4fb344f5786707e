//! Signatures of records and rows: Ed25519 (RFC 8032) over a canonical encoding of what is stated.
//!
//! Nothing here knows a store. Whoever signs something else than a record gives its statements another
//! context, and no signature of one is good for the other.

mod canonical;
mod public_key;
mod signature;
mod statement;
mod writer_key;

pub use public_key::PublicKey;
pub use signature::Signature;
pub use statement::Statement;
pub use writer_key::WriterKey;
