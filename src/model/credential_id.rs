//! The identity of a credential: whose authority it proves, at which provider, in which way.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::name::{Label, Slug};
use crate::error::{Code, Error, Result};

/// The mark before a kind and before a part in a file's name.
const MARK: char = '~';

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

    /// Returns whether credentials of the kind live until somebody ends them: nothing keeps them fresh.
    pub fn never_expires(self) -> bool {
        matches!(self, Self::Oauth1 | Self::AppOnly | Self::Static)
    }

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
    /// Returns the part that a consent gives where it gives one token.
    pub fn main() -> &'static Self {
        static SHARED: LazyLock<Part> = LazyLock::new(|| Part(MAIN.parse().expect("it is a name")));
        &SHARED
    }

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
        Self::main().clone()
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

    /// Returns the name of the part, where a request has to state it.
    pub fn named_part(&self) -> Option<String> {
        (!self.part.is_main()).then(|| self.part.as_str().to_owned())
    }

    /// Returns whether another one is of the same kind and part.
    pub fn is_like(&self, kind: Kind, part: &Part) -> bool {
        self.kind == kind && self.part == *part
    }

    /// Returns the name among the credentials of a launch, which uses one account of a provider: `x`, or
    /// `x~app_only~main`.
    pub fn name_in_launch(&self) -> String {
        format!("{}{}", self.provider, self.suffix())
    }

    /// Returns the kind and the part as the end of a file's name: nothing for what is usual, else
    /// `~KIND~PART`. No name of the rest holds a `~`.
    pub fn suffix(&self) -> String {
        if self.kind == Kind::default() && self.part.is_main() {
            String::new()
        } else {
            format!("{MARK}{}{MARK}{}", self.kind.name(), self.part.as_str())
        }
    }

    /// Returns the credential of a provider whose account and [`suffix`](Self::suffix) a text is, if it
    /// is that of one.
    pub fn with_suffix(provider: Slug, text: &str) -> Option<Self> {
        let (account, rest) =
            text.split_once(MARK).map_or((text, None), |(a, rest)| (a, Some(rest)));
        let account = account.parse().ok()?;
        let Some(rest) = rest else { return Some(Self::grant(provider, account)) };
        let (kind, part) = rest.split_once(MARK)?;
        let id = Self { provider, account, kind: kind.parse().ok()?, part: part.parse().ok()? };
        // What is usual has one name, and not a second one.
        (!id.suffix().is_empty()).then_some(id)
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
    fn a_suffix_belongs_to_one_credential() {
        let id = |account: &str, kind, part: &str| CredentialId {
            account: account.parse().unwrap(),
            kind,
            part: part.parse().unwrap(),
            ..CredentialId::grant("x".parse().unwrap(), Label::default())
        };
        let texts = ["default", "a", "oauth2", "app_only", "main", "bot", "a-b_c.d"];
        let mut seen = std::collections::HashMap::new();
        for account in texts {
            for kind in Kind::ALL {
                for part in ["main", "bot", "user", "app_only", "a-b_c"] {
                    let id = id(account, kind, part);
                    let text = format!("{account}{}", id.suffix());
                    let read = CredentialId::with_suffix(id.provider.clone(), &text);
                    assert_eq!(read.as_ref(), Some(&id), "{text}");
                    assert_eq!(seen.insert(text.to_lowercase(), id), None, "{text}");
                }
            }
        }
        assert_eq!(id("work", Kind::Oauth2, "main").suffix(), "");
        assert_eq!(id("work", Kind::AppOnly, "main").suffix(), "~app_only~main");
        assert_eq!(id("work", Kind::Oauth2, "main").name_in_launch(), "x");
        assert_eq!(id("work", Kind::Oauth1, "bot").name_in_launch(), "x~oauth1~bot");
        for text in [
            "work~oauth2~main",
            "work~",
            "work~bot",
            "~app_only~main",
            "work~x~main",
            "a~~b",
            "work~app_only~main~",
            "work~app_only~Main",
            ".work",
        ] {
            assert_eq!(CredentialId::with_suffix("x".parse().unwrap(), text), None, "{text}");
        }
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
