//! The account that is expected to consent, as a person writes it.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::account::{self, Owner};

/// An account, by its handle or by its id.
///
/// A text with `@` in front is a handle, of which case does not count; one with `@` inside (an
/// address) is a handle or an id; any other is an id. An id never changes and belongs to one account
/// for ever; a handle may pass to another account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation(String);

impl Expectation {
    /// Returns the handle or the id, without the sign that tells them apart.
    pub fn bare(&self) -> &str {
        self.0.strip_prefix('@').unwrap_or(&self.0)
    }

    /// Returns whether this is the account.
    pub fn is_met_by(&self, owner: &Owner) -> bool {
        let named = |handle: &str| {
            owner.handle.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(handle))
        };
        match self.0.strip_prefix('@') {
            Some(handle) => named(handle),
            None => owner.id == self.0 || self.0.contains('@') && named(&self.0),
        }
    }
}

impl FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !account::is_shown(text.strip_prefix('@').unwrap_or(text)) {
            return Err("an account is `@HANDLE`, or its id at the provider".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Expectation {
    /// Reads a text; an id of digits may stand without quotes.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Account;

        impl Visitor<'_> for Account {
            type Value = Expectation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an account: `\"@HANDLE\"` in quotes, or its id")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Expectation, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, id: u64) -> Result<Expectation, E> {
                self.visit_str(&id.to_string())
            }
        }

        deserializer.deserialize_any(Account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(id: &str, handle: Option<&str>) -> Owner {
        Owner { id: id.to_owned(), handle: handle.map(str::to_owned) }
    }

    #[test]
    fn handles_and_ids_are_told_apart() {
        let alice = owner("1001", Some("alice"));
        // Whoever calls themselves like another account's id is not that account.
        let digits = owner("7", Some("1001"));
        let address = owner("7", Some("someone@example.com"));
        for (text, met, unmet) in [
            ("@alice", vec![&alice], vec![&digits, &address]),
            ("@Alice", vec![&alice], vec![]),
            ("1001", vec![&alice], vec![&digits]),
            ("@1001", vec![&digits], vec![&alice]),
            ("alice", vec![], vec![&alice]),
            ("someone@example.com", vec![&address], vec![&alice]),
            ("@someone@example.com", vec![&address], vec![&alice]),
            ("example.com", vec![], vec![&address]),
            ("@", vec![], vec![]),
        ] {
            let Ok(expected) = text.parse::<Expectation>() else {
                assert!(met.is_empty() && unmet.is_empty(), "{text}");
                continue;
            };
            assert!(met.iter().all(|owner| expected.is_met_by(owner)), "{text}");
            assert!(!unmet.iter().any(|owner| expected.is_met_by(owner)), "{text}");
        }
        assert!(!"@alice".parse::<Expectation>().unwrap().is_met_by(&owner("1001", None)));
        for odd in ["", "@", "a b", "@a\u{1b}[31m", &"a".repeat(201)] {
            assert!(odd.parse::<Expectation>().is_err(), "{odd:?}");
        }
    }

    #[test]
    fn a_file_may_have_an_id_without_quotes() {
        let read = |yaml: &str| crate::text::strict_yaml::read::<Expectation>(yaml);
        assert_eq!(read("1001").unwrap().to_string(), "1001");
        assert_eq!(read("\"@alice\"").unwrap().to_string(), "@alice");
        for odd in ["@alice", "[a]", "true", "1.5", "\"\""] {
            assert!(read(odd).is_err(), "{odd}");
        }
    }
}
