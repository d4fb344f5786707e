//! Findings as GitHub Flavored Markdown, for the summary of a job or a comment.

use super::renderer::{Frame, Piece, Renderer};
use super::report::Report;
use super::tally::UnjudgedFile;
use super::{Diagnostic, Room, Source, Tally};
use crate::text::escape::is_odd;
use crate::text::redact::redact;

/// The most bytes: GitHub takes 65,536 characters as a comment, and 1 MiB as the summary of a step.
pub const MOST_BYTES: usize = 60_000;

/// The heading of the table.
const HEADING: &str = "\
| | where | what | rule |
| --- | --- | --- | --- |
";

/// The format for pages and comments.
pub struct Markdown;

impl Renderer for Markdown {
    fn opening(&self, title: Option<&str>) -> String {
        title.map_or_else(String::new, |title| format!("## {}\n\n", cell(title)))
    }

    fn findings(&self, source: &Source, findings: &[Diagnostic]) -> String {
        findings.iter().map(|finding| row(source, &finding.redacted())).collect()
    }

    fn between(&self, first: bool) -> &'static str {
        if first { HEADING } else { "" }
    }

    fn closing(&self, tally: &Tally) -> String {
        summary(tally)
    }

    fn room(&self) -> Room {
        Room::of_bytes(MOST_BYTES)
    }

    fn piece(&self, report: &dyn Report) -> Piece {
        Piece { text: report.markdown(), ..Piece::of(report) }
    }

    fn failure(&self, failure: &UnjudgedFile) -> Piece {
        Piece { text: failure_line(failure), ..Piece::default() }
    }

    fn whole(&self, pieces: Vec<Piece>, frame: &Frame<'_>) -> String {
        let mut text = self.opening(frame.title);
        if pieces.is_empty() {
            text.push_str(&format!("{}\n\n", cell(&frame.tally.to_string())));
        }
        text.extend(pieces.into_iter().map(|piece| piece.text));
        let mut room = self.room();
        let lines = text.lines().count();
        let text = room.take(text, lines);
        text + &room.rest()
    }

    fn displays_names(&self) -> bool {
        true
    }
}

/// Returns a table of findings, of as many as have room; nothing where there are none.
pub fn table(source: &Source, findings: &[Diagnostic], mut room: Room) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let rows = room.take(Markdown.findings(source, findings), findings.len());
    format!("{HEADING}{rows}{}", room.rest())
}

fn failure_line(failure: &UnjudgedFile) -> String {
    format!("- {}\n", cell(&format!("{} (`{}`)", failure.message, failure.code)))
}

/// Returns the line below the table.
fn summary(tally: &Tally) -> String {
    let left_out = match tally.left_out {
        0 => String::new(),
        count => format!("\nand {count} more\n"),
    };
    let mut text = format!("{left_out}\n{}\n", cell(&tally.to_string()));
    for failure in &tally.failures {
        text.push_str(&failure_line(failure));
    }
    text
}

fn row(source: &Source, finding: &Diagnostic) -> String {
    let at = source.position(finding.span.start);
    let place = format!("{}:{}:{}", source.name(), at.line, at.column);
    format!(
        "| {} | {} | {} | {} |\n",
        finding.level.name(),
        code(&place),
        cell(&finding.in_words()),
        code(finding.rule.name())
    )
}

/// Returns a name as code, in which nothing has a meaning and nobody is called.
pub fn code(name: &str) -> String {
    format!("<code>{}</code>", escaped(name))
}

/// Returns a text as the cell of a table, without what [looks like a token](redact). Text between
/// backticks is shown as code; nothing else in it has a meaning, whoever wrote it.
pub fn cell(text: &str) -> String {
    let text = redact(text);
    let parts: Vec<_> = text.split('`').collect();
    let mut cell = String::new();
    for (at, part) in parts.iter().enumerate() {
        // The last part of an even number has a backtick before it and none behind.
        let is_code = at % 2 == 1 && at + 1 < parts.len();
        match (is_code, at % 2) {
            (true, _) => cell.push_str(&code(part)),
            (false, 1) => cell.push_str(&format!("&#96;{}", torn(part))),
            _ => cell.push_str(&torn(part)),
        }
    }
    cell
}

/// A space without a width.
const NOTHING: &str = "&#8203;";

/// Returns a text without a meaning in Markdown and HTML, on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let means_something = match c {
            // A colon is part of a URL or an emoji, unless a space follows.
            ':' => !rest.is_empty() && !rest.starts_with(char::is_whitespace),
            // A URL may do without a scheme.
            'w' | 'W' => rest.get(..3).is_some_and(|rest| rest.eq_ignore_ascii_case("ww.")),
            c => "&<>\"'|\\*_[]@#~!$".contains(c),
        };
        match c {
            '\n' => escaped.push_str("<br>"),
            c if is_odd(c) => escaped.push(' '),
            c if means_something => escaped.push_str(&format!("&#{};", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Returns a text that is no code, in which a platform finds nobody to call: entities are for
/// Markdown, and mentions, numbers of issues and emoji are looked for in what is shown.
fn torn(text: &str) -> String {
    escaped(text)
        .replace("&#64;", &format!("&#64;{NOTHING}"))
        .replace("&#35;", &format!("&#35;{NOTHING}"))
        .replace("&#58;", &format!("&#58;{NOTHING}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_code_and_the_rest_is_text() {
        for (text, expected) in [
            ("no key `a|b`", "no key <code>a&#124;b</code>"),
            ("`a` and `b`", "<code>a</code> and <code>b</code>"),
            ("`a` and `b", "<code>a</code> and &#96;b"),
            ("<img> @all\r\n**x**", "&#60;img&#62; &#64;&#8203;all <br>&#42;&#42;x&#42;&#42;"),
            ("at: https://a.example :b:", "at: https&#58;&#8203;//a.example &#58;&#8203;b:"),
            ("`@all`, #1, www.a", "<code>&#64;all</code>, &#35;&#8203;1, &#119;ww.a"),
            ("a\u{202e}b\u{9b}c", "a b c"),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
