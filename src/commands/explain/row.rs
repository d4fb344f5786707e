//! A row of an explanation: the name of a field, and its value.

use crate::text::layout::Phrase;

/// The name of a field, and its value.
pub(super) type Row = (Phrase, Phrase);

/// Returns a row.
pub(super) fn row(name: &str, value: impl Into<Phrase>) -> Row {
    (name.into(), value.into())
}
