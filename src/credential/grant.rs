//! Stored credentials, with what can be known of them without a key. Most are grants; those of other
//! kinds have other parts.

use age::secrecy::SecretString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::last_refresh::{InFlight, LastError};
use super::minting::Minting;
use super::origins::Origins;
use super::seconds;
use crate::model::access_level::AccessLevel;
use crate::model::credential_id::{CredentialId, Kind, Part};
use crate::model::name::{Label, Slug};
use crate::model::scope::ScopeSet;

/// A grant, or a credential of another kind, with its tokens.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Metadata, readable without a key.
    pub metadata: GrantMetadata,
    /// Token that opens the API.
    pub access_token: SecretString,
    /// Token that gets the next access token.
    pub refresh_token: Option<SecretString>,
    /// Secret that signs requests together with the token (`oauth1`).
    pub token_secret: Option<SecretString>,
    /// Key, or other source, that access tokens are minted from (`service_account`).
    pub source: Option<SecretString>,
}

impl Grant {
    /// Returns a credential with one token.
    pub fn new(metadata: GrantMetadata, access_token: SecretString) -> Self {
        Self { metadata, access_token, refresh_token: None, token_secret: None, source: None }
    }

    /// Returns whether it has the parts of its kind, and no others. A grant is refreshable just when it
    /// has a refresh token.
    pub fn is_whole(&self) -> bool {
        let kind = self.metadata.kind;
        let has_refresh_token = self.metadata.refreshable && kind == Kind::Oauth2;
        self.refresh_token.is_some() == has_refresh_token
            && self.token_secret.is_some() == (kind == Kind::Oauth1)
            && self.source.is_some() == (kind == Kind::ServiceAccount)
    }
}

/// The metadata of a grant, readable without a key: enough to judge what it covers and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantMetadata {
    /// Provider whose API it is for.
    pub provider: Slug,
    /// Account whose authority it is, by the user's own name.
    pub account: Label,
    /// Way in which it proves that authority.
    #[serde(default)]
    pub kind: Kind,
    /// Part that it is among the tokens of its consent.
    #[serde(default)]
    pub part: Part,
    /// Number of times new tokens were written; 0 in files that did not count yet.
    #[serde(default)]
    pub generation: u64,
    /// Whether it may be used.
    #[serde(default, skip_serializing_if = "Lifecycle::is_live")]
    pub state: Lifecycle,
    /// The account's stable id at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The account's name at the provider, which its owner can change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The app that it was given to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The name under which the store has this app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Label>,
    /// The servers that may get its tokens; none in files of older versions.
    #[serde(default, skip_serializing_if = "Origins::is_empty")]
    pub origins: Origins,
    /// The level, of a token of OAuth 1.0a whose level is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<AccessLevel>,
    /// The way in which access tokens are minted, where it is a service account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minting: Option<Minting>,
    /// The scopes that were granted.
    pub scopes: ScopeSet,
    /// Whether the token response named no scopes, which means those asked for (RFC 6749 section
    /// 5.1).
    pub scopes_assumed: bool,
    /// The `token_type` of the token response.
    pub token_type: String,
    /// When the account consented. Files keep times in whole seconds.
    #[serde(with = "seconds")]
    pub connected_at: Timestamp,
    /// When the provider issued the access token.
    #[serde(with = "seconds")]
    pub issued_at: Timestamp,
    /// When the access token expires, if known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds::option")]
    pub expires_at: Option<Timestamp>,
    /// Whether there is a refresh token.
    pub refreshable: bool,
    /// When the provider issued the refresh token, if known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds::option")]
    pub refresh_token_issued_at: Option<Timestamp>,
    /// When the refresh token dies, if the provider said so.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds::option")]
    pub refresh_token_expires_at: Option<Timestamp>,
    /// When the tokens were last refreshed.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds::option")]
    pub refreshed_at: Option<Timestamp>,
    /// A refresh that was sent and whose answer is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_in_flight: Option<InFlight>,
    /// Reason why the last refresh gave no tokens; absent after one that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<LastError>,
}

impl GrantMetadata {
    /// Returns the metadata of a grant that was issued at this time and of which nothing else is known.
    pub fn new(id: CredentialId, issued_at: Timestamp) -> Self {
        let CredentialId { provider, account, kind, part } = id;
        Self {
            provider,
            account,
            kind,
            part,
            generation: 1,
            state: Lifecycle::Live,
            account_id: None,
            handle: None,
            client_id: None,
            client: None,
            origins: Origins::default(),
            level: None,
            minting: None,
            scopes: ScopeSet::default(),
            scopes_assumed: false,
            token_type: "bearer".to_owned(),
            connected_at: issued_at,
            issued_at,
            expires_at: None,
            refreshable: false,
            refresh_token_issued_at: None,
            refresh_token_expires_at: None,
            refreshed_at: None,
            refresh_in_flight: None,
            last_error: None,
        }
    }

    /// Returns which credential this is.
    pub fn id(&self) -> CredentialId {
        CredentialId {
            provider: self.provider.clone(),
            account: self.account.clone(),
            kind: self.kind,
            part: self.part.clone(),
        }
    }
}

/// Tracks whether a grant may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// It may.
    #[default]
    Live,
    /// Nobody has confirmed whose it is.
    Pending,
    /// It is kept in another store.
    Moved,
}

impl Lifecycle {
    /// Returns whether the grant may be used.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "this is how serde calls it")]
    pub fn is_live(&self) -> bool {
        *self == Self::Live
    }
}
