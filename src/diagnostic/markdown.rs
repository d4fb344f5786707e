//! Findings as GitHub Flavored Markdown, for the summary of a job or a comment.

use super::{Diagnostic, Source, Tally};

/// The heading of the table.
pub const HEADING: &str = "\
| | where | what | rule |
| --- | --- | --- | --- |
";

/// One row for each finding.
pub fn rows(source: &Source, findings: &[Diagnostic]) -> String {
    findings.iter().map(|finding| row(source, &finding.redacted())).collect()
}

/// The line below the table.
pub fn summary(tally: &Tally) -> String {
    let mut text = format!("\n{}\n", cell(&tally.to_string()));
    for failure in &tally.failures {
        text.push_str(&format!(
            "- {}\n",
            cell(&format!("{} (`{}`)", failure.message, failure.code))
        ));
    }
    text
}

fn row(source: &Source, finding: &Diagnostic) -> String {
    let at = source.position(finding.span.start);
    let place = format!("`{}:{}:{}`", source.name(), at.line, at.column);
    format!(
        "| {} | {} | {} | {} |\n",
        finding.level.name(),
        cell(&place),
        cell(&finding.in_words()),
        cell(&format!("`{}`", finding.rule.name()))
    )
}

/// A text as the cell of a table. What stands between backticks is shown as code; nothing else in
/// it has a meaning, whoever wrote it.
pub fn cell(text: &str) -> String {
    let parts: Vec<_> = text.split('`').collect();
    let mut cell = String::new();
    for (at, part) in parts.iter().enumerate() {
        // The last part of an even number has a backtick before it and none behind.
        let is_code = at % 2 == 1 && at + 1 < parts.len();
        match (is_code, at % 2) {
            (true, _) => cell.push_str(&format!("<code>{}</code>", escaped(part))),
            (false, 1) => cell.push_str(&format!("&#96;{}", escaped(part))),
            _ => cell.push_str(&escaped(part)),
        }
    }
    cell
}

/// A text without a meaning in Markdown and HTML, on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // A colon is part of a URL or an emoji, unless a space follows.
        let means_something = match c {
            ':' => chars.peek().is_some_and(|next| !next.is_whitespace()),
            c => "&<>\"'|\\*_[]@#~!$".contains(c),
        };
        match c {
            '\n' => escaped.push_str("<br>"),
            c if c.is_control() => escaped.push(' '),
            c if means_something => escaped.push_str(&format!("&#{};", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
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
            ("<img> @all\r\n**x**", "&#60;img&#62; &#64;all <br>&#42;&#42;x&#42;&#42;"),
            ("at: https://a.example :b:", "at: https&#58;//a.example &#58;b:"),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
