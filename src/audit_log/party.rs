//! A grant, as an event names it.

use serde::Serialize;

use crate::credential::grant::GrantMetadata;
use crate::model::credential_id::{CredentialId, Kind};
use crate::model::scope::ScopeSet;
use crate::text::redact::{redact, redact_all};

/// A grant that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Party {
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_hmac: Option<String>,
}

impl Party {
    /// Creates the party of a grant of which only the name is known.
    pub fn named(name: &CredentialId) -> Self {
        let kind = (name.kind != Kind::Oauth2).then(|| name.kind.name());
        Self { kind, ..Self::of(name.provider.as_str(), Some(name.account.as_str())) }
    }

    /// Creates the party of a provider, and of an account where one was named.
    pub fn of(provider: &str, account: Option<&str>) -> Self {
        Self {
            provider: redact(provider).into_owned(),
            account: account.map(|account| redact(account).into_owned()),
            kind: None,
            subject: None,
            scopes: None,
            token_hmac: None,
        }
    }

    /// Creates the party of a grant without its tokens.
    pub fn sealed(metadata: &GrantMetadata) -> Self {
        let subject = metadata.minting.as_ref().and_then(|minting| minting.subject.as_deref());
        let subject = subject.map(|subject| redact(subject).into_owned());
        Self { subject, ..Self::named(&metadata.id()).with_scopes(&metadata.scopes) }
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
