//! A grant, or another credential, as an event names it.

use serde::Serialize;

use crate::credential::grant::GrantMetadata;
use crate::model::access_level::AccessLevel;
use crate::model::credential_id::{CredentialId, Kind};
use crate::model::scope::ScopeSet;
use crate::text::redact::{redact, redact_all};

/// A grant that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Party {
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// The kind, of a credential that is no grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    /// The part of its consent, where that gives several tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
    /// The level, of a token that has one in the place of scopes.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<AccessLevel>,
    /// Whether the agent gets the secret of the client too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    with_client_secret: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_hmac: Option<String>,
}

impl Party {
    /// Creates the party of a grant of which only the name is known.
    pub fn named(name: &CredentialId) -> Self {
        let party = Self::of(name.provider.as_str(), Some(name.account.as_str()));
        Self { part: name.named_part(), ..party.with_kind(name.kind) }
    }

    /// Creates the party of a provider, and of an account where one was named.
    pub fn of(provider: &str, account: Option<&str>) -> Self {
        Self {
            provider: redact(provider).into_owned(),
            account: account.map(|account| redact(account).into_owned()),
            kind: None,
            part: None,
            subject: None,
            scopes: None,
            level: None,
            with_client_secret: false,
            token_hmac: None,
        }
    }

    /// Creates the party of a grant without its tokens.
    pub fn sealed(metadata: &GrantMetadata) -> Self {
        let GrantMetadata { kind, scopes, level, minting, .. } = metadata;
        let subject = minting.as_ref().and_then(|minting| minting.subject.as_deref());
        let subject = subject.map(|subject| redact(subject).into_owned());
        let party = Self { subject, level: *level, ..Self::named(&metadata.id()) };
        // No other kind has scopes.
        match kind {
            Kind::Oauth2 | Kind::ServiceAccount => party.with_scopes(scopes),
            _ => party,
        }
    }

    /// Adds the kind of a credential that is no grant.
    #[must_use]
    pub fn with_kind(self, kind: Kind) -> Self {
        Self { kind: Some(kind).filter(|kind| *kind != Kind::Oauth2), ..self }
    }

    /// Notes that the agent gets the secret of the client too.
    #[must_use]
    pub fn with_client_secret(self) -> Self {
        Self { with_client_secret: true, ..self }
    }

    /// Adds the HMAC of an access token.
    #[must_use]
    pub(super) fn with_token_hmac(self, token_hmac: String) -> Self {
        Self { token_hmac: Some(token_hmac), ..self }
    }

    /// Adds what was granted.
    #[must_use]
    pub fn with_scopes(self, scopes: &ScopeSet) -> Self {
        let scopes = scopes.iter().map(str::to_owned).collect();
        Self { scopes: Some(redact_all(scopes)), ..self }
    }
}
