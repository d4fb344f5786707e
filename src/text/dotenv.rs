//! Assignments of variables, as files such as `.env` have them.
//!
//! Nobody wrote the syntax down, and its readers differ. An [`Assignment`] is found where
//! python-dotenv and npm's dotenv find one; it has a [value](Assignment::value) where they agree on
//! it. Docker's `--env-file` knows neither quotes nor `export`: where a line has these, docker is not
//! asked, and elsewhere it has to agree, too.

mod disagreement;

use std::iter;
use std::ops::RangeInclusive;

use zeroize::Zeroizing;

pub use disagreement::Disagreement;

/// White space that no reader takes for the end of a line.
const BLANKS: [char; 2] = [' ', '\t'];

/// A line break for JavaScript, behind which npm's dotenv looks for another assignment.
const SEPARATORS: [char; 2] = ['\u{2028}', '\u{2029}'];

/// A piece of a file.
#[derive(Debug)]
pub enum Entry<'t> {
    /// A variable is assigned.
    Assignment(Assignment<'t>),
    /// A line is no assignment, or readers disagree on where it ends.
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// The column of its first character that is no blank, from 1.
        column: usize,
        /// The reason.
        why: Disagreement,
        /// Whether no reader takes the lines behind it for a part of it.
        is_contained: bool,
    },
}

/// An assignment of a variable.
#[derive(Debug)]
pub struct Assignment<'t> {
    /// The name of the variable: ASCII letters, digits, `_`, `.` and `-`.
    pub name: &'t str,
    /// The lines that it stands on, from 1.
    pub lines: RangeInclusive<usize>,
    /// The column of its first character that is no blank, from 1.
    pub column: usize,
    value: Result<Raw<'t>, Disagreement>,
}

/// A value as it is written.
#[derive(Clone, Copy)]
enum Raw<'t> {
    Plain(&'t str),
    /// The same behind `export`.
    Exported(&'t str),
    Quoted(char, &'t str),
}

/// A value may be a secret.
impl std::fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Raw")
    }
}

/// Returns the pieces of a text, which has no byte order mark, in their order. Empty lines and
/// comments are none.
pub fn entries(text: &str) -> impl Iterator<Item = Entry<'_>> {
    let mut rest = Rest { text, line: 1 };
    iter::from_fn(move || {
        while !rest.text.is_empty() {
            if let Some(entry) = rest.next() {
                return Some(entry);
            }
        }
        None
    })
}

impl Assignment<'_> {
    /// Returns the value.
    ///
    /// # Errors
    ///
    /// Readers disagree on it.
    pub fn value(&self) -> Result<Zeroizing<String>, Disagreement> {
        match self.value? {
            Raw::Plain(text) => plain(text),
            Raw::Exported(text) => exported(text),
            Raw::Quoted(quote, text) => quoted(quote, text),
        }
    }
}

/// The part of a text that was not read yet.
struct Rest<'t> {
    text: &'t str,
    /// The number of its first line.
    line: usize,
}

impl<'t> Rest<'t> {
    /// Reads at least a line.
    fn next(&mut self) -> Option<Entry<'t>> {
        let (whole, line) = (self.text, self.line);
        let first = first_line(whole);
        let words = first.trim_start_matches(BLANKS);
        let column = 1 + first.len() - words.len();
        match read(whole, first) {
            Ok(None) => {
                self.skip(first.len());
                None
            }
            Ok(Some((name, length, value))) => {
                self.skip(length);
                let lines = line..=self.line - 1;
                Some(Entry::Assignment(Assignment { name, lines, column, value }))
            }
            Err(why) => {
                self.skip(first.len());
                let is_contained = why == Disagreement::NoAssignment
                    && !words.contains(['"', '\'', '`'])
                    && is_clean(words).is_ok();
                Some(Entry::Unreadable { line, column, why, is_contained })
            }
        }
    }

    /// Goes to the line behind so many bytes, which end with a line.
    fn skip(&mut self, bytes: usize) {
        let (read, rest) = self.text.split_at(bytes);
        self.line += read.matches('\n').count() + 1;
        self.text = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest);
    }
}

/// The name of a variable, the length of the assignment up to the end of its last line, and the value.
type Read<'t> = (&'t str, usize, Result<Raw<'t>, Disagreement>);

/// Reads the assignment that a text begins with; `None` if its first line is empty or a comment.
fn read<'t>(whole: &'t str, first: &'t str) -> Result<Option<Read<'t>>, Disagreement> {
    let words = first.trim_start_matches(BLANKS);
    if words.is_empty() {
        return Ok(None);
    }
    if words.starts_with('#') {
        return is_clean(words).map(|()| None);
    }
    let (name, behind, is_exported) = named(words)?;
    let line = |value| Ok(Some((name, first.len(), value)));
    if behind.is_empty() || behind.starts_with('#') {
        return is_clean(first).and_then(|()| line(Err(Disagreement::NoValue)));
    }
    let written = behind.strip_prefix('=').ok_or(Disagreement::NoAssignment)?;
    let value = written.trim_start_matches(BLANKS);
    // The number of bytes before the value.
    let before = first.len() - value.len();
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let (length, value) = enclosed(quote, &whole[before..])?;
            Ok(Some((name, before + length, value)))
        }
        Some('`') => {
            is_clean(first)?;
            let is_closed = value[1..].contains('`');
            if is_closed { line(Err(Disagreement::Backtick)) } else { Err(Disagreement::Unclosed) }
        }
        // Npm's dotenv skips it, and may find a quote behind it.
        Some(start) if is_odd(start) => Err(Disagreement::OddCharacter),
        _ => {
            is_clean(first)?;
            // White space before the `=` is an error for docker.
            let is_apart = !words[..words.len() - behind.len()].ends_with(name);
            line(match (is_exported, is_apart) {
                (true, _) => Ok(Raw::Exported(written)),
                (false, true) => Err(Disagreement::Blanks),
                (false, false) => Ok(Raw::Plain(written)),
            })
        }
    }
}

