//! OAuth 1.0a (RFC 5849): tokens that sign requests together with the keys of the client.

use indexmap::IndexMap;
use regex_lite::Regex;
use serde::Deserialize;

use crate::catalog::environment::Variables;
use crate::catalog::field::present;
use crate::catalog::placeholder_form::PlaceholderForm;
use crate::model::variable_content::VariableContent;

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
    /// The URL that tells the account of a token (`id_str`, `screen_name`), and its level in the header
    /// `x-access-level`, if there is one.
    #[serde(default, deserialize_with = "present")]
    pub verify_url: Option<String>,
    /// The prefixes that programs put before the names of its keys and tokens, beside the provider's own.
    #[serde(default)]
    pub other_prefixes: Vec<String>,
    /// The forms of the keys and of the token's secret, as regular expressions: another one is warned of.
    #[serde(default)]
    pub shapes: IndexMap<VariableContent, String>,
    /// The forms of the texts that an agent has in the place of its keys, token and secrets, where the broker
    /// has those.
    #[serde(default)]
    pub placeholders: IndexMap<VariableContent, PlaceholderForm>,
    /// The variables that an agent gets.
    pub env: Variables,
}

impl Oauth1 {
    /// Returns the URLs.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        let certain = [&self.request_token_url, &self.authorize_url, &self.access_token_url];
        let others = [&self.invalidate_url, &self.verify_url].into_iter().flatten();
        certain.into_iter().chain(others).map(String::as_str)
    }

    /// Returns whether a key or a secret has the form of its kind, if the file states one.
    pub fn looks_like(&self, content: VariableContent, text: &str) -> bool {
        let pattern = self.shapes.get(&content).and_then(|pattern| Regex::new(pattern).ok());
        pattern.is_none_or(|pattern| pattern.is_match(text))
    }
}
