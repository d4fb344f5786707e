//! Deserializers for the fields of a provider file for which serde alone is too lenient for YAML: a
//! forgotten value is null there, and a number in quotes is a text.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use crate::model::name::Slug;

/// Reads a field that may be left out, but not be null.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Reads the short name of a provider. It is checked with the rest of the file, so that all faults are
/// found at once.
pub(super) fn unchecked_slug<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Slug, D::Error> {
    String::deserialize(deserializer).map(Slug::unchecked)
}

/// Reads `true` or `false`, and no text that says so.
pub(super) fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Truth;

    impl Visitor<'_> for Truth {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("`true` or `false`")
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
            Ok(value)
        }
    }

    deserializer.deserialize_any(Truth)
}

/// Reads a number of seconds.
pub(super) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Seconds;

    impl Visitor<'_> for Seconds {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number of seconds")
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<u64, E> {
            Ok(value)
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<u64, E> {
            let unexpected = serde::de::Unexpected::Signed(value);
            u64::try_from(value).map_err(|_| E::invalid_value(unexpected, &self))
        }
    }

    deserializer.deserialize_any(Seconds)
}

/// Reads a number of seconds that may be left out.
pub(super) fn some_seconds<'de, D>(deserializer: D) -> Result<Option<u64>, D::Error>
where
    D: Deserializer<'de>,
{
    seconds(deserializer).map(Some)
}
