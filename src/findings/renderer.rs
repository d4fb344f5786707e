//! An output format: one implementation for each, in a file of its own.

use serde_json::Value;

use super::diagnostic::Diagnostic;
use super::report::Report;
use super::room::Room;
use super::source::Source;
use super::tally::{Tally, UnjudgedFile};

/// A way to print findings, and the reports that have them.
///
/// Findings are printed piece by piece: what stands before all of them, those of one file after
/// another, and what stands behind. So the findings of ten thousand files are printed while they are
/// found, and never kept together.
pub trait Renderer: Sync {
    /// Returns what stands before the findings; a title, where the format has a place for one.
    fn opening(&self, _title: Option<&str>) -> String {
        String::new()
    }

    /// Returns the findings of one file. Those of several files are to be
    /// [joined](Renderer::between).
    fn findings(&self, source: &Source, findings: &[Diagnostic]) -> String;

    /// Returns what stands between the findings of two files that have some; before the first of
    /// these, where `first`.
    fn between(&self, _first: bool) -> &'static str {
        ""
    }

    /// Returns what stands behind the findings.
    fn closing(&self, tally: &Tally) -> String;

    /// Returns the room that all findings have together.
    fn room(&self) -> Room {
        Room::unbounded()
    }

    /// Returns a report as a part of the [whole](Renderer::whole). By default it is its findings.
    fn piece(&self, report: &dyn Report) -> Piece {
        let text = match report.findings() {
            Some((source, findings)) if !findings.is_empty() => self.findings(source, &findings),
            _ => String::new(),
        };
        Piece { text, summary: report.summary(), ..Piece::of(report) }
    }

    /// Returns what stands in the place of a report that there is not. By default it is nothing: a
    /// failure is in the [closing](Renderer::closing).
    fn failure(&self, _failure: &UnjudgedFile) -> Piece {
        Piece::default()
    }

    /// Returns the output of a command that printed nothing before.
    fn whole(&self, pieces: Vec<Piece>, frame: &Frame<'_>) -> String;

    /// Returns whether a platform shows the findings beside the files of its checkout.
    fn is_for_platform(&self) -> bool {
        true
    }

    /// Returns whether the output is commands to the log of a job.
    fn gives_orders(&self) -> bool {
        false
    }

    /// Returns whether people, and no program, read names of files in it as they are.
    fn displays_names(&self) -> bool {
        false
    }
}

/// A report in a format.
#[derive(Debug, Default)]
pub struct Piece {
    /// Its text in the result.
    pub text: String,
    /// The text for people beside the result.
    pub beside: String,
    /// Its form in JSON.
    pub object: Value,
    /// The line that sums it up, for the log of a job.
    pub summary: String,
    /// The number of findings in the report.
    pub shown: usize,
    /// The number of them that are errors.
    pub errors: usize,
    /// The number of them that are warnings.
    pub warnings: usize,
}

impl Piece {
    /// Returns a piece without any text, with the counts of a report.
    pub fn of(report: &dyn Report) -> Self {
        let (shown, errors, warnings) = report.counts();
        Self { shown, errors, warnings, ..Self::default() }
    }
}

/// The parts of a result around its pieces.
pub struct Frame<'a> {
    /// The title, where the pieces have none.
    pub title: Option<&'a str>,
    /// The counts. The formats that need the counts of the pieces add them.
    pub tally: Tally,
    /// Puts the objects of the pieces into that of the whole.
    pub object: &'a dyn Fn(Vec<Value>) -> Value,
}
