//! The number of columns that a text takes on a terminal.

use unicode_width::UnicodeWidthStr;

/// The text that begins a sequence that styles text.
const ESCAPE: &str = "\x1b[";

/// Returns the number of columns that a text of one line takes. Styles take none.
pub fn width(text: &str) -> usize {
    let mut pieces = text.split(ESCAPE);
    let first = pieces.next().map_or(0, UnicodeWidthStr::width);
    first + pieces.map(|piece| behind_style(piece).width()).sum::<usize>()
}

fn behind_style(piece: &str) -> &str {
    let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    rest.strip_prefix('m').unwrap_or(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

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
