//! The number of columns that a text takes on a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text that begins a sequence that styles text.
const ESCAPE: &str = "\x1b[";

/// Returns the number of columns that a text of one line takes. Styles take none.
pub fn width(text: &str) -> usize {
    let mut pieces = text.split(ESCAPE);
    let first = pieces.next().map_or(0, UnicodeWidthStr::width);
    first + pieces.map(|piece| behind_style(piece).width()).sum::<usize>()
}

/// Returns the begin of a text without styles that takes at most so many columns, with an ellipsis
/// where there is more of it.
pub fn cut(text: &str, limit: Option<usize>) -> String {
    let Some(limit) = limit.filter(|limit| text.width() > *limit) else { return text.to_owned() };
    let mut left = limit.saturating_sub(1);
    let fits = |c: &char| {
        let rest = left.checked_sub(c.width().unwrap_or(0));
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    cut.push('…');
    cut
}

fn behind_style(piece: &str) -> &str {
    let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    rest.strip_prefix('m').unwrap_or(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_is_cut() {
        for (limit, expected) in [(None, "日本 a b"), (Some(8), "日本 a b"), (Some(7), "日本 a…")]
        {
            assert_eq!(cut("日本 a b", limit), expected);
        }
        for (limit, expected) in [(4, "日…"), (3, "日…"), (2, "…"), (1, "…"), (0, "…")]
        {
            assert_eq!(cut("日本語", Some(limit)), expected, "{limit}");
        }
    }

    #[test]
    fn columns_are_counted_as_a_terminal_shows_them() {
        for (text, columns) in [
            ("", 0),
            ("abc", 3),
            ("\x1b[1m\x1b[31merror\x1b[0m: a", 8),
            ("日本", 4),
            ("e\u{301}té", 3),
            ("😀", 2),
        ] {
            assert_eq!(width(text), columns, "{text:?}");
        }
    }
}
