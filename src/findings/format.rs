//! The formats that findings are printed in, piece by piece: what stands before all findings, those
//! of one file after another, and what stands behind. So the findings of ten thousand files are
//! printed while they are found, and never kept together.

use serde_json::{Value, json};

use super::{Diagnostic, Source, Tally, github, gitlab, json, markdown, sarif, text};
use crate::text::escape::defused_json;

/// A way to print findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: everything that is known.
    Json,
    /// Workflow commands of GitHub Actions, which become annotations.
    Github,
    /// A code quality report of GitLab.
    Gitlab,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// A table, for the summary of a job or a comment.
    Markdown,
}

impl Format {
    /// What stands before the findings.
    pub fn opening(self) -> String {
        match self {
            Self::Text | Self::Github | Self::Markdown => String::new(),
            Self::Json => {
                format!("{{\n  \"schema_version\": {},\n  \"diagnostics\": [", json::SCHEMA_VERSION)
            }
            Self::Gitlab => "[".to_owned(),
            Self::Sarif => sarif_halves(&Tally::default()).0,
        }
    }

    /// The findings of one file. Those of several files are to be [joined](Self::between).
    pub fn findings(self, source: &Source, findings: &[Diagnostic]) -> String {
        match self {
            Self::Text => text::render(source, findings, true),
            Self::Json => {
                listed("    ", findings.iter().map(|finding| json::finding(source, finding)))
            }
            Self::Github => github::commands(source, findings),
            Self::Gitlab => listed("  ", gitlab::issues(source, findings)),
            Self::Sarif => listed("        ", sarif::results(source, findings)),
            Self::Markdown => markdown::rows(source, findings),
        }
    }

    /// What stands between the findings of two files that have some; before the first of these,
    /// where `first`.
    pub fn between(self, first: bool) -> &'static str {
        match self {
            Self::Json | Self::Gitlab | Self::Sarif if !first => ",\n",
            Self::Json | Self::Gitlab | Self::Sarif => "\n",
            Self::Markdown if first => markdown::HEADING,
            Self::Text | Self::Github | Self::Markdown => "",
        }
    }

    /// What stands behind the findings.
    pub fn closing(self, tally: &Tally) -> String {
        match self {
            Self::Text => format!("{tally}\n"),
            Self::Json => json_closing(tally),
            Self::Github => {
                let failures = tally.failures.iter();
                let failures: String = failures
                    .map(|failure| github::failure(failure.code, &failure.message))
                    .collect();
                format!("{failures}{tally}\n")
            }
            Self::Gitlab => "\n]\n".to_owned(),
            Self::Sarif => sarif_halves(tally).1,
            Self::Markdown => markdown::summary(tally),
        }
    }
}

/// Objects of an array, without its brackets, as far to the right as they stand in the whole.
fn listed(indent: &str, objects: impl IntoIterator<Item = Value>) -> String {
    let objects = objects.into_iter();
    let objects: Vec<_> = objects.map(|object| indented(indent, &format!("{object:#}"))).collect();
    objects.join(",\n")
}

/// JSON has line breaks between its tokens only.
fn indented(indent: &str, json: &str) -> String {
    format!("{indent}{}", defused_json(json).replace('\n', &format!("\n{indent}")))
}

fn json_closing(tally: &Tally) -> String {
    let failures: Vec<_> = tally
        .failures
        .iter()
        .map(|failure| json!({ "code": failure.code, "message": failure.message }))
        .collect();
    let rest = json!({ "failures": failures, "files": tally.files, "valid": tally.is_clean() });
    let rest = format!("{rest:#}");
    format!("\n  ],{}\n", defused_json(rest.trim_start_matches('{')))
}

/// A log, cut where its results stand.
fn sarif_halves(tally: &Tally) -> (String, String) {
    const RESULTS: &str = "\"results\": [";
    let log = format!("{:#}\n", sarif::log(tally));
    let log = defused_json(&log);
    let at = log.rfind(RESULTS).expect("a log has results") + RESULTS.len();
    (log[..at].to_owned(), format!("\n      {}", &log[at..]))
}
