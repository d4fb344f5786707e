//! OAuth 2.0: from asking an account's owner for consent to the end of the grant.

pub mod account;
pub mod client;
pub mod decision;
pub mod failure;
mod form;
pub mod http;
pub mod issue;
pub mod refresh;
pub mod token_endpoint;
pub mod token_response;
