//! The URLs of a provider that speaks OAuth 1.0a.

/// The URLs at which tokens are asked for, consented to, given, verified and ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oauth1Urls {
    /// Where a request token is asked for (RFC 5849 section 2.1).
    pub request_token: String,
    /// Where the account's owner consents (section 2.2).
    pub authorize: String,
    /// Where the request token is exchanged (section 2.3).
    pub access_token: String,
    /// Where a token is ended, if there is such a place.
    pub invalidate: Option<String>,
    /// Where the account and the level of a token are told, if there is such a place.
    pub verify: Option<String>,
}
