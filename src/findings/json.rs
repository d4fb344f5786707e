//! Findings for machines.

use std::ops::Range;

use serde_json::{Value, json};

use super::{Diagnostic, Source};

/// The version of the objects below; it changes when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// One object for one finding.
pub fn finding(source: &Source, finding: &Diagnostic) -> Value {
    let finding = finding.redacted();
    json!({
        "code": finding.rule.name(),
        "level": finding.level.name(),
        "message": finding.message,
        "file": source.name(),
        "range": range(source, &finding.span),
        "label": finding.label,
        "help": finding.help,
        "related": finding.related.as_ref().map(|(span, message)| json!({
            "message": message,
            "range": range(source, span),
        })),
        "fix": finding.fix.as_ref().map(|fix| json!({
            "replacement": fix.replacement,
            "range": range(source, &fix.span),
        })),
    })
}

fn range(source: &Source, span: &Range<usize>) -> Value {
    json!({ "start": position(source, span.start), "end": position(source, span.end) })
}

fn position(source: &Source, byte: usize) -> Value {
    let at = source.position(byte);
    json!({
        "byte": at.byte,
        "line": at.line,
        "column": at.column,
        "column_utf16": at.column_utf16,
    })
}
