//! A face of a sandbox: a provider that it can look like, and where that departs from the standards.
//!
//! Most of a face is the provider's file: its paths, scopes, lifetimes and quirks. Here stands what a
//! client of it stumbles over, and no provider file says.

use std::fmt;

use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::http::{JSON, Reply};
use super::world::User;
use crate::catalog::Operation;

/// A provider that a sandbox can look like.
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub struct Face {
    /// The provider.
    pub provider: &'static str,
    /// The condition on which a consent gives a refresh token.
    pub(super) refresh_token: RefreshTokenCondition,
    /// Whether a code challenge is demanded.
    pub(super) demands_challenge: bool,
    /// The scopes that an answer names.
    pub(super) answered_scopes: AnsweredScopes,
    /// The text between the scopes of an answer.
    pub(super) scope_separator: &'static str,
    /// The lifetime of access tokens, in seconds, which answers tell; none if they do not end.
    pub(super) access_lives: Option<u64>,
    /// Whether errors of the token endpoint come with status 200.
    pub(super) errors_are_successes: bool,
    /// The error of a code that is none.
    pub(super) code_error: &'static str,
    /// The path of the page where codes of other devices are typed.
    pub(super) device_page: &'static str,
    /// Whether a device is told the address of that page with the code in it.
    pub(super) completes_device_page: bool,
    /// The path of the metadata of the authorization server (RFC 8414), with `{tenant}` for any segment.
    pub(super) metadata: Option<&'static str>,
    /// The beginning of the API's paths, below the one of its URL.
    pub(super) api: &'static str,
    /// The schemes under which access tokens are taken.
    pub(super) schemes: &'static [&'static str],
    /// The content type of JSON.
    pub(super) json: &'static str,
    /// Whether answers of the API tell the scopes of the token.
    pub(super) tells_scopes: bool,
    /// The token of its app that no account consents to: a bot token, or an API key.
    pub(super) static_token: Option<&'static str>,
    /// The refusal of a request without a header that the provider's file has for requests.
    pub(super) without_header: fn(&str) -> Reply,
    /// The parts of an answer with tokens that no standard has.
    pub(super) beside_tokens: fn(&User) -> Value,
    /// An account, as its look-up tells it beside the id and the name.
    pub(super) profile: fn(&User) -> Value,
    /// The operations that are simulated; `None` for another one.
    pub(super) perform: fn(&Operation, &mut Call<'_>) -> Option<Answer>,
}

/// The condition on which a consent gives a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefreshTokenCondition {
    /// The provider's scope for it was granted.
    Scope,
    /// `access_type=offline` was asked for; a second time, `prompt=consent` beside it.
    Offline,
    /// `duration=permanent` was asked for.
    Permanent,
    /// Each gives one.
    Always,
    /// None gives one.
    Never,
}

/// The scopes that an answer with tokens names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnsweredScopes {
    /// Those that were granted.
    Granted,
    /// The same without those that others include.
    WithoutIncluded,
    /// The same with all that they include.
    WithIncluded,
    /// The same without the one for refresh tokens.
    WithoutOffline,
}

impl Face {
    /// A provider that keeps to the standards.
    pub(super) const USUAL: Self = Self {
        provider: "",
        refresh_token: RefreshTokenCondition::Always,
        demands_challenge: false,
        answered_scopes: AnsweredScopes::Granted,
        scope_separator: " ",
        access_lives: Some(3_600),
        errors_are_successes: false,
        code_error: "invalid_grant",
        device_page: "/i/oauth2/device",
        completes_device_page: true,
        metadata: None,
        api: "/",
        schemes: &["bearer"],
        json: JSON,
        tells_scopes: false,
        static_token: None,
        without_header: |_| Reply::problem(400),
        beside_tokens: |_| json!({}),
        profile: |_| json!({}),
        perform: |_, _| None,
    };
}

impl PartialEq for Face {
    fn eq(&self, other: &Self) -> bool {
        self.provider == other.provider
    }
}

impl Eq for Face {}

impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Face").field(&self.provider).finish()
    }
}
