//! OAuth 1.0a (RFC 5849): requests that are signed with HMAC-SHA1, and the verification of such a
//! signature.
//!
//! | module | subject |
//! | --- | --- |
//! | [`request`] | a request as its signature covers it: the signature base string |
//! | [`signature`] | the signature of a base string |
//! | [`header`] | the `Authorization` header |
//!
//! All of it is pure: nonce and timestamp are parameters.

pub mod header;
mod percent;
pub mod request;
pub mod signature;

#[cfg(test)]
mod tests;

pub use header::{RequestSigner, SignatureHeader};
pub(crate) use percent::{decoded, encoded};
pub use request::SignedRequest;
pub use signature::SigningSecrets;
