//! Findings and reports for programs.

use std::ops::Range;

use serde_json::{Value, json};

use super::diagnostic::help_words;
use super::renderer::{Frame, Piece, Renderer};
use super::report::Report;
use super::{Diagnostic, Source, Tally};
use crate::text::escape::defused_json;

/// The version of the objects below; it changes when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// The text before the first object of an array, and between two.
pub(super) const FIRST_BREAK: &str = "\n";
pub(super) const ARRAY_BREAK: &str = ",\n";

/// The format for programs.
pub struct Json;

impl Renderer for Json {
    fn opening(&self, _title: Option<&str>) -> String {
        format!("{{\n  \"schema_version\": {SCHEMA_VERSION},\n  \"diagnostics\": [")
    }

    fn findings(&self, source: &Source, findings: &[Diagnostic]) -> String {
        objects("    ", findings.iter().map(|finding| self::finding(source, finding)))
    }

    fn between(&self, first: bool) -> &'static str {
        if first { FIRST_BREAK } else { ARRAY_BREAK }
    }

    fn closing(&self, tally: &Tally) -> String {
        let failures: Vec<_> = tally
            .failures
            .iter()
            .map(|failure| json!({ "code": failure.code, "message": failure.message }))
            .collect();
        let rest = json!({ "failures": failures, "files": tally.files, "valid": tally.is_clean() });
        let rest = format!("{rest:#}");
        format!("\n  ],{}\n", defused_json(rest.trim_start_matches('{')))
    }

    fn piece(&self, report: &dyn Report) -> Piece {
        Piece { object: report.object(), ..Piece::of(report) }
    }

    fn whole(&self, pieces: Vec<Piece>, frame: &Frame<'_>) -> String {
        let objects = pieces.into_iter().map(|piece| piece.object).collect();
        let whole = format!("{:#}\n", (frame.object)(objects));
        defused_json(&whole).into_owned()
    }

    fn is_for_platform(&self) -> bool {
        false
    }
}

/// Returns objects of an array, without its brackets, as far to the right as they stand in the whole.
pub(super) fn objects(indent: &str, objects: impl IntoIterator<Item = Value>) -> String {
    let objects = objects.into_iter();
    let objects: Vec<_> = objects.map(|object| indented(indent, &format!("{object:#}"))).collect();
    objects.join(",\n")
}

/// Indents the lines of a JSON text, which has line breaks between its tokens only.
fn indented(indent: &str, json: &str) -> String {
    format!("{indent}{}", defused_json(json).replace('\n', &format!("\n{indent}")))
}

/// Returns an array of the objects of findings.
pub fn objects_of(source: &Source, findings: &[Diagnostic]) -> Value {
    findings.iter().map(|finding| self::finding(source, finding)).collect()
}

/// Returns the object of a finding.
pub fn finding(source: &Source, finding: &Diagnostic) -> Value {
    let finding = finding.redacted();
    json!({
        "code": finding.rule.name(),
        "level": finding.level.name(),
        "message": finding.message,
        "file": source.name(),
        "range": range(source, &finding.span),
        "label": finding.label,
        "help": finding.help.as_ref().map(help_words),
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
