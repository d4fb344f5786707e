//! OAuth 1.0a (RFC 5849): tokens that sign requests together with the keys of the client.

use serde::Deserialize;

use crate::catalog::environment::Variables;
use crate::catalog::field::present;

/// The kind `oauth1` of a provider.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oauth1 {
    /// The URL of temporary credentials (section 2.1).
    pub request_token_url: String,
    /// The URL at which an account's owner is asked (section 2.2).
    pub authorize_url: String,
    /// The URL of token credentials (section 2.3).
    pub access_token_url: String,
    /// The URL at which a token is invalidated, if it can be.
    #[serde(default, deserialize_with = "present")]
    pub invalidate_url: Option<String>,
    /// The variables that an agent gets.
    pub env: Variables,
}
