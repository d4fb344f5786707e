//! Keeps what others wrote from giving orders in the log of a job.
//!
//! The runner of GitHub Actions reads a line that begins with `::`, after white space, as a command,
//! and so it reads `##[` wherever it stands; Azure Pipelines does so with `##vso[`. (In the runner's
//! source: `src/Runner.Common/ActionCommand.cs`.) A manifest in a pull request is a stranger's text,
//! and findings show parts of it.

use std::borrow::Cow;

/// What begins a command anywhere on a line.
const COMMANDS: [&str; 2] = ["##[", "##vso["];

/// A text for people in which nothing begins a command: the signs that would are replaced by others
/// that look alike and are as wide.
pub fn defused(text: &str) -> Cow<'_, str> {
    let text = replaced(text, |command| command.replace('#', "\u{266f}"));
    if !text.lines().any(begins_command) {
        return text;
    }
    let lines = text.split_inclusive('\n');
    let lines = lines.map(|line| {
        if begins_command(line) { line.replacen("::", "\u{a789}\u{a789}", 1) } else { line.into() }
    });
    Cow::Owned(lines.collect())
}

/// JSON in which nothing begins a command, controls a terminal or changes the direction of text; it
/// still means the same, since all of that is part of strings.
pub fn defused_json(json: &str) -> Cow<'_, str> {
    let json = replaced(json, |command| command.replace('#', "\\u0023"));
    let is_hidden = |c: char| !c.is_ascii_control() && is_odd(c) || c == '\u{7f}';
    if !json.contains(is_hidden) {
        return json;
    }
    let escaped = |c: char| format!("\\u{:04x}", u32::from(c));
    let plain = |c: char| if is_hidden(c) { escaped(c) } else { c.to_string() };
    Cow::Owned(json.chars().map(plain).collect())
}

/// A text on one line, without characters that control a terminal or change the direction of text.
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_odd) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if is_odd(c) { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    Cow::Owned(plain)
}

/// A text on one line in which whatever is not seen for what it is, such as a character without width,
/// is shown by its code. Quotes are as they are.
pub fn legible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(['\'', '"', '\\']) {
        let end = piece.chars().next_back().filter(|c| matches!(c, '\'' | '"' | '\\'));
        let rest = &piece[..piece.len() - end.map_or(0, char::len_utf8)];
        shown.extend(rest.escape_debug());
        shown.extend(end);
    }
    shown
}

/// A text of the user's in a message: in backticks, on one line, and no longer than a line can be.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let text = legible(text);
    let mut shown: String = text.chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// Whether a character controls a terminal, or changes the direction of text.
pub(crate) fn is_odd(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

fn begins_command(line: &str) -> bool {
    line.trim_start().starts_with("::")
}

fn replaced(text: &str, by: impl Fn(&str) -> String) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for command in COMMANDS {
        if text.contains(command) {
            text = Cow::Owned(text.replace(command, &by(command)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_begins_a_command() {
        for (text, expected) in [
            ("a: ##[error]b\n", "a: ♯♯[error]b\n"),
            ("###[x] ##vso[y]", "#♯♯[x] ♯♯vso[y]"),
            ("a::b\n \u{a0}::error::c\n::d", "a::b\n \u{a0}꞉꞉error::c\n꞉꞉d"),
            ("## [a] # [b] #[c]", "## [a] # [b] #[c]"),
        ] {
            assert_eq!(defused(text), expected);
        }
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!({ "a##[b]": "###[c] ##vso[d] ## [e]", "f": ["##", "["], "é": "\u{7f}\u{9b}2J\u{202e}\n" });
        let text = value.to_string();
        let defused = defused_json(&text);
        assert!(COMMANDS.iter().all(|command| !defused.contains(command)), "{defused}");
        assert!(!defused.contains(is_odd), "{defused}");
        let read: serde_json::Value = serde_json::from_str(&defused).expect("it is JSON");
        assert_eq!(read, value);
    }

    #[test]
    fn what_is_not_seen_is_shown_by_its_code() {
        for (text, shown) in [
            ("it's \"a\" \\ é", "it's \"a\" \\ é"),
            ("a\u{200b}'\u{202e}\u{1b}[2J\n", "a\\u{200b}'\\u{202e}\\u{1b}[2J\\n"),
            ("", ""),
        ] {
            assert_eq!(legible(text), shown);
        }
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(on_one_line("a\r\n::b\u{1b}[2J\u{202e}é"), "a\\r\\n::b\\u{1b}[2J\\u{202e}é");
        assert!(matches!(on_one_line("agents/é \\ 'a'/xreq.yaml"), Cow::Borrowed(_)));
    }
}
