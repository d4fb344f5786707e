//! The requests for tokens and their answers, where a provider departs from RFC 6749 sections 4.1.3
//! to 6.

use indexmap::IndexMap;
use serde::Deserialize;

use super::field::present;

/// The form of requests for tokens, and of their answers.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenProtocol {
    /// The format of requests.
    pub body: BodyFormat,
    /// Headers of the requests that xreq sends to the provider: for tokens, to revoke them, and for
    /// the account.
    pub headers: IndexMap<String, String>,
    /// Parameters that the exchange of a code has besides.
    pub exchange_parameters: IndexMap<String, String>,
    /// Parameters that a refresh has besides.
    pub refresh_parameters: IndexMap<String, String>,
    /// The URL at which tokens are refreshed, where that is another than the one that issues them.
    #[serde(deserialize_with = "present")]
    pub refresh_url: Option<String>,
    /// The values of `token_type` of tokens that are sent as bearer tokens; none is `bearer` alone.
    pub types: Vec<String>,
    /// The places of an answer's parts.
    pub response: ResponsePlaces,
    /// The place of a truth value in each answer, as a JSON pointer: `false` is an error, whatever
    /// the status, and its code is at `/error`.
    #[serde(deserialize_with = "present")]
    pub ok: Option<String>,
}

/// The format of the body of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyFormat {
    /// A form (RFC 6749 appendix B).
    #[default]
    Form,
    /// An object of JSON.
    Json,
}

/// The places of the parts of a token response, as JSON pointers (RFC 6901). A part without a place
/// stands where RFC 6749 section 5.1 has it.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResponsePlaces {
    /// The access token.
    #[serde(deserialize_with = "present")]
    pub access_token: Option<String>,
    /// The refresh token.
    #[serde(deserialize_with = "present")]
    pub refresh_token: Option<String>,
    /// The type of the access token.
    #[serde(deserialize_with = "present")]
    pub token_type: Option<String>,
    /// The life of the access token, in seconds.
    #[serde(deserialize_with = "present")]
    pub expires_in: Option<String>,
    /// The granted scopes.
    #[serde(deserialize_with = "present")]
    pub scope: Option<String>,
    /// The life of the refresh token, in seconds. No standard has it.
    #[serde(deserialize_with = "present")]
    pub refresh_expires_in: Option<String>,
}

/// The token that is looked for in an answer.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedToken<'p> {
    /// The places of it, and of what belongs to it.
    pub places: &'p ResponsePlaces,
    /// The values of its `token_type`; none is `bearer` alone.
    pub types: &'p [String],
}

impl TokenProtocol {
    /// Returns the token that an answer has, where a consent gives one.
    pub fn expected(&self) -> ExpectedToken<'_> {
        ExpectedToken { places: &self.response, types: &self.types }
    }
}

impl ExpectedToken<'_> {
    /// Returns whether a token of this type is sent as a bearer token (RFC 6749 section 5.1: case does
    /// not count).
    pub fn is_bearer(&self, token_type: &str) -> bool {
        let is_it = |meant: &str| token_type.eq_ignore_ascii_case(meant);
        if self.types.is_empty() { is_it("bearer") } else { self.types.iter().any(|it| is_it(it)) }
    }
}

impl ResponsePlaces {
    /// Returns whether every part stands where the standard has it.
    pub fn are_standard(&self) -> bool {
        *self == Self::default()
    }

    /// Returns each part's field in a provider file, and its pointer if it has one.
    pub(super) fn all(&self) -> [(&'static str, Option<&String>); 6] {
        [
            ("access_token", self.access_token.as_ref()),
            ("refresh_token", self.refresh_token.as_ref()),
            ("token_type", self.token_type.as_ref()),
            ("expires_in", self.expires_in.as_ref()),
            ("scope", self.scope.as_ref()),
            ("refresh_expires_in", self.refresh_expires_in.as_ref()),
        ]
    }
}