/// Returns the name that a line begins with, behind `export`, the text behind it, and whether there is an
/// `export`.
fn named(words: &str) -> Result<(&str, &str, bool), Disagreement> {
    let exported = words.strip_prefix("export").filter(|rest| rest.starts_with(BLANKS));
    let words = exported.map_or(words, |rest| rest.trim_start_matches(BLANKS));
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let end = words.find(|c| !is_of_name(c)).unwrap_or(words.len());
    let (name, behind) = words.split_at(end);
    if name.is_empty() {
        return Err(Disagreement::NoAssignment);
    }
    Ok((name, behind.trim_start_matches(BLANKS), exported.is_some()))
}

/// Reads a value in quotes, which may go on for lines. Returns its length up to the end of its last line.
fn enclosed(
    quote: char,
    text: &str,
) -> Result<(usize, Result<Raw<'_>, Disagreement>), Disagreement> {
    let body = &text[1..];
    let is_end = |(at, _): &(usize, &str)| !body[..*at].ends_with('\\');
    let (end, _) = body.match_indices(quote).find(is_end).ok_or(Disagreement::Unclosed)?;
    let content = &body[..end];
    // Does the first backslash escape the second one, or the second one the quote?
    let mut quotes = content.match_indices(quote);
    if quotes.any(|(at, _)| content[..at].ends_with("\\\\")) {
        return Err(Disagreement::Escape);
    }
    let tail = first_line(&body[end + 1..]);
    let length = 1 + end + 1 + tail.len();
    if content.replace("\r\n", "\n").contains('\r') {
        return Err(Disagreement::CarriageReturn);
    }
    is_clean(tail)?;
    let tail = tail.trim_matches(BLANKS);
    let value = if tail.is_empty() || tail.starts_with('#') {
        Ok(Raw::Quoted(quote, content))
    } else if content.contains('\n') || content.contains(SEPARATORS) {
        return Err(Disagreement::Unclosed);
    } else {
        Err(Disagreement::Tail)
    };
    Ok((length, value))
}

/// Returns a value without quotes.
fn plain(text: &str) -> Result<Zeroizing<String>, Disagreement> {
    if let Some(at) = text.find('#') {
        let is_apart = text[..at].ends_with(BLANKS);
        Err(if is_apart { Disagreement::TrailingComment } else { Disagreement::Comment })
    } else if text.starts_with(BLANKS) || text.ends_with(BLANKS) {
        Err(Disagreement::Blanks)
    } else if text.contains(is_odd) {
        Err(Disagreement::OddCharacter)
    } else if text.contains("${") {
        Err(Disagreement::Variable)
    } else {
        Ok(Zeroizing::new(text.to_owned()))
    }
}

/// Returns a value without quotes behind `export`, which docker does not know: a comment may follow, behind
/// a blank.
fn exported(text: &str) -> Result<Zeroizing<String>, Disagreement> {
    let text = text.trim_start_matches(BLANKS);
    let value = match text.find('#') {
        // What is nothing but a comment is a value for python-dotenv.
        Some(at) if !text[..at].ends_with(BLANKS) => return Err(Disagreement::Comment),
        Some(at) => &text[..at],
        None => text,
    };
    plain(value.trim_end_matches(BLANKS))
}

/// Returns a value that is in quotes.
fn quoted(quote: char, text: &str) -> Result<Zeroizing<String>, Disagreement> {
    if text.contains("${") {
        return Err(Disagreement::Variable);
    }
    let mut value = Zeroizing::new(String::with_capacity(text.len()));
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('\r', Some('\n')) => {}
            ('\\', Some('\\' | '\'')) => return Err(Disagreement::Escape),
            ('\\', Some('n')) if quote == '"' => {
                chars.next();
                value.push('\n');
            }
            ('\\', Some('r')) if quote == '"' => {
                chars.next();
                value.push('\r');
            }
            ('\\', Some('"' | 'a' | 'b' | 'f' | 't' | 'v')) if quote == '"' => {
                return Err(Disagreement::Escape);
            }
            _ => value.push(c),
        }
    }
    Ok(value)
}

/// Returns whether a character is white space for some readers, and no blank.
fn is_odd(c: char) -> bool {
    (c.is_whitespace() || c.is_control() || c == '\u{feff}') && !BLANKS.contains(&c)
}

/// Returns the first line of a text, without its end.
fn first_line(text: &str) -> &str {
    let line = text.split('\n').next().unwrap_or_default();
    if line.len() < text.len() { line.strip_suffix('\r').unwrap_or(line) } else { line }
}

/// Fails where something in a line ends it for some readers.
fn is_clean(line: &str) -> Result<(), Disagreement> {
    if line.contains('\r') {
        Err(Disagreement::CarriageReturn)
    } else if line.contains(SEPARATORS) {
        Err(Disagreement::OddCharacter)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
