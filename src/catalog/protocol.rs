//! The behaviour of a provider's authorization server: its endpoints, what it expects of clients,
//! and the lifetimes and forms of its tokens.

use serde::Deserialize;

use super::field::{present, seconds, some_seconds, truth};

/// The URLs of a provider: `https`, or `http` on this machine.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// The URL at which an account's owner is asked for consent (RFC 6749 section 3.1), if anybody is.
    #[serde(default, deserialize_with = "present")]
    pub authorize_url: Option<String>,
    /// The URL at which tokens are issued and refreshed (RFC 6749 section 3.2).
    #[serde(default, deserialize_with = "present")]
    pub token_url: Option<String>,
    /// The URL at which a device asks for a code (RFC 8628 section 3.1), if one can.
    #[serde(default, deserialize_with = "present")]
    pub device_authorization_url: Option<String>,
    /// The URL at which tokens are revoked (RFC 7009), if they can be.
    #[serde(default, deserialize_with = "present")]
    pub revoke_url: Option<String>,
    /// The URL to which the paths of the operations are appended.
    pub api_url: String,
    /// The name of the authorization server (RFC 8414 section 2): what a redirect says in `iss` is
    /// compared with it character by character.
    #[serde(default, deserialize_with = "present")]
    pub issuer: Option<String>,
}

/// The authentication of clients at the token endpoint (RFC 6749 section 2.3). A way that is absent
/// is not supported by the provider.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientAuthentication {
    /// Clients that can keep a secret.
    #[serde(default, deserialize_with = "present")]
    pub confidential: Option<ConfidentialClient>,
    /// Clients that cannot.
    #[serde(default, deserialize_with = "present")]
    pub public: Option<PublicClient>,
}

/// The way in which a client sends its secret; the names are those of the OAuth registry (RFC 7591
/// section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfidentialClient {
    /// In the `Authorization` header, as HTTP Basic.
    ClientSecretBasic,
    /// In the form, beside the client id.
    ClientSecretPost,
}

/// The way in which a client without a secret names itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicClient {
    /// Its client id stands in the form, and nothing proves it.
    None,
}

/// The code challenge method (RFC 7636 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Pkce {
    /// The challenge is the verifier's SHA-256.
    S256,
    /// The provider refuses challenges.
    #[serde(rename = "none")]
    None,
}

/// The request that tells whose access token it is.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The service that it belongs to; none is the API at `api_url`.
    #[serde(default, deserialize_with = "present")]
    pub service: Option<String>,
    /// The path of the `GET` operation.
    pub path: String,
    /// The place of the account's id, which never changes, in its answer: a JSON pointer (RFC
    /// 6901).
    pub id: String,
    /// The place of the account's name for people, which may change, in its answer: a JSON pointer.
    pub handle: String,
}

/// The lifetimes of tokens, in seconds. A lifetime that is absent is not known.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// An access token, where the token response does not say.
    #[serde(deserialize_with = "some_seconds")]
    pub access_token: Option<u64>,
    /// A refresh token that is not used.
    #[serde(deserialize_with = "some_seconds")]
    pub refresh_token: Option<u64>,
    /// `true` if the lifetime of refresh tokens is a guess: documented nowhere.
    #[serde(deserialize_with = "truth")]
    pub refresh_token_is_assumed: bool,
    /// `true` if the life of a refresh token counts from the consent, however often it is used.
    #[serde(deserialize_with = "truth")]
    pub refresh_token_is_fixed: bool,
    /// An authorization code.
    #[serde(deserialize_with = "some_seconds")]
    pub authorization_code: Option<u64>,
    /// The time before its end, in seconds, at which an access token is refreshed.
    #[serde(deserialize_with = "seconds")]
    pub refresh_margin: u64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_token: None,
            refresh_token: None,
            refresh_token_is_assumed: false,
            refresh_token_is_fixed: false,
            authorization_code: None,
            refresh_margin: 300,
        }
    }
}

/// The points at which a provider departs from the standards, or is stricter than they are.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quirks {
    /// A new grant for the same client and account ends the older one, so that consent has to be
    /// asked for everything that is needed at once.
    #[serde(deserialize_with = "truth")]
    pub one_grant_per_client_and_account: bool,
    /// Revoking one token ends every grant of the same client and account.
    #[serde(deserialize_with = "truth")]
    pub revocation_ends_all_grants: bool,
    /// A refresh token is good once: each refresh answers a new one.
    #[serde(deserialize_with = "truth")]
    pub rotates_refresh_tokens: bool,
    /// A refresh token stays valid when a refresh answers a new one, so that a refresh whose answer was
    /// lost is repeated with it.
    #[serde(deserialize_with = "truth")]
    pub old_refresh_token_stays: bool,
    /// The redirect URI is compared in whole, the port of a loopback address included (against
    /// RFC 8252 section 7.3).
    #[serde(deserialize_with = "truth")]
    pub exact_redirect_uri: bool,
    /// Answers of the token endpoint that mean what `invalid_grant` means: the refresh token is
    /// spent, revoked or somebody else's.
    pub dead_grant_answers: Vec<DeadGrantAnswer>,
    /// Values of an answer's `error` that pass by themselves: the request may be repeated.
    pub passing_errors: Vec<String>,
    /// Types or reasons of problems (RFC 9457; of a type the last segment) that mean that the app's
    /// plan, and neither the client nor the grant, is at fault.
    pub billing_problems: Vec<String>,
}

/// The places at the provider where a person sets right what xreq cannot. Each completes a
/// sentence.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Help {
    /// The place of the client's id, secret and type.
    #[serde(deserialize_with = "present")]
    pub client: Option<String>,
    /// The place where redirect URIs are registered.
    #[serde(deserialize_with = "present")]
    pub redirect_uri: Option<String>,
    /// The place where the app's plan is chosen and paid.
    #[serde(deserialize_with = "present")]
    pub billing: Option<String>,
}

/// An error answer of the token endpoint (RFC 6749 section 5.2) that means that the grant is dead.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadGrantAnswer {
    /// Its `error`.
    pub error: String,
    /// Its `error_description`, in whole; none is any.
    #[serde(default, deserialize_with = "present")]
    pub description: Option<String>,
}

/// The form of a kind of token: a guess to warn by, never to refuse by.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenShape {
    /// The kind of token.
    pub kind: TokenKind,
    /// A regular expression that its text matches.
    pub pattern: String,
    /// The message for somebody who gives it for an access token.
    #[serde(default, deserialize_with = "present")]
    pub message: Option<String>,
}

/// The kinds of tokens that people have at hand when they are asked for an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// An OAuth 2.0 access token of a user: the right one.
    AccessToken,
    /// An OAuth 2.0 refresh token.
    RefreshToken,
    /// An OAuth 2.0 authorization code.
    AuthorizationCode,
    /// A bearer token of the app, which acts for no account.
    AppOnly,
    /// An OAuth 1.0a user token.
    Oauth1,
}

impl TokenKind {
    /// Returns the kind for people, with its article.
    pub fn words(self) -> &'static str {
        match self {
            Self::AccessToken => "an OAuth 2.0 access token",
            Self::RefreshToken => "a refresh token",
            Self::AuthorizationCode => "an authorization code",
            Self::AppOnly => "a bearer token of the app",
            Self::Oauth1 => "an OAuth 1.0a token",
        }
    }
}
