//! The settings of the audit log in `config.yaml`: `audit: true`, or a mapping.

use std::fmt;
use std::path::PathBuf;

use jiff::SignedDuration;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::text::time;

/// The settings of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditSettings {
    /// The file, from the store's folder where it does not start at the root.
    pub file: Option<PathBuf>,
    /// The size up to which it may grow.
    pub max_size: Size,
    /// The number of older files that are kept.
    pub keep: Keep,
    /// The time for which each line is kept, whatever the number of files.
    pub keep_for: Age,
    /// The calls of a run that are recorded in an hour.
    pub calls_per_hour: CallsPerHour,
    /// The time after which a call that is still under way has another line.
    pub open_calls_every: Interval,
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

/// A number of files, at least one: what is moved away must be somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep(pub u32);

/// An age below which no line is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age(pub SignedDuration);

/// A number of calls an hour, at least one. Beyond it, calls are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallsPerHour(pub u32);

/// A time between lines, from a second to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval(pub SignedDuration);

impl CallsPerHour {
    const MOST: u32 = 10_000_000;
    const FORM: &str = "a number of calls from 1 to 10000000";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number| (1..=Self::MOST).contains(number)).map(Self)
    }
}

impl Default for CallsPerHour {
    fn default() -> Self {
        Self(36_000)
    }
}

impl<'de> Deserialize<'de> for CallsPerHour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar { parse: Self::parse, form: Self::FORM })
    }
}

impl Interval {
    const LEAST: SignedDuration = SignedDuration::from_secs(1);
    const MOST: SignedDuration = SignedDuration::from_hours(24);
    const FORM: &str = "a duration from 1s to 1d";

    fn parse(text: &str) -> Option<Self> {
        time::duration(text).ok().filter(|it| (Self::LEAST..=Self::MOST).contains(it)).map(Self)
    }
}

impl Default for Interval {
    fn default() -> Self {
        Self(SignedDuration::from_hours(1))
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar { parse: Self::parse, form: Self::FORM })
    }
}

impl Size {
    /// Less would be a file for a few lines.
    const LEAST: u64 = 4_000;
    const UNITS: [(&str, u64); 7] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
    ];
    const FORM: &str = "a size of at least 4kB, such as 10MB";

    fn parse(text: &str) -> Option<Self> {
        let (number, unit) = Self::UNITS
            .iter()
            .find_map(|(name, bytes)| Some((text.strip_suffix(name)?, *bytes)))
            .unwrap_or((text, 1));
        let bytes = number.trim_end().parse::<u64>().ok()?.checked_mul(unit)?;
        (bytes >= Self::LEAST).then_some(Self(bytes))
    }
}

impl Default for Size {
    fn default() -> Self {
        Self(10_000_000)
    }
}

impl Keep {
    /// The most files that a log has beside it.
    pub(super) const MOST: u32 = 1_000;
    const FORM: &str = "a number of files from 1 to 1000";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number| (1..=Self::MOST).contains(number)).map(Self)
    }
}

impl Default for Keep {
    fn default() -> Self {
        Self(5)
    }
}

impl Age {
    const FORM: &str = "a duration such as 30d, or 0 for none";

    fn parse(text: &str) -> Option<Self> {
        time::duration(text).ok().map(Self)
    }
}

impl Default for Age {
    fn default() -> Self {
        Self(SignedDuration::from_hours(30 * 24))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar { parse: Self::parse, form: Self::FORM })
    }
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar { parse: Self::parse, form: Self::FORM })
    }
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar { parse: Self::parse, form: Self::FORM })
    }
}

/// A text or a number, read as a text.
struct Scalar<T> {
    parse: fn(&str) -> Option<T>,
    form: &'static str,
}

impl<T> Visitor<'_> for Scalar<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.form)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| E::custom(format!("{} is expected", self.form)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
}

/// Reads the field: `true` and `false`, or what is set.
///
/// # Errors
///
/// It is none of these.
pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AuditSettings>, D::Error> {
    deserializer.deserialize_any(Field)
}

struct Field;

impl<'de> Visitor<'de> for Field {
    type Value = Option<AuditSettings>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, `false` or a mapping")
    }

    fn visit_bool<E: Error>(self, is_on: bool) -> Result<Self::Value, E> {
        Ok(is_on.then(AuditSettings::default))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        AuditSettings::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::text::strict_yaml;

    fn of(text: &str) -> Result<Option<AuditSettings>, String> {
        let config = strict_yaml::read::<Config>(text);
        config.map(|config| config.audit).map_err(|fault| fault.to_string())
    }

    #[test]
    fn it_is_on_or_off_or_set() {
        assert_eq!(of("rules: {}"), Ok(None));
        assert_eq!(of("audit: false"), Ok(None));
        assert_eq!(of("audit: true"), Ok(Some(AuditSettings::default())));
        assert_eq!(of("audit: {}"), Ok(Some(AuditSettings::default())));
        let set = of(
            "audit:\n  file: /var/log/xreq.jsonl\n  max_size: 64KiB\n  keep: 3\n  keep_for: 7d\n  calls_per_hour: 100\n  open_calls_every: 10m\n",
        );
        let expected = AuditSettings {
            file: Some("/var/log/xreq.jsonl".into()),
            max_size: Size(65_536),
            keep: Keep(3),
            keep_for: Age(SignedDuration::from_hours(7 * 24)),
            calls_per_hour: CallsPerHour(100),
            open_calls_every: Interval(SignedDuration::from_mins(10)),
        };
        assert_eq!(set, Ok(Some(expected)));
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in
            [("4000", 4_000), ("4 kB", 4_000), ("1MiB", 1 << 20), ("2GB", 2_000_000_000)]
        {
            assert_eq!(Size::parse(text), Some(Size(bytes)), "{text}");
        }
        for text in ["", "MB", "3999", "10mb", "-1MB", "1.5MB", "99999999999GB"] {
            assert_eq!(Size::parse(text), None, "{text}");
        }
        assert_eq!(of("audit: {max_size: 5000}").unwrap().unwrap().max_size, Size(5_000));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, expected) in [
            ("audit: on", "1:"),
            ("audit: 1", "1:"),
            ("audit: [true]", "1:"),
            ("audit:\n  fiel: a", "did you mean `file`?"),
            ("audit:\n  max_size: 10mb", "a size of at least 4kB, such as 10MB is expected"),
            ("audit:\n  keep: 0", "a number of files from 1 to 1000 is expected"),
            ("audit:\n  keep: many", "a number of files from 1 to 1000 is expected"),
            ("audit:\n  calls_per_hour: 0", "a number of calls from 1 to 10000000 is expected"),
            ("audit:\n  open_calls_every: 500ms", "a duration from 1s to 1d is expected"),
            ("audit:\n  open_calls_every: 25h", "a duration from 1s to 1d is expected"),
            ("audit:\n  keep_for: long", "a duration such as 30d, or 0 for none is expected"),
            ("audit:\n  keep_for: -1", "a duration such as 30d, or 0 for none is expected"),
        ] {
            let error = of(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
