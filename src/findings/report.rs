//! A result of a command that has findings, for every output format.

use serde_json::Value;

use super::diagnostic::Diagnostic;
use super::source::Source;

/// The result of a command: words for people, an object for programs, and findings for everybody
/// else.
pub trait Report {
    /// Returns the text for people.
    fn text(&self) -> Told;

    /// Returns the object for programs.
    fn object(&self) -> Value;

    /// Returns the section for a page or a comment, in Markdown. By default it is the text.
    fn markdown(&self) -> String {
        format!("```text\n{}```\n", self.text().result)
    }

    /// Returns the findings, each with a place in the one file that a platform shows; `None` where
    /// the report is of no file.
    fn findings(&self) -> Option<(&Source, Vec<Diagnostic>)> {
        None
    }

    /// Returns how many findings there are, and how many of them are errors and warnings.
    fn counts(&self) -> (usize, usize, usize) {
        (0, 0, 0)
    }

    /// Returns a line that sums it up, for the log of a job that shows the findings elsewhere.
    fn summary(&self) -> String {
        String::new()
    }
}

/// A text for people.
#[derive(Debug, Default)]
pub struct Told {
    /// The result.
    pub result: String,
    /// The text for standard error.
    pub beside: String,
}
