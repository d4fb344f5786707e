//! Plain words that readers of YAML take differently.

use std::ops::Range;

use crate::findings::{Diagnostic, Rule};
use crate::text::escape::quoted;

/// Returns the finding for a plain word that is no string to every reader.
pub(super) fn ambiguous(text: &str, span: Range<usize>) -> Diagnostic {
    let quotes = format!("\"{text}\"");
    not_a_string(text, span).label(format!("write {quotes}")).fix(quotes)
}

/// Returns the finding for a plain word between brackets that begins with `?` or `:`, where a key or
/// a value begins for some readers.
pub(super) fn mark(text: &str, place: &Range<usize>) -> Option<Diagnostic> {
    let word = &text[place.clone()];
    let is_marked = word.starts_with(['?', ':']);
    is_marked.then(|| not_a_string(word, place.clone()).help("put it into quotes"))
}

/// Returns the finding for a plain key between brackets whose colon has a comma or a bracket right
/// behind it: a field without a value in YAML 1.2, and a text to some readers.
pub(super) fn bare_colon(text: &str, key: &Range<usize>) -> Option<Diagnostic> {
    let behind = text[key.end..].trim_start();
    behind.strip_prefix(':').filter(|rest| rest.starts_with([',', ']', '}']))?;
    let end = text.len() - behind.len() + 1;
    let message = "a field without a value is a text to some readers of YAML";
    Some(
        Diagnostic::new(Rule::AmbiguousWord, key.start..end, message)
            .label("write a space behind its colon")
            .fix(format!("{}: ", &text[key.clone()])),
    )
}

fn not_a_string(text: &str, span: Range<usize>) -> Diagnostic {
    let message = format!("{} is not a string for every reader of YAML", quoted(text));
    Diagnostic::new(Rule::AmbiguousWord, span, message)
}
