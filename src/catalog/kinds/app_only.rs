//! Bearer tokens of the client itself, which act for no account.

use serde::Deserialize;

use crate::catalog::environment::Variables;
use crate::catalog::field::present;
use crate::catalog::placeholder_form::PlaceholderForm;

/// The kind `app_only` of a provider.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppOnly {
    /// The URL at which the token is minted: client credentials (RFC 6749 section 4.4), with the
    /// OAuth 1.0a keys of the client as HTTP Basic.
    #[serde(default, deserialize_with = "present")]
    pub mint_url: Option<String>,
    /// The URL at which it is invalidated, for everybody who uses the client.
    #[serde(default, deserialize_with = "present")]
    pub invalidate_url: Option<String>,
    /// The form of the text that an agent has in the place of its token, where the broker has the token.
    #[serde(default, deserialize_with = "present")]
    pub placeholder: Option<PlaceholderForm>,
    /// The variables that an agent gets.
    pub env: Variables,
}
