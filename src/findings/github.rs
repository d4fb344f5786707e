//! Findings as workflow commands, which GitHub Actions turns into annotations.
//!
//! The form is that of "Workflow commands for GitHub Actions": `::error file=…,line=…::message`,
//! one on a line. A value escapes `%` and line breaks; a property escapes `:` and `,` as well.

use std::fmt::Write;

use super::renderer::{Frame, Piece, Renderer};
use super::{Diagnostic, Level, Source, Tally, listing};
use crate::text::escape::plain;

/// The format of workflow commands.
pub struct Github;

impl Renderer for Github {
    fn findings(&self, source: &Source, findings: &[Diagnostic]) -> String {
        commands(source, findings)
    }

    fn closing(&self, tally: &Tally) -> String {
        let failures = tally.failures.iter();
        let failures: String =
            failures.map(|failure| self::failure(failure.code, &failure.message)).collect();
        format!("{failures}{tally}\n")
    }

    fn whole(&self, pieces: Vec<Piece>, frame: &Frame<'_>) -> String {
        listing::whole(self, pieces, frame, true)
    }

    fn gives_orders(&self) -> bool {
        true
    }
}

/// Returns a command for each finding.
fn commands(source: &Source, findings: &[Diagnostic]) -> String {
    findings.iter().map(|finding| command(source, &finding.redacted())).collect()
}

/// Returns the command for what is wrong with no place in a file: its code and what happened.
fn failure(code: &str, message: &str) -> String {
    format!("::error title={}::{}\n", property(code), value(message))
}

fn command(source: &Source, finding: &Diagnostic) -> String {
    let kind = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let start = source.position(finding.span.start);
    let end = source.position(finding.span.end);
    let name = source.name();
    let file = name.strip_prefix("./").unwrap_or(name);
    let mut command = format!("::{kind} file={},line={}", property(file), start.line);
    let _ = write!(command, ",endLine={}", end.line);
    // GitHub refuses columns on what spans several lines.
    if start.line == end.line {
        let _ = write!(command, ",col={},endColumn={}", start.column, end.column);
    }
    let text = value(&finding.in_words());
    let _ = writeln!(command, ",title={}::{text}", property(finding.rule.name()));
    command
}

fn value(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    plain(&text).into_owned()
}

fn property(text: &str) -> String {
    value(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Rule;

    #[test]
    fn what_has_a_meaning_is_escaped() {
        let source = Source::new("./a,b:c%/x\r\n.yaml", "é: 😀b\nc\n".to_owned());
        let finding = Diagnostic::new(Rule::BadKey, 8..9, "100% wrong: a, b\r\n::error::c");
        let multi = Diagnostic::new(Rule::CoveredKey, 0..10, "it").label("here").help("mend it");
        assert_eq!(
            commands(&source, &[finding, multi]),
            "::error file=a%2Cb%3Ac%25/x%0D%0A.yaml,line=1,endLine=1,col=5,endColumn=6,\
             title=manifest/bad-key::100%25 wrong: a, b%0D%0A::error::c\n\
             ::notice file=a%2Cb%3Ac%25/x%0D%0A.yaml,line=1,endLine=2,\
             title=key/covered::it (here)%0Amend it\n"
        );
        assert_eq!(failure("git_failed", "a\nb"), "::error title=git_failed::a%0Ab\n");
    }
}
