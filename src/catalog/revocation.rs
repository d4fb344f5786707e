//! The end of a grant at the provider's request.

use serde::Deserialize;

/// The request that revokes a token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Its URL; `{client_id}` stands for the client's id.
    pub url: String,
    /// Its form.
    #[serde(default)]
    pub style: RevocationStyle,
    /// The extent of what ends by it.
    #[serde(default)]
    pub ends: RevocationExtent,
}

/// The form of a request that revokes a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationStyle {
    /// The token stands in the body, and the client proves who it is (RFC 7009 section 2.1).
    #[default]
    Rfc7009,
    /// The access token is the credential of an empty request.
    Bearer,
    /// A `DELETE` with HTTP Basic, and the access token in an object of JSON.
    BasicDeleteJson,
}

/// The extent of what one revocation ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationExtent {
    /// The token.
    #[default]
    Token,
    /// All tokens of the client for the account.
    Authorization,
    /// Every session of the account, those with other apps included.
    Sessions,
}
