//! Output formats on the command line.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::findings::Format;

/// Parses every format: for findings.
pub(super) fn of_findings() -> impl TypedValueParser<Value = Format> {
    one_of(Format::ALL)
}

/// Parses the formats of results that a page or a comment can show.
pub(super) fn of_pages() -> impl TypedValueParser<Value = Format> {
    one_of(&[Format::Text, Format::Json, Format::Markdown])
}

/// Parses the formats of all other results.
pub(super) fn of_results() -> impl TypedValueParser<Value = Format> {
    one_of(&[Format::Text, Format::Json])
}

fn one_of(formats: &'static [Format]) -> impl TypedValueParser<Value = Format> {
    let values = formats.iter().map(|one| PossibleValue::new(one.name()).help(one.summary()));
    PossibleValuesParser::new(values).map(|name| {
        let named = formats.iter().find(|one| one.name() == name);
        *named.expect("only names of these formats are possible")
    })
}
