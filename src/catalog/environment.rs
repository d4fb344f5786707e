//! The contents of an agent's variables.

use indexmap::IndexMap;
use serde::Deserialize;

/// The content of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VariableContent {
    /// The access token.
    AccessToken,
    /// The time at which it expires, where that is known.
    ExpiresAt,
    /// The path of the file in which a supervised agent finds the newest access token.
    AccessTokenFile,
}

/// The names of variables, each with its content.
pub(super) type Variables = IndexMap<String, VariableContent>;

impl VariableContent {
    pub(super) const ALL: [Self; 3] = [Self::AccessToken, Self::ExpiresAt, Self::AccessTokenFile];

    /// Returns the name in provider files and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::ExpiresAt => "expires_at",
            Self::AccessTokenFile => "access_token_file",
        }
    }

    /// Returns the end of the name of the usual variable, behind the provider's prefix.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::AccessToken => "ACCESS_TOKEN",
            Self::ExpiresAt => "ACCESS_TOKEN_EXPIRES_AT",
            Self::AccessTokenFile => "ACCESS_TOKEN_FILE",
        }
    }
}
