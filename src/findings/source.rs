//! A text with a name, and where a byte of it stands.

use std::ops::Range;
use std::sync::OnceLock;

use super::{Diagnostic, Rule};
use crate::text::ambiguous;
use crate::text::ambiguous::Ambiguous;
use crate::text::redact::{masked, redact};

const BOM: &str = "\u{feff}";

/// Characters are counted once, up to each multiple of so many bytes.
const STEP: usize = 1024;

/// A text that findings point into.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
    has_bom: bool,
    ambiguous: Vec<(usize, Ambiguous)>,
    /// Made when the first place is asked for: most texts have no findings.
    index: OnceLock<Index>,
}

/// The position of a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes before it in the file, the byte order mark included.
    pub byte: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters (Unicode scalar values).
    pub column: usize,
    /// The column, from 1, in UTF-16 code units, as editors and SARIF count.
    pub column_utf16: usize,
}

impl Source {
    /// Takes a text. A byte order mark is remembered, and is no part of [`Source::text`]; a
    /// carriage return alone is a line break (YAML 1.2.2, section 5.4), and becomes a line feed.
    pub fn new(name: impl Into<String>, mut text: String) -> Self {
        let has_bom = text.starts_with(BOM);
        if has_bom {
            text.drain(..BOM.len());
        }
        let ambiguous = ambiguous::characters(&text);
        let text = with_line_feeds(text);
        Self { name: name.into(), text, has_bom, ambiguous, index: OnceLock::new() }
    }

    /// Takes the bytes of a file. If they are not UTF-8, a finding says so, and replacement
    /// characters stand for the bad bytes.
    pub fn decode(name: impl Into<String>, bytes: Vec<u8>) -> (Self, Option<Diagnostic>) {
        let error = match String::from_utf8(bytes) {
            Ok(text) => return (Self::new(name, text), None),
            Err(error) => error,
        };
        let valid = error.utf8_error().valid_up_to();
        let source = Self::new(name, String::from_utf8_lossy(error.as_bytes()).into_owned());
        let start = valid - source.bom_length();
        let finding = Diagnostic::new(
            Rule::NotUtf8,
            start..start + char::REPLACEMENT_CHARACTER.len_utf8(),
            format!("byte 0x{:02x} is not UTF-8", error.as_bytes()[valid]),
        )
        .help("save the file as UTF-8");
        (source, Some(finding))
    }

    /// Returns the same source with another name.
    #[must_use]
    pub fn renamed(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Returns the same source with the text of some places [masked].
    #[must_use]
    pub fn masked(self, places: &[Range<usize>]) -> Self {
        Self { text: masked(self.text, places), ..self }
    }

    /// Returns the name of the text in findings: a path, or `<stdin>`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the text without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the characters that mean something else to other readers of YAML, by the first place
    /// of each in [`Source::text`].
    pub fn ambiguous(&self) -> &[(usize, Ambiguous)] {
        &self.ambiguous
    }

    /// Returns the same source with what looks like a token [hidden](redact); every place in it
    /// stays as it is.
    #[must_use]
    pub fn redacted(&self) -> Self {
        Self {
            name: self.name.clone(),
            text: redact(&self.text).into_owned(),
            has_bom: self.has_bom,
            ambiguous: self.ambiguous.clone(),
            index: OnceLock::new(),
        }
    }

    /// Returns the position of a byte of the text. Lines end with a line feed, which is part of
    /// them.
    pub fn position(&self, byte: usize) -> Position {
        let index = self.index();
        let at = self.floor(byte);
        let line = index.line(at);
        let (before, line_start) =
            (index.length(&self.text, at), index.length(&self.text, index.lines[line]));
        Position {
            byte: byte + self.bom_length(),
            line: line + 1,
            column: before.chars - line_start.chars + 1,
            column_utf16: before.utf16 - line_start.utf16 + 1,
        }
    }

    /// Returns the range of bytes of the lines that a span touches, without the last line's end.
    pub fn lines_around(&self, span: &Range<usize>) -> Range<usize> {
        let index = self.index();
        let start = index.lines[index.line(self.floor(span.start))];
        let last = index.line(self.floor(span.end.max(span.start)));
        let end = index.lines.get(last + 1).map_or(self.text.len(), |next| next - 1);
        start..end
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.text))
    }

    fn floor(&self, byte: usize) -> usize {
        self.text.floor_char_boundary(byte)
    }

    fn bom_length(&self) -> usize {
        if self.has_bom { BOM.len() } else { 0 }
    }
}

