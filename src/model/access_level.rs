//! The level of a token of OAuth 1.0a: what it may do, frozen into it when it was granted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A level. A higher one may do what a lower one may. There are no scopes beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AccessLevel {
    /// Reading.
    #[serde(rename = "read")]
    Read,
    /// Reading and writing, but for direct messages.
    #[serde(rename = "read-write")]
    ReadWrite,
    /// Everything.
    #[serde(rename = "read-write-directmessages")]
    ReadWriteDirectMessages,
}

impl AccessLevel {
    /// All levels, the lowest first.
    pub const ALL: [Self; 3] = [Self::Read, Self::ReadWrite, Self::ReadWriteDirectMessages];

    /// Returns the name in the header `x-access-level`, in JSON and on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadWrite => "read-write",
            Self::ReadWriteDirectMessages => "read-write-directmessages",
        }
    }
}

impl fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AccessLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|level| level.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("no level is called `{text}`: there are {names}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_their_names_and_their_order() {
        for level in AccessLevel::ALL {
            assert_eq!(level.name().parse(), Ok(level));
            assert_eq!(serde_json::to_value(level).ok(), Some(level.name().into()));
        }
        assert!(AccessLevel::ALL.is_sorted() && "write".parse::<AccessLevel>().is_err());
    }
}
