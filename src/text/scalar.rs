//! The type of a scalar of YAML, by the core schema (YAML 1.2.2, section 10.3.2).

use std::borrow::Cow;

/// The text of a scalar, and whether it could be something else than a string.
#[derive(Clone, Debug)]
pub struct Scalar<'a> {
    /// The text after escapes were resolved.
    pub text: Cow<'a, str>,
    /// Neither quoted nor a block: the core schema decides what it is.
    pub plain: bool,
}

/// The type that the core schema gives to a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarType {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number,
    /// Everything else.
    String,
}

impl Scalar<'_> {
    /// Returns the type that the core schema gives to it (YAML 1.2.2, section 10.3.2).
    pub fn resolve(&self) -> ScalarType {
        if !self.plain {
            return ScalarType::String;
        }
        match self.text.as_ref() {
            "" | "~" | "null" | "Null" | "NULL" => ScalarType::Null,
            "true" | "True" | "TRUE" => ScalarType::Boolean(true),
            "false" | "False" | "FALSE" => ScalarType::Boolean(false),
            text if is_number(text) => ScalarType::Number,
            _ => ScalarType::String,
        }
    }

    /// Returns whether it is a text here, and a boolean, a number, a date, a merge or a default to
    /// a reader of YAML 1.1 (<https://yaml.org/type/>). Any text that such a reader might take for
    /// a number counts as one.
    pub fn is_ambiguous(&self) -> bool {
        self.resolve() == ScalarType::String && self.plain && is_another_in_1_1(&self.text)
    }
}

fn is_another_in_1_1(text: &str) -> bool {
    const WORDS: [&str; 6] = ["y", "n", "yes", "no", "on", "off"];
    let lower = text.to_ascii_lowercase();
    if WORDS.contains(&lower.as_str()) || matches!(text, "=" | "<<") {
        return true;
    }
    let unsigned = lower.strip_prefix(['-', '+']).unwrap_or(&lower);
    let unsigned = unsigned.strip_prefix('.').unwrap_or(unsigned);
    let of_numbers = |b: u8| b.is_ascii_hexdigit() || b"xo_:.+-tz ".contains(&b);
    unsigned.starts_with(|c: char| c.is_ascii_digit()) && unsigned.bytes().all(of_numbers)
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return !octal.is_empty() && octal.bytes().all(|b| (b'0'..=b'7').contains(&b));
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit());
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|e| {
            let e = e.strip_prefix(['-', '+']).unwrap_or(e);
            !e.is_empty() && digits(e)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_1_1_reads_otherwise_is_ambiguous_unless_it_is_quoted() {
        for (text, expected) in [
            ("no", true),
            ("On", true),
            ("Y", true),
            ("=", true),
            ("1_000", true),
            ("0b1", true),
            ("+12:30", true),
            ("2026-11-22", true),
            ("2026-11-22 12:30:00 +1", true),
            (".5_0", true),
            ("none", false),
            ("2fa.read", false),
            ("x.tweet.read", false),
            ("true", false),
            ("12", false),
            ("", false),
        ] {
            let plain = Scalar { text: text.into(), plain: true };
            assert_eq!(plain.is_ambiguous(), expected, "{text:?}");
            assert!(!Scalar { plain: false, ..plain }.is_ambiguous(), "{text:?}");
        }
    }

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, expected) in [
            ("", ScalarType::Null),
            ("~", ScalarType::Null),
            ("null", ScalarType::Null),
            ("nUll", ScalarType::String),
            ("true", ScalarType::Boolean(true)),
            ("FALSE", ScalarType::Boolean(false)),
            ("no", ScalarType::String),
            ("yes", ScalarType::String),
            ("on", ScalarType::String),
            ("0", ScalarType::Number),
            ("-12", ScalarType::Number),
            ("1.10", ScalarType::Number),
            (".5e-3", ScalarType::Number),
            ("0o17", ScalarType::Number),
            ("0xfF", ScalarType::Number),
            ("-.inf", ScalarType::Number),
            (".NaN", ScalarType::Number),
            ("0o18", ScalarType::String),
            ("0x", ScalarType::String),
            ("1e", ScalarType::String),
            (".", ScalarType::String),
            ("-", ScalarType::String),
            ("1_000", ScalarType::String),
            ("12:30", ScalarType::String),
            ("2026-11-22", ScalarType::String),
            ("x.tweet.read", ScalarType::String),
        ] {
            let plain = Scalar { text: text.into(), plain: true };
            assert_eq!(plain.resolve(), expected, "{text:?}");
            assert_eq!(Scalar { plain: false, ..plain }.resolve(), ScalarType::String, "{text:?}");
        }
    }
}
