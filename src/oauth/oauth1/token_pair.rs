//! A token of OAuth 1.0a, and its secret.

use age::secrecy::SecretString;

use crate::credential::grant::Grant;

/// A token, and the secret that requests are signed with beside the client's.
#[derive(Clone, Debug)]
pub struct TokenPair {
    /// The token.
    pub token: SecretString,
    /// Its secret.
    pub secret: SecretString,
}

impl TokenPair {
    /// Returns the token of a stored credential; none if it is of another kind.
    pub fn of(grant: &Grant) -> Option<Self> {
        let secret = grant.token_secret.clone()?;
        Some(Self { token: grant.access_token.clone(), secret })
    }
}
