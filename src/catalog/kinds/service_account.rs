//! Service accounts: short-lived access tokens, minted from a key, a refresh token or a command.

use serde::Deserialize;

use crate::catalog::environment::Variables;
use crate::catalog::field::present;
use crate::model::scope::ScopeSet;

/// The kind `service_account` of a provider.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccount {
    /// The URL at which access tokens are minted (RFC 7523 section 2.1).
    pub token_url: String,
    /// The scopes that they are asked for with.
    #[serde(default)]
    pub scopes: ScopeSet,
    /// The place where a person makes keys, and ends them: completes a sentence.
    #[serde(default, deserialize_with = "present")]
    pub help: Option<String>,
    /// The variables that an agent gets.
    pub env: Variables,
}
