//! The difference of two manifests, in the format that was asked for.

use serde_json::{Value, json};

use crate::app::diff::Difference;
use crate::app::manifest_source::Findings;
use crate::error::Error;
use crate::findings::listed::Listed;
use crate::findings::markdown::cell;
use crate::findings::{Diagnostic, Format, Source, Stage, json};
use crate::report::change as report;
use crate::text::escape::{defused, on_one_line};

/// Two manifests that were compared, as they are printed.
#[derive(Default)]
pub(super) struct Rendering {
    /// What there is to print of them, in the format that was asked for.
    pub(super) listed: Listed,
    /// The same as an object, for JSON.
    pub(super) object: Value,
    /// The line that sums it up, for a log.
    pub(super) summary: String,
    /// Whether there is new authority; none where nobody can say.
    pub(super) is_widening: Option<bool>,
    /// What kept them from being compared.
    pub(super) failure: Option<Error>,
}

impl Rendering {
    pub(super) fn of(difference: &Difference<'_>, format: Format) -> Self {
        let Difference { findings, old_findings, .. } = difference;
        Self {
            listed: Listed {
                text: text(difference, format),
                shown: findings.shown.len() + old_findings.shown.len(),
                errors: findings.errors + old_findings.errors,
                warnings: findings.warnings + old_findings.warnings,
            },
            object: if format == Format::Json { object(difference) } else { Value::Null },
            summary: summary(difference),
            is_widening: Some(difference.change.is_widening()),
            failure: None,
        }
    }

    /// A failure in the place of two manifests.
    pub(super) fn impossible(failure: Error) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }

    /// A wrong manifest says nothing of authority: it is told what is wrong with it.
    pub(super) fn invalid(
        source: &Source,
        findings: &Findings,
        failure: Error,
        format: Format,
    ) -> Self {
        let name = cell(&format!("`{}`", source.name()));
        let text = match format {
            Format::Json => String::new(),
            Format::Markdown => {
                let rows = findings.listed(source, format).text;
                format!("## {name}: not valid\n\n{}{rows}\n", format.between(true))
            }
            _ => findings.listed(source, format).text,
        };
        Self {
            listed: Listed {
                text,
                shown: findings.shown.len(),
                errors: findings.errors,
                warnings: findings.warnings,
            },
            object: json!({
                "file": source.name(),
                "widened": null,
                "diagnostics": diagnostics(source, &findings.shown),
            }),
            failure: Some(failure),
            ..Self::default()
        }
    }
}

fn text(difference: &Difference<'_>, format: Format) -> String {
    match format {
        Format::Text => {
            let old = format.findings(&difference.old.source, &difference.old_findings.shown);
            old + &format.findings(&difference.new.source, &difference.findings.shown)
        }
        Format::Json => String::new(),
        Format::Markdown => markdown(difference),
        // A platform shows the newer file alone, in which what is gone has no place of its own.
        Format::Github | Format::Gitlab | Format::Sarif => {
            let gone = difference.old_findings.shown.iter();
            let gone = gone.map(|finding| Diagnostic { span: 0..0, ..finding.clone() });
            let all: Vec<_> = gone.chain(difference.findings.shown.iter().cloned()).collect();
            if all.is_empty() {
                String::new()
            } else {
                format.findings(&difference.new.source, &all)
            }
        }
    }
}

fn summary(difference: &Difference<'_>) -> String {
    let name = on_one_line(difference.new.source.name());
    let summary = report::summary(difference.change, difference.consents);
    defused(&format!("{name}: {summary}\n")).into_owned()
}

fn markdown(difference: &Difference<'_>) -> String {
    let name = cell(&format!("`{}`", difference.new.source.name()));
    let mut text =
        format!("## {name}: {}\n\n", report::summary(difference.change, difference.consents));
    if !difference.old_is_valid {
        text.push_str("- the older manifest has errors: all that is asked for is new\n");
    }
    text.push_str(&report::markdown(difference.change, difference.consents));
    let read = difference.findings.shown.iter().filter(|f| f.rule.stage() == Stage::Manifest);
    let read: Vec<_> = read.cloned().collect();
    if !read.is_empty() {
        let format = Format::Markdown;
        let rows = format.findings(&difference.new.source, &read);
        text.push_str(&format!("\n{}{rows}", format.between(true)));
    }
    text.push('\n');
    text
}

fn object(difference: &Difference<'_>) -> Value {
    let mut object =
        json!({ "file": difference.new.source.name(), "old_is_valid": difference.old_is_valid });
    let fields = report::json(difference.change, difference.consents);
    if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
        object.extend(fields);
    }
    let mut all = diagnostics(&difference.old.source, &difference.old_findings.shown);
    all.extend(diagnostics(&difference.new.source, &difference.findings.shown));
    object["diagnostics"] = all.into();
    object
}

fn diagnostics(source: &Source, findings: &[Diagnostic]) -> Vec<Value> {
    findings.iter().map(|finding| json::finding(source, finding)).collect()
}
