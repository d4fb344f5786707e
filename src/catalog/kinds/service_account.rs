//! Service accounts: short-lived access tokens, minted from a key, a refresh token or a command.

use serde::Deserialize;

use crate::catalog::environment::Variables;
use crate::catalog::field::present;
use crate::catalog::placeholder_form::PlaceholderForm;
use crate::model::scope::ScopeSet;

/// The kind `service_account` of a provider.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccount {
    /// The URL at which access tokens are minted (RFC 7523 section 2.1).
    pub token_url: String,
    /// The URL at which a token of another identity provider is exchanged (RFC 8693 section 2.1).
    #[serde(default, deserialize_with = "present")]
    pub exchange_url: Option<String>,
    /// The URL at which what was exchanged gets a token of a service account; `{account}` stands for it.
    #[serde(default, deserialize_with = "present")]
    pub impersonation_url: Option<String>,
    /// The scopes with which it is exchanged for that.
    #[serde(default)]
    pub exchange_scopes: ScopeSet,
    /// The scopes that they are asked for with.
    #[serde(default)]
    pub scopes: ScopeSet,
    /// The place where a person makes keys, and ends them: completes a sentence.
    #[serde(default, deserialize_with = "present")]
    pub help: Option<String>,
    /// The form of the text that an agent has in the place of its token, where the broker has the token.
    #[serde(default, deserialize_with = "present")]
    pub placeholder: Option<PlaceholderForm>,
    /// The variables that an agent gets.
    pub env: Variables,
}

impl ServiceAccount {
    /// The place of the account in the URL of impersonation.
    pub const PLACE: &str = "{account}";

    /// Returns the URL at which an account's tokens are had.
    pub fn impersonation_url_of(&self, account: &str) -> Option<String> {
        self.impersonation_url.as_ref().map(|url| url.replace(Self::PLACE, account))
    }

    /// Returns the account that a URL of impersonation names, if it is the provider's.
    pub fn account_in<'u>(&self, url: &'u str) -> Option<&'u str> {
        let (before, behind) = self.impersonation_url.as_deref()?.split_once(Self::PLACE)?;
        url.strip_prefix(before)?.strip_suffix(behind)
    }
}
