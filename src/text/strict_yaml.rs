//! YAML files that people write for xreq, read into a type: provider files and `config.yaml`.
//!
//! A manifest is read with [`manifest::yaml`](crate::manifest::yaml) instead: it is somebody else's
//! file, of which all mistakes are to be found at once.

use std::fmt::{self, Write};

use serde::de::DeserializeOwned;
use serde_yaml::budget::BudgetBreach;
use serde_yaml::{MergeKeyPolicy, MessageFormatter, UserMessageFormatter};

use crate::text::ambiguous;
use crate::text::nearest::nearest;

/// A fault at a line and a column, both counted from 1.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
    /// The fault, in words.
    pub what: String,
}

impl fmt::Display for Fault {
    /// Writes out control characters that are quoted from the file, so that they do nothing to a
    /// terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        for c in self.what.chars() {
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

/// Reads a text into a type.
///
/// # Errors
///
/// The first fault of the text.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    if let Some((at, ambiguous)) = ambiguous::characters(text).into_iter().next() {
        return Err(fault_at(text, at, format!("{}; {}", ambiguous.fault(), ambiguous.way_out())));
    }
    serde_yaml::from_str_with_options(text, strict()).map_err(|error| {
        let (line, column) = position(&error);
        Fault { line, column, what: explain(&error) }
    })
}

/// Returns the options for YAML without its surprises: one document, no anchors and aliases, no
/// merge keys, no tags of one's own, no texts that are really numbers, no key twice.
fn strict() -> serde_yaml::Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! { max_anchors: 0, max_aliases: 0 },
        merge_keys: MergeKeyPolicy::Error,
        reject_unsupported_tags: true,
        strict_booleans: true,
        underscored_numbers_as_strings: true,
        no_schema: true,
        with_snippet: false,
    }
}

/// Creates a fault at a byte of a text.
fn fault_at(text: &str, at: usize, what: String) -> Fault {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Fault { line, column, what }
}

fn position(error: &serde_yaml::Error) -> (usize, usize) {
    let position = error.location().and_then(|at| {
        Some((usize::try_from(at.line()).ok()?, usize::try_from(at.column()).ok()?))
    });
    position.unwrap_or((1, 1))
}

/// Explains an error, in words for somebody who writes a provider file.
fn explain(error: &serde_yaml::Error) -> String {
    use serde_yaml::Error as Yaml;
    match error {
        Yaml::SerdeUnknownField { field, expected, .. } => unknown("field", field, expected),
        Yaml::SerdeUnknownVariant { variant, expected, .. } => unknown("value", variant, expected),
        Yaml::SerdeMissingField { field, .. } => format!("the field `{field}` is missing"),
        Yaml::DuplicateMappingKey { key: Some(key), .. } => format!("`{key}` is there twice"),
        Yaml::MultipleDocuments { .. } => {
            "a second document begins; one file has one provider".into()
        }
        Yaml::MergeKeyNotAllowed { .. } => "merge keys are not supported; repeat the fields".into(),
        Yaml::Budget {
            breach: BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. },
            ..
        } => "anchors and aliases are not supported; repeat the value".into(),
        Yaml::QuotingRequired { value, .. } => {
            format!("a text is expected; put `{value}` into quotes")
        }
        Yaml::SerdeInvalidType { expected, .. } | Yaml::SerdeInvalidValue { expected, .. } => {
            format!("{expected} is expected")
        }
        Yaml::NullIntoString { .. } | Yaml::Unexpected { expected: "string scalar", .. } => {
            "a text is expected".into()
        }
        Yaml::Unexpected { expected: "sequence start", .. } => "a list is expected".into(),
        Yaml::Unexpected { expected: "mapping start", .. } => "a mapping is expected".into(),
        other => UserMessageFormatter.format_message(other).into_owned(),
    }
}

fn unknown(what: &str, word: &str, expected: &[&str]) -> String {
    match nearest(word, expected.iter().copied()) {
        Some(meant) => format!("unknown {what} `{word}`; did you mean `{meant}`?"),
        None => format!("unknown {what} `{word}`; known are {}", quoted_list(expected)),
    }
}

fn quoted_list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
