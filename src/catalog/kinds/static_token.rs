//! Tokens that have no flow: bot tokens and API keys.

use indexmap::IndexMap;
use serde::Deserialize;

use crate::catalog::environment::Variables;
use crate::catalog::field::present;
use crate::catalog::placeholder_form::PlaceholderForm;

/// The kind `static` of a provider.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticToken {
    /// Its name for people: "bot token".
    pub title: String,
    /// The place where a person gets it: completes a sentence.
    #[serde(default, deserialize_with = "present")]
    pub help: Option<String>,
    /// The headers of a request that has it, with `{token}` in its place.
    #[serde(default = "bearer")]
    pub headers: IndexMap<String, String>,
    /// The request that tells whose it is.
    #[serde(default, deserialize_with = "present")]
    pub check: Option<TokenCheck>,
    /// The form of the text that an agent has in the place of its token, where the broker has the token.
    #[serde(default, deserialize_with = "present")]
    pub placeholder: Option<PlaceholderForm>,
    /// The variables that an agent gets.
    pub env: Variables,
}

/// The request that tells whose token it is.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenCheck {
    /// The service that it belongs to; none is the API at `api_url`.
    #[serde(default, deserialize_with = "present")]
    pub service: Option<String>,
    /// The path of the `GET` operation.
    pub path: String,
    /// The place of the account's id, which never changes, in its answer: a JSON pointer (RFC 6901).
    pub id: String,
    /// The place of the account's name for people, which may change, in its answer: a JSON pointer.
    pub handle: String,
}

impl StaticToken {
    /// The place of the token in a header.
    pub const PLACE: &str = "{token}";
}

fn bearer() -> IndexMap<String, String> {
    IndexMap::from([("Authorization".to_owned(), format!("Bearer {}", StaticToken::PLACE))])
}
