//! How a provider's authorization server behaves: where it is, what it expects of clients, and how
//! its tokens live and look.

use serde::Deserialize;

use super::field::{present, seconds, some_seconds, truth};

/// The URLs of a provider: `https`, or `http` on this machine.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// Where an account's owner is asked for consent (RFC 6749 section 3.1).
    pub authorize_url: String,
    /// Where tokens are issued and refreshed (RFC 6749 section 3.2).
    pub token_url: String,
    /// Where tokens are revoked (RFC 7009), if they can be.
    #[serde(default, deserialize_with = "present")]
    pub revoke_url: Option<String>,
    /// What the paths of the operations are appended to.
    pub api_url: String,
    /// How the authorization server names itself (RFC 8414 section 2): what a redirect says in `iss`
    /// is compared with it character by character.
    #[serde(default, deserialize_with = "present")]
    pub issuer: Option<String>,
}

/// How clients prove themselves to the token endpoint (RFC 6749 section 2.3). What is absent, the
/// provider does not support.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientAuthentication {
    /// Clients that can keep a secret.
    #[serde(default, deserialize_with = "present")]
    pub confidential: Option<ConfidentialClient>,
    /// Clients that cannot.
    #[serde(default, deserialize_with = "present")]
    pub public: Option<PublicClient>,
}

/// How a client sends its secret; the names are those of the OAuth registry (RFC 7591 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfidentialClient {
    /// In the `Authorization` header, as HTTP Basic.
    ClientSecretBasic,
    /// In the form, beside the client id.
    ClientSecretPost,
}

/// How a client without a secret names itself.
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
    /// The path of the `GET` operation.
    pub path: String,
    /// Where its answer has the account's id, which never changes: a JSON pointer (RFC 6901).
    pub id: String,
    /// Where its answer has the account's name for people, which may change: a JSON pointer.
    pub handle: String,
}

/// How long tokens live, in seconds. What is absent is not known.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// An access token, where the token response does not say.
    #[serde(deserialize_with = "some_seconds")]
    pub access_token: Option<u64>,
    /// A refresh token that is not used.
    #[serde(deserialize_with = "some_seconds")]
    pub refresh_token: Option<u64>,
    /// Whether the lifetime of refresh tokens is a guess: documented nowhere.
    #[serde(deserialize_with = "truth")]
    pub refresh_token_is_assumed: bool,
    /// An authorization code.
    #[serde(deserialize_with = "some_seconds")]
    pub authorization_code: Option<u64>,
    /// How long before its end an access token is refreshed.
    #[serde(deserialize_with = "seconds")]
    pub refresh_margin: u64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_token: None,
            refresh_token: None,
            refresh_token_is_assumed: false,
            authorization_code: None,
            refresh_margin: 300,
        }
    }
}

/// Where a provider departs from the standards, or is stricter than they are.
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
    /// The redirect URI is compared in whole, the port of a loopback address included (against
    /// RFC 8252 section 7.3).
    #[serde(deserialize_with = "truth")]
    pub exact_redirect_uri: bool,
    /// Answers of the token endpoint that mean what `invalid_grant` means: the refresh token is
    /// spent, revoked or somebody else's.
    pub dead_grant_answers: Vec<DeadGrantAnswer>,
    /// Types or reasons of problems (RFC 9457; of a type the last segment) that mean that the app's
    /// plan, and neither the client nor the grant, is at fault.
    pub billing_problems: Vec<String>,
}

/// Where a person sets right, at the provider, what xreq cannot. Each completes a sentence.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Help {
    /// Where the client's id, secret and type stand.
    #[serde(deserialize_with = "present")]
    pub client: Option<String>,
    /// Where redirect URIs are registered.
    #[serde(deserialize_with = "present")]
    pub redirect_uri: Option<String>,
    /// Where the app's plan is chosen and paid.
    #[serde(deserialize_with = "present")]
    pub billing: Option<String>,
}

/// An error answer of the token endpoint (RFC 6749 section 5.2) that means that the grant is dead.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadGrantAnswer {
    /// Its `error`.
    pub error: String,
    /// Its `error_description`, in whole.
    pub description: String,
}

/// How a kind of token looks: a guess to warn by, never to refuse by.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenShape {
    /// The kind of token.
    pub kind: TokenKind,
    /// A regular expression that its text matches.
    pub pattern: String,
    /// What to tell somebody who gives it for an access token.
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
