//! Escaping of other people's texts, so that they give no orders to a terminal or to the log of a
//! job.
//!
//! A control character moves the cursor or ends a line, one that changes the direction of text makes
//! a word look like another, and one without width makes two words look alike.
//!
//! The runner of GitHub Actions reads a line that begins with `::`, after white space, as a command,
//! and so it reads `##[` wherever it stands; Azure Pipelines does so with `##vso[`. (In the runner's
//! source: `src/Runner.Common/ActionCommand.cs`.) A manifest in a pull request is a stranger's text,
//! and findings show parts of it.

use std::borrow::Cow;

/// The texts that begin a command anywhere on a line.
const COMMANDS: [&str; 2] = ["##[", "##vso["];

/// The text that begins a sequence that styles text.
const ESCAPE: &str = "\u{1b}[";

/// The styles of xreq, of its findings and of its help: none, bold, dim, underlined, and colours.
const STYLES: [&str; 7] = ["0", "1", "2", "4", "31", "32", "35"];

/// Returns a text for people in which nothing begins a command: the signs that would are replaced
/// by others that look alike and are as wide.
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

/// Returns JSON in which nothing begins a command, controls a terminal or changes the direction of
/// text; it still means the same, since all of that is part of strings.
pub fn defused_json(json: &str) -> Cow<'_, str> {
    let json = replaced(json, |command| command.replace('#', "\\u0023"));
    let is_hidden = |c: char| !c.is_ascii_control() && is_odd(c) || c == '\u{7f}';
    if !json.contains(is_hidden) {
        return json;
    }
    let mut plain = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                plain.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            plain.push(c);
        }
    }
    Cow::Owned(plain)
}

/// Returns a text of several lines, without characters that control a terminal, show nothing or
/// change the direction of text.
pub fn plain(text: &str) -> Cow<'_, str> {
    let is_out_of_place = |c: char| is_odd(c) && !matches!(c, '\n' | '\t');
    if !text.contains(is_out_of_place) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if is_out_of_place(c) { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    Cow::Owned(plain)
}

/// Does the same for a text in the colours of xreq, which stay: the numbers of its styles, each in
/// a sequence of its own (`SGR` of ECMA-48). None of them hides or moves anything.
pub fn styled(text: &str) -> Cow<'_, str> {
    let mut pieces = text.split(ESCAPE);
    let first = pieces.next().unwrap_or_default();
    let Cow::Borrowed(_) = plain(text) else {
        let mut shown = plain(first).into_owned();
        for piece in pieces {
            let style = piece.split_once('m').filter(|(number, _)| STYLES.contains(number));
            if let Some((number, rest)) = style {
                shown.extend([ESCAPE, number, "m", &plain(rest)]);
            } else {
                shown.extend([&plain(ESCAPE), &*plain(piece)]);
            }
        }
        return Cow::Owned(shown);
    };
    Cow::Borrowed(text)
}

/// Returns a text on one line, without characters that control a terminal or change the direction
/// of text.
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

/// Returns a text on one line in which whatever is not seen for what it is, such as a character
/// without width, is shown by its code. Quotes are as they are.
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

/// Returns a text of the user's in a message: in backticks, on one line, and no longer than a line
/// can be.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let text = legible(text);
    let mut shown: String = text.chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// Returns whether a character controls a terminal, changes the direction of text, or shows
/// nothing.
pub(crate) fn is_odd(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || shows_nothing(c)
}

/// Returns whether a character has no width and no ink: what Unicode calls default ignorable, but
/// for the selectors of the form of an emoji; and its own line breaks.
fn shows_nothing(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}'
            | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
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
    use proptest::prelude::*;
    use proptest::sample::select;

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

    proptest! {
        #[test]
        fn nothing_odd_is_left_of_any_text(text in hostile()) {
            let odd = |c: char| is_odd(c) && !matches!(c, '\n' | '\t');
            prop_assert!(!plain(&text).contains(odd));
            prop_assert_eq!(plain(&text).lines().count(), text.lines().count());
            let shown = styled(&text);
            let rest = STYLES.iter().fold(shown.to_string(), |shown, style| {
                shown.replace(&format!("{ESCAPE}{style}m"), "")
            });
            prop_assert!(!rest.contains(odd), "{:?}", shown);
            prop_assert!(!on_one_line(&text).contains(is_odd));
            let json = serde_json::json!({ &text: [&text] });
            let printed = format!("{json:#}");
            let defused = defused_json(&printed);
            prop_assert!(!defused.contains(|c| is_odd(c) && c != '\n'));
            let read: serde_json::Value = serde_json::from_str(&defused).expect("it is JSON");
            prop_assert_eq!(read, json);
        }
    }

    /// Generates texts of what means something to a terminal, to a job's log or to a reader's eyes.
    fn hostile() -> impl Strategy<Value = String> {
        let pieces = [
            "\u{1b}[",
            "\u{1b}]0;",
            "\u{9b}",
            "\u{9d}",
            "31m",
            "0m",
            "2J",
            "8m",
            "1;31m",
            "m",
            "a",
            "é",
            " ",
            "\r",
            "\n",
            "\t",
            "\0",
            "\u{7f}",
            "\u{85}",
            "\u{200b}",
            "\u{200d}",
            "\u{202e}",
            "\u{2066}",
            "\u{2028}",
            "\u{feff}",
            "\u{ad}",
            "\u{e0041}",
            "::error::",
            "##[x]",
            "##vso[y]",
        ];
        let piece = prop_oneof![select(pieces.to_vec()).prop_map(str::to_owned), any::<String>()];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    #[test]
    fn own_colours_stay_and_others_are_shown() {
        let own = "\u{1b}[1m\u{1b}[31merror\u{1b}[0m: a\n";
        assert_eq!(styled(own), own);
        assert_eq!(plain(own), "\\u{1b}[1m\\u{1b}[31merror\\u{1b}[0m: a\n");
        let others = "\u{1b}[8ma\u{1b}[1;31m\u{1b}]0;b\u{7}\u{1b}[0K\u{1b}[";
        assert_eq!(styled(others), "\\u{1b}[8ma\\u{1b}[1;31m\\u{1b}]0;b\\u{7}\\u{1b}[0K\\u{1b}[");
        assert!(matches!(plain("a: é 😀\u{fe0f}\n\tb"), Cow::Borrowed(_)));
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
