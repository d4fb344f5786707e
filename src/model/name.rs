//! Names: of accounts, providers and secrets. Each is safe as a file name.
//!
//! None has a `/` or starts with a `.`, and none holds a `~`, which leaves dot files and `~` to
//! the store's own lock files and temporaries. Names that differ only in case are two names, but
//! one file where the file system does not tell cases apart. Copies of a name share its text.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::error::{Code, Error};

/// The account that is meant where none is named.
pub const DEFAULT_ACCOUNT: &str = "default";

/// Returns the label of an account that has to be named; `None` for the default one.
pub fn named_account(label: &str) -> Option<&str> {
    (label != DEFAULT_ACCOUNT).then_some(label)
}

/// Defines a validated name: what its first and its other characters may be, and how long it is.
macro_rules! name {
    ($(#[doc = $doc:literal])+ $name:ident, $first:ident, $other:ident, $longest:literal, $rule:literal) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Returns the name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                let is_valid = text.len() <= $longest
                    && text.bytes().next().is_some_and($first)
                    && text.bytes().skip(1).all($other);
                // The text is not quoted: a secret pasted into the wrong place ends up here.
                is_valid
                    .then(|| Self(text.into()))
                    .ok_or_else(|| Error::new(Code::BadArgument, $rule))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                text.parse()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// The user's own name of an account or a client: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
    Label, is_alphanumeric, is_label, 64,
    "the name of an account has at most 64 letters, digits, `.`, `_` and `-`, and starts with a letter or a digit"
}

name! {
    /// The short name of a provider: `[a-z][a-z0-9_-]{0,31}`.
    Slug, is_lower, is_slug, 32,
    "the name of a provider has at most 32 lower-case letters, digits, `_` and `-`, and starts with a letter"
}

name! {
    /// The name of a secret, which is that of a variable: `[A-Za-z_][A-Za-z0-9_]{0,127}`.
    SecretName, is_identifier_start, is_identifier, 128,
    "the name of a secret has at most 128 letters, digits and `_`, and does not start with a digit"
}

impl Slug {
    /// Takes a text as it is, for a file that is checked as a whole before anybody uses it.
    pub(crate) fn unchecked(text: String) -> Self {
        Self(text.into())
    }
}

impl Default for Label {
    /// Returns the account that is meant where none is named: `default`.
    fn default() -> Self {
        Self(DEFAULT_ACCOUNT.into())
    }
}

fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn is_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase()
}

fn is_slug(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-')
}

fn is_identifier_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<N: FromStr<Err = Error> + fmt::Display>(good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(text.parse::<N>().map(|name| name.to_string()).ok().as_deref(), Some(*text));
        }
        for text in bad {
            let error = text.parse::<N>().err().unwrap_or_else(|| panic!("{text:?} was taken"));
            assert_eq!(error.code(), Code::BadArgument);
            assert!(text.len() < 2 || !error.to_string().contains(text), "{error}");
        }
    }

    #[test]
    fn labels() {
        let (longest, longer) = ("a".repeat(64), "a".repeat(65));
        let bad =
            ["", ".", "..", ".a", "-a", "_a", "a/b", "a~b", "a b", "a\0", "ä", "a\n", &longer];
        check::<Label>(&["a", "0", "default", "Work.2_x-y", "a.json", "a..b", &longest], &bad);
    }

    #[test]
    fn slugs() {
        let (longest, longer) = ("a".repeat(32), "a".repeat(33));
        let bad = ["", "X", "0x", "-x", "x.y", "_x", "x/y", "..", &longer];
        check::<Slug>(&["x", "my-provider", "my_provider", "s3", &longest], &bad);
    }

    #[test]
    fn secret_names() {
        let (longest, longer) = ("A".repeat(128), "A".repeat(129));
        let bad = ["", "1A", "A-B", "A.B", "A=B", "A/B", ".A", "A~", "Ä", &longer];
        check::<SecretName>(&["FAL_KEY", "_", "a1", &longest], &bad);
    }

    #[test]
    fn names_from_files_are_validated() {
        assert_eq!(serde_json::from_str::<Label>(r#""work""#).unwrap(), "work".parse().unwrap());
        assert!(serde_json::from_str::<Label>(r#""../work""#).is_err());
        assert_eq!(serde_json::to_string(&Label::default()).unwrap(), r#""default""#);
    }
}
