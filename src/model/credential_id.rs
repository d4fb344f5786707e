//! The identity of a credential: whose authority it proves, at which provider, in which way.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::name::{Label, Slug};
use crate::error::{Code, Error, Result};

/// The name of the part that a consent gives where it gives one token.
const MAIN: &str = "main";

/// The way in which a credential proves an account's authority.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A grant: an OAuth 2.0 access token, and mostly a refresh token.
    #[default]
    Oauth2,
    /// An OAuth 1.0a token and its secret.
    Oauth1,
    /// A token of the client itself.
    AppOnly,
    /// A bot token or an API key.
    Static,
    /// The key of a service account.
    ServiceAccount,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Oauth2, Self::Oauth1, Self::AppOnly, Self::Static, Self::ServiceAccount];

    /// Returns the name in files and for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Oauth2 => "oauth2",
            Self::Oauth1 => "oauth1",
            Self::AppOnly => "app_only",
            Self::Static => "static",
            Self::ServiceAccount => "service_account",
        }
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == text);
        known.ok_or_else(|| Error::new(Code::BadArgument, "there is no such kind of credential"))
    }
}

/// One of the tokens that a single consent gives: `main`, where it gives one. A part is named by the
/// rule for providers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Part(Slug);

impl Part {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns whether the consent gives no other.
    pub fn is_main(&self) -> bool {
        self.as_str() == MAIN
    }
}

impl Default for Part {
    fn default() -> Self {
        Self(MAIN.parse().expect("it is a name"))
    }
}

impl FromStr for Part {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        text.parse().map(Self)
    }
}

/// Names one credential.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialId {
    /// The provider whose API it is for.
    pub provider: Slug,
    /// The account whose authority it proves, by the user's own name.
    pub account: Label,
    /// The way in which it does.
    pub kind: Kind,
    /// The part of its consent.
    pub part: Part,
}

impl CredentialId {
    /// Names the grant of an account.
    pub fn grant(provider: Slug, account: Label) -> Self {
        Self { provider, account, kind: Kind::Oauth2, part: Part::default() }
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.provider, self.account)?;
        if self.kind != Kind::Oauth2 {
            write!(f, ", {}", self.kind.name())?;
        }
        if !self.part.is_main() {
            write!(f, ", {}", self.part.as_str())?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_not_shown() {
        let mut id = CredentialId::grant("x".parse().unwrap(), Label::default());
        assert_eq!(id.to_string(), "x (default)");
        id.kind = Kind::AppOnly;
        assert_eq!(id.to_string(), "x (default, app_only)");
        id.part = "bot".parse().unwrap();
        assert_eq!(id.to_string(), "x (default, app_only, bot)");
    }

    #[test]
    fn kinds_have_one_name_everywhere() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse::<Kind>().unwrap(), kind);
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert!("oauth3".parse::<Kind>().is_err());
    }
}
