//! OAuth 1.0a (RFC 5849): requests that are signed with HMAC-SHA1, the verification of such a signature,
//! and the way to a token.
//!
//! | module | subject | touches the world |
//! | --- | --- | --- |
//! | [`request`] | a request as its signature covers it: the signature base string | |
//! | [`signature`] | the signature of a base string | |
//! | [`header`] | the `Authorization` header; nonce and timestamp are parameters | |
//! | [`endpoint`] | the requests: for a request token, for a token, for its end | yes |
//! | [`answer`] | the answers that hold tokens | |
//! | [`token_pair`] | a token and its secret | |
//! | [`refusal`] | the failures of signed requests, and their causes | |
//! | [`authorization`] | one request for consent, and the judgement of its answer | |
//! | [`key_file`] | keys and tokens as people keep them | |
//! | [`level`] | the account and the level of a token | yes |

pub mod answer;
pub mod authorization;
pub mod endpoint;
pub mod header;
pub mod key_file;
pub mod level;
mod percent;
pub mod refusal;
pub mod request;
pub mod signature;
pub mod token_pair;

#[cfg(test)]
mod tests;

pub use header::{RequestSigner, SignatureHeader};
pub(crate) use percent::{decoded, encoded};
pub use request::SignedRequest;
pub use signature::SigningSecrets;
