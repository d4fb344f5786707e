//! The token endpoint: requests, responses and their meaning.

pub mod device;
pub mod endpoint;
pub mod failure;
pub(crate) mod form;
pub mod issue;
pub mod response;
pub mod revocation;
