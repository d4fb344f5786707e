//! An access token in use.

use age::secrecy::{ExposeSecret, SecretString};
use jiff::{SignedDuration, Timestamp};

use crate::credential::freshness::lives;
use crate::model::scope::ScopeSet;
use crate::store::{Grant, GrantMetadata};

/// An access token in use. Its memory is wiped when it is dropped.
#[derive(Debug)]
pub struct Live {
    /// The token.
    pub access_token: SecretString,
    /// When it expires, in whole seconds, if known.
    pub expires_at: Option<Timestamp>,
    /// Scopes of the token.
    pub scopes: ScopeSet,
}

impl Live {
    /// Returns whether it still lives for so long. One whose end is unknown does.
    pub fn lives(&self, at_least: SignedDuration, now: Timestamp) -> bool {
        lives(self.expires_at, at_least, now)
    }

    /// Returns whether it is the same token.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.access_token.expose_secret() == other.access_token.expose_secret()
    }

    /// Returns whether it can be the token of a grant with these metadata.
    pub(crate) fn is_of(&self, grant: &GrantMetadata) -> bool {
        self.expires_at == grant.expires_at && self.scopes == grant.scopes
    }
}

impl From<Grant> for Live {
    fn from(Grant { metadata, access_token, .. }: Grant) -> Self {
        Self { access_token, expires_at: metadata.expires_at, scopes: metadata.scopes }
    }
}
