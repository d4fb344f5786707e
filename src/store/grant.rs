//! The record of a grant.

use age::secrecy::SecretString;

use super::folder::place::{FileRecord, Place};
use super::identity::Identities;
use super::record::{Record, SealedRecord};
use crate::credential::failure::connect;
use crate::credential::grant::{Grant, GrantMetadata, Lifecycle};
use crate::error::{Remedy, Result};
use crate::model::credential_id::CredentialId;
use crate::sys::home::Home;

/// A grant as it lies in the store.
pub type SealedGrant = SealedRecord<Grant>;

/// The names of its parts.
const ACCESS_TOKEN: &str = "access_token";
const REFRESH_TOKEN: &str = "refresh_token";
const TOKEN_SECRET: &str = "token_secret";
const SOURCE: &str = "source";

impl SealedGrant {
    /// Opens the access token, and nothing else.
    pub fn access_token(&self, identities: &Identities) -> Result<SecretString> {
        self.unseal_part(ACCESS_TOKEN, identities)
    }

    /// Opens the secret of an OAuth 1.0a token, and nothing else.
    pub fn token_secret(&self, identities: &Identities) -> Result<SecretString> {
        self.unseal_part(TOKEN_SECRET, identities)
    }
}

impl Record for Grant {
    const FORMAT: &'static str = "xreq-grant";
    const PARTS: &'static [&'static str] = &[ACCESS_TOKEN, REFRESH_TOKEN, TOKEN_SECRET, SOURCE];
    type Name = CredentialId;
    type Metadata = GrantMetadata;

    fn name_in(metadata: &GrantMetadata) -> CredentialId {
        metadata.id()
    }

    fn generation(metadata: &GrantMetadata) -> u64 {
        metadata.generation
    }

    fn remedy(name: &CredentialId) -> Remedy {
        connect(name)
    }

    fn refuse(metadata: &GrantMetadata) -> Option<&'static str> {
        match metadata.state {
            Lifecycle::Live => None,
            Lifecycle::Pending => Some("is a grant that nobody has confirmed"),
            Lifecycle::Moved => Some("is a grant that is kept in another store now"),
        }
    }

    fn metadata(&self) -> &GrantMetadata {
        &self.metadata
    }

    fn secrets(&self) -> Vec<Option<&SecretString>> {
        assert!(self.is_whole(), "a credential has the parts of its kind, and no others");
        vec![
            Some(&self.access_token),
            self.refresh_token.as_ref(),
            self.token_secret.as_ref(),
            self.source.as_ref(),
        ]
    }

    fn assemble(metadata: GrantMetadata, secrets: Vec<Option<SecretString>>) -> Option<Self> {
        let [access_token, refresh_token, token_secret, source] = secrets.try_into().ok()?;
        let access_token = access_token?;
        let grant = Self { metadata, access_token, refresh_token, token_secret, source };
        grant.is_whole().then_some(grant)
    }
}

impl FileRecord for Grant {
    fn place(home: &Home, name: &CredentialId) -> Place {
        Place::of_credential(&home.grants(), name)
    }
}
