//! The contents of an agent's variables.

use serde::{Deserialize, Serialize};

use super::credential_id::Kind;

/// The content of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VariableContent {
    /// The access token; of a credential that has one token alone, that token.
    AccessToken,
    /// The time at which it expires, where that is known.
    ExpiresAt,
    /// The path of the file in which a supervised agent finds the newest access token.
    AccessTokenFile,
    /// The secret of an OAuth 1.0a token.
    TokenSecret,
    /// The OAuth 1.0a key of the client.
    ConsumerKey,
    /// The OAuth 1.0a secret of the client.
    ConsumerSecret,
    /// The number of the project that a service account belongs to.
    ProjectNumber,
}

impl VariableContent {
    /// Every content.
    pub const ALL: [Self; 7] = [
        Self::AccessToken,
        Self::ExpiresAt,
        Self::AccessTokenFile,
        Self::TokenSecret,
        Self::ConsumerKey,
        Self::ConsumerSecret,
        Self::ProjectNumber,
    ];

    /// Returns the contents that a credential of a kind has.
    pub fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Oauth2 => &[Self::AccessToken, Self::ExpiresAt, Self::AccessTokenFile],
            Kind::Oauth1 => {
                &[Self::ConsumerKey, Self::ConsumerSecret, Self::AccessToken, Self::TokenSecret]
            }
            Kind::AppOnly | Kind::Static => &[Self::AccessToken],
            Kind::ServiceAccount => {
                &[Self::AccessToken, Self::ExpiresAt, Self::AccessTokenFile, Self::ProjectNumber]
            }
        }
    }

    /// Returns the name in files and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::ExpiresAt => "expires_at",
            Self::AccessTokenFile => "access_token_file",
            Self::TokenSecret => "token_secret",
            Self::ConsumerKey => "consumer_key",
            Self::ConsumerSecret => "consumer_secret",
            Self::ProjectNumber => "project_number",
        }
    }

    /// Returns the content with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|content| content.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_have_one_name_everywhere() {
        for content in VariableContent::ALL {
            assert_eq!(VariableContent::named(content.name()), Some(content));
            assert_eq!(serde_json::to_value(content).unwrap(), content.name());
        }
        assert_eq!(VariableContent::named("refresh_token"), None);
    }

    #[test]
    fn every_kind_has_a_token() {
        for kind in Kind::ALL {
            assert!(VariableContent::of(kind).contains(&VariableContent::AccessToken), "{kind:?}");
        }
    }
}
