//! Findings as GitLab's code quality report, whose form is that of the Code Climate specification
//! as far as GitLab reads it: an array of issues.

use serde_json::{Value, json};

use super::fingerprint::fingerprints;
use super::{Diagnostic, Level, Source};

/// One issue for each finding. GitLab wants each fingerprint to be unique in the whole report.
pub fn issues(source: &Source, findings: &[Diagnostic]) -> Vec<Value> {
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