/// An index that makes it cheap to find the position of a byte, however long the text and its lines
/// are.
#[derive(Clone, Debug)]
struct Index {
    /// The start of each line.
    lines: Vec<usize>,
    /// The length of the text up to each [`STEP`].
    steps: Vec<Length>,
}

/// The length of a text, counted in two ways.
#[derive(Clone, Copy, Debug, Default)]
struct Length {
    chars: usize,
    utf16: usize,
}

impl Index {
    fn of(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let mut steps = vec![Length::default()];
        for step in 1..=text.len() / STEP {
            let from = text.floor_char_boundary((step - 1) * STEP);
            let to = text.floor_char_boundary(step * STEP);
            steps.push(steps[step - 1].plus(&text[from..to]));
        }
        Self { lines: std::iter::once(0).chain(ends).collect(), steps }
    }

    /// Returns the line, from 0, on which a byte stands.
    fn line(&self, byte: usize) -> usize {
        self.lines.partition_point(|start| *start <= byte) - 1
    }

    /// Returns the length of the text before a byte, which starts a character.
    fn length(&self, text: &str, byte: usize) -> Length {
        let step = byte / STEP;
        self.steps[step].plus(&text[text.floor_char_boundary(step * STEP)..byte])
    }
}

impl Length {
    fn plus(self, text: &str) -> Self {
        Self { chars: self.chars + text.chars().count(), utf16: self.utf16 + utf16_length(text) }
    }
}

fn with_line_feeds(text: String) -> String {
    if !text.contains('\r') {
        return text;
    }
    let mut chars = text.chars().peekable();
    let mut ended = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        let alone = c == '\r' && chars.peek() != Some(&'\n');
        ended.push(if alone { '\n' } else { c });
    }
    ended
}

/// Returns the length in UTF-16 units: a character of four bytes in UTF-8 takes two, every other
/// one.
fn utf16_length(text: &str) -> usize {
    text.chars().count() + text.bytes().filter(|byte| *byte >= 0xf0).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_utf16_units() {
        let source = Source::new("x.yaml", "a: 1\r\né😀e\u{301}: x\n".to_owned());
        let at = source.position(source.text().find('x').expect("there is an x"));
        assert_eq!((at.line, at.column, at.column_utf16), (2, 7, 8));
        assert_eq!(at.byte, 17);
    }

    /// Counts from the start of the text, as somebody would by hand.
    fn counted(text: &str, byte: usize) -> (usize, usize, usize) {
        let line = text[..byte].rsplit('\n').next().expect("a text has a line");
        let line_number = text[..byte].matches('\n').count() + 1;
        (line_number, line.chars().count() + 1, line.encode_utf16().count() + 1)
    }

    #[test]
    fn places_are_right_on_long_lines_and_behind_many() {
        let long = "a\u{301}é😀b".repeat(STEP);
        let many = "😀\n\nb\r\n".repeat(STEP);
        for text in [String::new(), "\n".to_owned(), long.clone(), many.clone(), many + &long] {
            let source = Source::new("x.yaml", text);
            let text = source.text();
            let places = (0..=text.len()).filter(|at| text.is_char_boundary(*at));
            for byte in places.step_by(if text.len() > STEP { 331 } else { 1 }) {
                let at = source.position(byte);
                assert_eq!((at.line, at.column, at.column_utf16), counted(text, byte), "{byte}");
                let lines = source.lines_around(&(byte..byte));
                assert_eq!(lines.start, text[..byte].rfind('\n').map_or(0, |end| end + 1));
                assert_eq!(lines.end, text[byte..].find('\n').map_or(text.len(), |to| byte + to));
            }
        }
    }

    #[test]
    fn a_carriage_return_alone_ends_a_line() {
        let source = Source::new("x.yaml", "a\r\nb\rc\r".to_owned());
        assert_eq!(source.text(), "a\r\nb\nc\n");
    }

    #[test]
    fn a_byte_order_mark_counts_as_bytes_only() {
        let (source, finding) = Source::decode("x.yaml", b"\xef\xbb\xbfkey: 1".to_vec());
        assert!(finding.is_none());
        let at = source.position(0);
        assert_eq!((at.byte, at.line, at.column), (3, 1, 1));
    }

    #[test]
    fn the_first_bad_byte_is_found() {
        let (source, finding) = Source::decode("x.yaml", b"\xef\xbb\xbfa: \xffb".to_vec());
        let finding = finding.expect("0xff is never UTF-8");
        assert_eq!(source.position(finding.span.start).column, 4);
        assert_eq!(&source.text()[finding.span], "\u{fffd}");
    }
}
