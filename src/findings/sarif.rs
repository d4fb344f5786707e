//! Findings as SARIF 2.1.0 (OASIS Standard, 27 March 2020), for code scanning.

use std::ops::Range;

use serde_json::{Value, json};

use super::fingerprint::fingerprints;
use super::json::{ARRAY_BREAK, FIRST_BREAK, objects};
use super::place::uri;
use super::renderer::{Frame, Piece, Renderer};
use super::{Diagnostic, Room, Rule, Source, Tally, listing};
use crate::text::count::count;
use crate::text::escape::defused_json;

/// The URL at which the official schema of the format is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The most results in a log: GitHub refuses a run that has more.
const MOST_RESULTS: usize = 25_000;

/// The format of SARIF logs.
pub struct Sarif;

impl Renderer for Sarif {
    fn opening(&self, _title: Option<&str>) -> String {
        halves(&Tally::default()).0
    }

    fn findings(&self, source: &Source, findings: &[Diagnostic]) -> String {
        objects("        ", results(source, findings))
    }

    fn between(&self, first: bool) -> &'static str {
        if first { FIRST_BREAK } else { ARRAY_BREAK }
    }

    fn closing(&self, tally: &Tally) -> String {
        halves(tally).1
    }

    fn room(&self) -> Room {
        Room::of_findings(MOST_RESULTS)
    }

    fn whole(&self, pieces: Vec<Piece>, frame: &Frame<'_>) -> String {
        listing::whole(self, pieces, frame, false)
    }
}

/// Returns a log, cut where its results stand.
fn halves(tally: &Tally) -> (String, String) {
    const RESULTS: &str = "\"results\": [";
    let log = format!("{:#}\n", log(tally));
    let log = defused_json(&log);
    let at = log.rfind(RESULTS).expect("a log has results") + RESULTS.len();
    (log[..at].to_owned(), format!("\n      {}", &log[at..]))
}

/// Returns a result for each finding (section 3.27).
fn results(source: &Source, findings: &[Diagnostic]) -> Vec<Value> {
    let redacted = source.redacted();
    let numbered = findings.iter().zip(fingerprints(&redacted, findings));
    numbered.map(|(finding, print)| result(source, &finding.redacted(), &print)).collect()
}

/// Returns the log around the results: everything but these.
fn log(tally: &Tally) -> Value {
    let rules: Vec<_> = Rule::ALL.iter().map(|rule| descriptor(*rule)).collect();
    let failures = tally.failures.iter().map(|failure| {
        json!({
            "level": "error",
            "descriptor": { "id": failure.code },
            "message": { "text": plain(&failure.message) },
        })
    });
    let left_out = (tally.left_out > 0).then(|| {
        let are = if tally.left_out == 1 { "is" } else { "are" };
        let left_out = count(tally.left_out, "more finding");
        let text = format!("{left_out} {are} left out: the format has no room for more");
        json!({ "level": "warning", "message": { "text": text } })
    });
    let notifications: Vec<_> = failures.chain(left_out).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "xreq",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "utf16CodeUnits",
            "newlineSequences": ["\r\n", "\n", "\r"],
            "results": [],
            // Behind the results: by then it is known.
            "invocations": [{
                "executionSuccessful": tally.failures.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
        }],
    })
}

fn descriptor(rule: Rule) -> Value {
    json!({
        "id": rule.name(),
        "name": pascal_case(rule.name()),
        "shortDescription": { "text": rule.summary() },
        "fullDescription": { "text": rule.reason() },
        "help": { "text": rule.reason(), "markdown": rule.explanation() },
        "defaultConfiguration": { "level": rule.level().name() },
    })
}

fn result(source: &Source, finding: &Diagnostic, fingerprint: &str) -> Value {
    let mut result = json!({
        "ruleId": finding.rule.name(),
        "level": finding.level.name(),
        "message": { "text": plain(&finding.in_words()) },
        "locations": [{ "physicalLocation": location(source, &finding.span) }],
        "partialFingerprints": { "primaryLocationLineHash": fingerprint },
    });
    if let Some((span, label)) = &finding.related {
        result["relatedLocations"] = json!([{
            "id": 1,
            "message": { "text": plain(label) },
            "physicalLocation": location(source, span),
        }]);
    }
    if let Some(fix) = &finding.fix {
        result["fixes"] = json!([{
            "description": { "text": plain(&format!("write `{}`", fix.replacement)) },
            "artifactChanges": [{
                "artifactLocation": { "uri": uri(source.name()) },
                "replacements": [{
                    "deletedRegion": region(source, &fix.span),
                    "insertedContent": { "text": fix.replacement },
                }],
            }],
        }]);
    }
    result
}

fn location(source: &Source, span: &Range<usize>) -> Value {
    json!({
        "artifactLocation": { "uri": uri(source.name()) },
        "region": region(source, span),
    })
}

/// Returns a region, whose end is the place behind its last character (section 3.30.8).
fn region(source: &Source, span: &Range<usize>) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column_utf16,
        "endLine": end.line,
        "endColumn": end.column_utf16,
    })
}

/// Returns a text that no viewer takes for a placeholder, which is written `{0}`, or for a link,
/// which is written `[text](place)` (sections 3.11.5 and 3.11.6).
fn plain(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}").replace("](", "] (")
}

/// Converts `manifest/unknown-key` to `ManifestUnknownKey`, the form that section 3.49.7 asks names
/// to have.
fn pascal_case(name: &str) -> String {
    let words = name.split(['/', '-']);
    words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        })
        .collect()
}
