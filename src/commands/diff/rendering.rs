//! The difference of two manifests, for every output format.

use serde_json::{Value, json};

use crate::app::diff::Difference;
use crate::app::manifest_source::Findings;
use crate::error::Error;
use crate::findings::json::finding;
use crate::findings::markdown::{cell, table};
use crate::findings::report::{Report, Told};
use crate::findings::{Diagnostic, Format, Piece, Room, Source, Stage, UnjudgedFile, text};
use crate::policy::change::report;
use crate::text::escape::on_one_line;

/// Two manifests that were compared, as they are printed.
#[derive(Default)]
pub(super) struct Rendering {
    /// Text to print of them, in the requested format.
    pub(super) piece: Piece,
    /// Whether there is new authority; `None` if that is unknown.
    pub(super) is_widening: Option<bool>,
    /// Failure that kept them from being compared.
    pub(super) failure: Option<Error>,
}

impl Rendering {
    pub(super) fn of(difference: &Difference<'_>, format: Format) -> Self {
        let piece = format.renderer().piece(difference);
        Self { piece, is_widening: Some(difference.change.is_widening()), failure: None }
    }

    /// Renders a failure in the place of two manifests.
    pub(super) fn impossible(failure: Error, format: Format) -> Self {
        let piece = format.renderer().failure(&UnjudgedFile::of(&failure));
        Self { piece, is_widening: None, failure: Some(failure) }
    }

    /// Renders the findings of an invalid manifest, which says nothing of authority.
    pub(super) fn invalid(
        source: &Source,
        findings: &Findings,
        failure: Error,
        format: Format,
    ) -> Self {
        let piece = format.renderer().piece(&Invalid { source, findings });
        Self { piece, is_widening: None, failure: Some(failure) }
    }
}

impl Report for Difference<'_> {
    fn text(&self) -> Told {
        let mut result = text::render(&self.old.source, &self.old_findings.shown, true);
        result.push_str(&text::render(&self.new.source, &self.findings.shown, true));
        result.push_str(&self.summary());
        Told { result, beside: String::new() }
    }

    fn object(&self) -> Value {
        let mut object =
            json!({ "file": self.new.source.name(), "old_is_valid": self.old_is_valid });
        let fields = report::json(self.change, self.consents);
        if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
            object.extend(fields);
        }
        let mut all = diagnostics(&self.old.source, &self.old_findings.shown);
        all.extend(diagnostics(&self.new.source, &self.findings.shown));
        object["diagnostics"] = all.into();
        object
    }

    fn markdown(&self) -> String {
        let name = cell(&format!("`{}`", self.new.source.name()));
        let mut text = format!("## {name}: {}\n\n", report::summary(self.change, self.consents));
        if !self.old_is_valid {
            text.push_str("- the older manifest has errors: all that is asked for is new\n");
        }
        text.push_str(&report::markdown(self.change, self.consents));
        let read = self.findings.shown.iter().filter(|f| f.rule.stage() == Stage::Manifest);
        let read: Vec<_> = read.cloned().collect();
        if !read.is_empty() {
            let rows = table(&self.new.source, &read, Room::unbounded());
            text.push_str(&format!("\n{rows}"));
        }
        text.push('\n');
        text
    }

    /// Returns the findings for a platform. It shows the newer file alone, in which removed text has no
    /// place of its own.
    fn findings(&self) -> Option<(&Source, Vec<Diagnostic>)> {
        let gone = self.old_findings.shown.iter();
        let gone = gone.map(|finding| Diagnostic { span: 0..0, ..finding.clone() });
        Some((&self.new.source, gone.chain(self.findings.shown.iter().cloned()).collect()))
    }

    fn counts(&self) -> (usize, usize, usize) {
        let (new, old) = (self.findings.counts(), self.old_findings.counts());
        (new.0 + old.0, new.1 + old.1, new.2 + old.2)
    }

    fn summary(&self) -> String {
        let name = on_one_line(self.new.source.name());
        format!("{name}: {}\n", report::summary(self.change, self.consents))
    }
}

/// A newer manifest with errors.
struct Invalid<'a> {
    source: &'a Source,
    findings: &'a Findings,
}

impl Report for Invalid<'_> {
    fn text(&self) -> Told {
        let result = text::render(self.source, &self.findings.shown, true);
        Told { result, beside: String::new() }
    }

    fn object(&self) -> Value {
        json!({
            "file": self.source.name(),
            "widened": null,
            "diagnostics": diagnostics(self.source, &self.findings.shown),
        })
    }

    fn markdown(&self) -> String {
        let name = cell(&format!("`{}`", self.source.name()));
        let rows = table(self.source, &self.findings.shown, Room::unbounded());
        format!("## {name}: not valid\n\n{rows}\n")
    }

    fn findings(&self) -> Option<(&Source, Vec<Diagnostic>)> {
        Some((self.source, self.findings.shown.clone()))
    }

    fn counts(&self) -> (usize, usize, usize) {
        self.findings.counts()
    }
}

fn diagnostics(source: &Source, findings: &[Diagnostic]) -> Vec<Value> {
    findings.iter().map(|one| finding(source, one)).collect()
}
