//! The wrapping of lines at spaces.

use std::iter;

use unicode_width::UnicodeWidthChar;

use super::width::width;

/// A space at which no line is broken: between the words of a command.
const GLUE: char = '\u{a0}';

/// The least room that the indentation of wrapped lines leaves.
const NARROWEST: usize = 16;

/// Returns a text within which no line is broken.
pub fn whole(text: &str) -> String {
    text.replace(' ', GLUE.encode_utf8(&mut [0; 2]))
}

/// Returns a text of one line, broken so that no line is wider than `limit`, where that is possible.
///
/// Lines are broken at spaces and between wide characters, never between backticks and never within a
/// word: a command that is longer than a line can still be copied. Lines after the first begin with
/// `hang` spaces. Without a limit the text stays whole.
pub fn wrapped(text: &str, limit: Option<usize>, hang: usize) -> String {
    let Some(limit) = limit else { return text.replace(GLUE, " ") };
    // A smaller indentation is better than a column of single words.
    let hang = hang.min(limit.saturating_sub(NARROWEST));
    let mut shown = String::with_capacity(text.len() + text.len() / 8);
    let mut column = 0;
    let mut is_begun = false;
    for (gap, word) in words(text) {
        let width = width(word);
        let begin = column + gap.len();
        if is_begun && begin > hang && begin + width > limit && width > 0 {
            shown.push('\n');
            shown.extend(iter::repeat_n(' ', hang));
            column = hang + width;
        } else {
            shown.push_str(gap);
            column += gap.len() + width;
        }
        shown.push_str(word);
        is_begun |= width > 0;
    }
    shown.replace(GLUE, " ")
}

/// Returns a text of several lines, each [wrapped] by itself; `hang` says for each by how much it is
/// indented behind its first line, or that it stays as it is.
pub fn lines(text: &str, limit: Option<usize>, hang: impl Fn(&str) -> Option<usize>) -> String {
    if limit.is_none() {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len() + text.len() / 8);
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        match hang(line) {
            Some(hang) => shown.push_str(&wrapped(line, limit, hang)),
            None => shown.push_str(line),
        }
        shown.push_str(end);
    }
    shown
}

/// Splits a text into the spaces before a word, and the word.
fn words(mut text: &str) -> impl Iterator<Item = (&str, &str)> {
    iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        let word = text.trim_start_matches(' ');
        let gap = &text[..text.len() - word.len()];
        let end = end_of_word(word);
        text = &word[end..];
        Some((gap, &word[..end]))
    })
}

fn end_of_word(text: &str) -> usize {
    let mut end = 0;
    while let Some(c) = text[end..].chars().next() {
        let behind = end + c.len_utf8();
        end = match c {
            ' ' => return end,
            '`' => text[behind..].find('`').map_or(behind, |close| behind + close + 1),
            _ if is_wide(c) && text[behind..].chars().next().is_some_and(is_wide) => return behind,
            _ => behind,
        };
    }
    end
}

fn is_wide(c: char) -> bool {
    c.is_alphanumeric() && c.width() == Some(2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_broken_at_spaces() {
        for (text, hang, shown) in [
            ("one two three four five", 2, "one two three four\n  five"),
            ("  a  b", 2, "  a  b"),
            ("say it: `a b c d e f g` now", 0, "say it:\n`a b c d e f g`\nnow"),
            ("an `unclosed tick, is it", 0, "an `unclosed tick,\nis it"),
            ("a/path/that/is/so/long and", 2, "a/path/that/is/so/long\n  and"),
            ("\x1b[1mone two\x1b[0m three four fi", 0, "\x1b[1mone two\x1b[0m three four\nfi"),
            ("日本語日本語日本語日", 0, "日本語日本語日本語\n日"),
            ("go on, or not? [y/N] ", 0, "go on, or not?\n[y/N] "),
            ("one two three four five", 9, "one two three four\n  five"),
        ] {
            assert_eq!(wrapped(text, Some(18), hang), shown, "{text:?}");
            assert_eq!(wrapped(text, None, hang), text);
        }
        assert_eq!(wrapped("run a\u{a0}b\u{a0}c", Some(6), 0), "run\na b c");
        let nothing_is_gained = "日日é``` aa é日日a`日éa日`";
        assert_eq!(wrapped(nothing_is_gained, Some(18), 2), nothing_is_gained);
    }

    proptest! {
        #[test]
        fn nothing_but_spaces_is_lost_and_lines_that_could_be_shorter_are(
            text in "[a-c` 日é]{0,60}", limit in 8..30_usize, hang in 0..4_usize,
        ) {
            let shown = wrapped(&text, Some(limit), hang);
            let bare = |text: &str| text.replace([' ', '\n'], "");
            prop_assert_eq!(bare(&shown), bare(&text));
            for line in shown.lines() {
                let last = words(line.trim_end()).last().map_or(0, |(gap, word)| gap.len() + width(word));
                let before = width(line.trim_end()) - last;
                prop_assert!(width(line.trim()) <= limit || before <= hang, "{:?}", shown);
            }
        }
    }
}
