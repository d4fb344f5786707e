//! OAuth 2.0: from asking an account's owner for consent to the end of the grant; and that of
//! OAuth 1.0a.
//!
//! | module | subject | touches the world |
//! | --- | --- | --- |
//! | [`consent`] | the request for consent, the browser, and the redirect that comes back | yes |
//! | [`client`] | the app that asks, and its proof | |
//! | [`token`] | the token endpoint: requests, responses and their meaning | yes |
//! | [`token_file`] | tokens as other programs keep them | |
//! | [`oauth1`] | requests that are signed, and the way to their tokens | yes |
//! | [`app_only`] | the bearer token of an app | yes |
//! | [`static_token`] | the owner of a bot token or an API key | yes |
//! | [`service_account`] | tokens that are minted from a key, or come from a program or a file | yes |
//! | [`account`] | the account of an access token | yes |
//! | [`expectation`] | the account that is expected to consent | |

pub mod account;
pub mod app_only;
pub mod client;
pub mod consent;
pub mod expectation;
mod json_object;
pub mod oauth1;
pub mod service_account;
pub mod static_token;
pub mod token;
pub mod token_file;

#[cfg(test)]
mod tests;
