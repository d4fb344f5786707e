//! Findings as GitLab's code quality report, whose form is that of the Code Climate specification
//! as far as GitLab reads it: an array of issues.

use serde_json::{Value, json};

use super::fingerprint::fingerprints;
use super::json::{ARRAY_BREAK, FIRST_BREAK, objects};
use super::renderer::{Frame, Piece, Renderer};
use super::{Diagnostic, Level, Source, Tally, listing};

/// The format of code quality reports.
pub struct Gitlab;

impl Renderer for Gitlab {
    fn opening(&self, _title: Option<&str>) -> String {
        "[".to_owned()
    }

    fn findings(&self, source: &Source, findings: &[Diagnostic]) -> String {
        objects("  ", issues(source, findings))
    }

    fn between(&self, first: bool) -> &'static str {
        if first { FIRST_BREAK } else { ARRAY_BREAK }
    }

    fn closing(&self, _tally: &Tally) -> String {
        "\n]\n".to_owned()
    }

    fn whole(&self, pieces: Vec<Piece>, frame: &Frame<'_>) -> String {
        listing::whole(self, pieces, frame, false)
    }
}

/// Returns an issue for each finding. GitLab wants each fingerprint to be unique in the whole report.
fn issues(source: &Source, findings: &[Diagnostic]) -> Vec<Value> {
    let name = source.name();
    let path = name.strip_prefix("./").unwrap_or(name);
    let redacted = source.redacted();
    let numbered = findings.iter().zip(fingerprints(&redacted, findings));
    let issues = numbered.map(|(finding, fingerprint)| {
        let finding = finding.redacted();
        let start = source.position(finding.span.start);
        let end = source.position(finding.span.end);
        json!({
            "type": "issue",
            "check_name": finding.rule.name(),
            "description": finding.in_words(),
            "categories": ["Bug Risk"],
            "severity": severity(finding.level),
            "fingerprint": format!("{fingerprint}:{path}"),
            "location": {
                "path": path,
                "lines": { "begin": start.line, "end": end.line },
                "positions": {
                    "begin": { "line": start.line, "column": start.column },
                    "end": { "line": end.line, "column": end.column },
                },
            },
        })
    });
    issues.collect()
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "major",
        Level::Warning => "minor",
        Level::Note => "info",
    }
}
