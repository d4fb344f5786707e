//! Mistakes for which a text is no YAML: where each is, and what to do about it, in words for
//! authors of manifests.

use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use super::look_alike;
use crate::error::{Remedy, advice};
use crate::findings::{Diagnostic, Rule};
use crate::text::escape::quoted;

/// Returns the finding for a text that the parser cannot read.
pub(super) fn finding(text: &str, error: &ScanError) -> Diagnostic {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let mistake = Mistake { text, at: text.floor_char_boundary(at) };
    mistake.half_conflict().unwrap_or_else(|| mistake.of(error))
}

/// Returns the finding for what `git` leaves where two changes met: at the start of a line, no YAML
/// is like it.
pub(super) fn conflict(text: &str) -> Option<Diagnostic> {
    const MARKERS: [&str; 3] = ["<<<<<<< ", "||||||| ", ">>>>>>> "];
    let of_line = |(start, line): (usize, &str)| {
        let is_marker = MARKERS.iter().any(|marker| line.starts_with(marker));
        is_marker.then(|| unresolved(start..start + line.trim_end().len()))
    };
    let may_be = MARKERS.iter().any(|marker| text.contains(marker));
    may_be.then(|| lines(text).find_map(of_line))?
}

/// A syntax error, with the place where the parser stopped.
struct Mistake<'a> {
    text: &'a str,
    at: usize,
}

impl Mistake<'_> {
    fn of(&self, error: &ScanError) -> Diagnostic {
        use ErrorKind as Kind;
        if is_about_structure(error.kind())
            && let Some(found) = self.look_alike()
        {
            return found;
        }
        match error.kind() {
            Kind::TabInBlockIndentation
            | Kind::TabInIndentation
            | Kind::TabInPlainScalar
            | Kind::TabAtBlockScalarStart
            | Kind::TabNotAllowed => {
                let tab = self.tab();
                syntax(tab..tab + 1, "a tab cannot indent YAML").help("indent with spaces")
            }
            Kind::MissingAnchorOrAliasName => {
                let mark = &self.text[self.at.saturating_sub(1)..self.at];
                let at = if matches!(mark, "*" | "&") { self.at - 1 } else { self.at };
                start_of_plain(at)
            }
            Kind::UnexpectedCharacter { character } => self.unexpected(*character),
            Kind::MappingValueNotAllowed => self.second_colon(),
            Kind::UnclosedQuotedScalar => {
                self.here("a quote opens here and is never closed").help("close it with the same quote")
            }
            Kind::InvalidQuotedScalarIndent | Kind::DocumentIndicatorInQuotedScalar => self
                .here("a quote that opens above is not closed before this line")
                .help("close it with the same quote, or indent the lines that go on in it"),
            Kind::InvalidTrailingSingleQuotedScalar => self
                .here("the quotes are closed, and something follows")
                .help("write an apostrophe between single quotes twice, `''`, or use double quotes"),
            Kind::InvalidTrailingDoubleQuotedScalar => self
                .here("the quotes are closed, and something follows")
                .help("write a quote between double quotes as `\\\"`, or use single quotes"),
            Kind::UnknownQuotedScalarEscape
            | Kind::InvalidQuotedScalarHexEscape
            | Kind::InvalidUnicodeEscape => self
                .here("a backslash between double quotes begins an escape, and this text has one that does not exist")
                .help("write a backslash twice, or use single quotes"),
            Kind::InvalidLowSurrogateHexEscape
            | Kind::InvalidLowSurrogate
            | Kind::MissingLowSurrogate
            | Kind::UnpairedLowSurrogate => self
                .here("an escape in this text is half a character")
                .help("write the character itself, or its escape `\\U` and eight digits"),
            Kind::UnclosedFlowCollection { open } => self
                .here(format!("`{open}` is never closed"))
                .help(format!("close it with `{}`", closing(*open))),
            Kind::MisplacedFlowCollectionEnd => {
                self.here("this bracket closes nothing").help("remove it, or add the one that opens")
            }
            Kind::MismatchedFlowCollectionEnd { open, close } => self
                .here(format!("`{open}` is closed by `{close}`"))
                .help(format!("close it with `{}`", closing(*open))),
            Kind::UnexpectedEofFlowSequence | Kind::ExpectedFlowSequenceSeparator => {
                self.unseparated(']')
            }
            Kind::UnexpectedEofFlowMapping
            | Kind::UnexpectedEofImplicitFlowMapping
            | Kind::ExpectedFlowMappingSeparator => self.unseparated('}'),
            Kind::InvalidColonPlacement
            | Kind::InvalidFlowScalarIndent
            | Kind::BlockEntryInFlowCollection => self
                .here("a bracket that opens above is not closed before this")
                .help("close it: `[` with `]`, and `{` with `}`"),
            Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => self.no_field(),
            Kind::ExpectedBlockSequenceEntry
            | Kind::ExpectedBlockMappingKey
            | Kind::InvalidIndentation
            | Kind::InvalidBlockEntryWhitespace
            | Kind::ExpectedDocumentStart => self
                .here("the indentation of this line fits none of the lines above")
                .help("indent the fields of one entry alike, and each `-` of one list alike"),
            Kind::BlockSequenceEntryNotAllowed => {
                self.here("a list cannot begin here").help("begin it on a line of its own")
            }
            Kind::CommentNotSeparated => {
                self.here("a comment begins here without a space").help("write a space before the `#`")
            }
            Kind::BomInsideDocument => {
                self.here("a byte order mark stands inside of the file").help("remove it")
            }
            Kind::InvalidDocumentEnd => {
                self.here("something follows the `...` that ends the document").help("remove it")
            }
            Kind::UnexpectedEof | Kind::ExpectedNodeContent => {
                self.here("a value is missing").help("write it, or `null`")
            }
            _ => self.here(error.info()).help(advice![
                Remedy::ShowRule { rule: Rule::Syntax.name() }.request(),
                " says what this may be"
            ]),
        }
    }

    /// Creates a finding at the character where the parser stopped.
    fn here(&self, message: impl Into<String>) -> Diagnostic {
        let next = self.text[self.at..].chars().next().filter(|c| *c != '\n');
        syntax(self.at..self.at + next.map_or(0, char::len_utf8), message)
    }

    fn unexpected(&self, character: char) -> Diagnostic {
        if matches!(character, '@' | '`' | '%') {
            let finding =
                self.here(format!("a plain value cannot start with {}", shown(character)));
            let is_template = self.text[..self.at].ends_with('{');
            return finding.help(if is_template {
                "put the value into quotes; a template has to be rendered first"
            } else {
                "put the value into quotes"
            });
        }
        let code = u32::from(character);
        self.here(format!("U+{code:04X} is a character that YAML does not allow"))
            .help(format!("remove it; between double quotes it can be written as `\\u{code:04x}`"))
    }

    /// Reports a colon where a value has begun: a text with a colon in it, two fields on one line,
    /// or a line that is indented as if it belonged to the value above.
    fn second_colon(&self) -> Diagnostic {
        let line = self.line();
        if let Some((key, _)) = self.text[line.start..self.at].split_once(": ") {
            let key = key.trim_start_matches([' ', '-', '{', '[']);
            let quotes = quoted(&format!("{key}: ")).replace('`', "");
            return self.here("a second `: ` stands in a plain value").help(format!(
                "put the value into quotes, as in `{quotes}\"…\"`; a second field begins on a line \
                 of its own"
            ));
        }
        let above = self.text[..line.start].trim_end();
        let start = above.rfind('\n').map_or(0, |end| end + 1);
        let above = &above[start..];
        match above.find(':') {
            Some(_) if above.contains(": ") || above.ends_with(':') => self
                .here("this line is indented as a part of the value above, and is a field itself")
                .help("indent it like the field above, or put the value above into quotes"),
            Some(at) => syntax(start + at..start + at + 1, "a space is missing behind this `:`")
                .help("write a field as `name: value`"),
            None => self
                .here("the line above has no field, and this one has: the two are no mapping")
                .help("write a field as `name: value`, and an entry of a list as `- value`"),
        }
    }

    /// Reports a colon where a value between brackets has begun.
    fn second_colon_in_brackets(&self) -> Diagnostic {
        let before = &self.text[self.line().start..self.at];
        let entry = before.rsplit(['{', '[', ',']).next().unwrap_or_default();
        let (key, value) = entry.split_once(':').unwrap_or(("name", ""));
        let quotes = quoted(&format!("{}: ", key.trim())).replace('`', "");
        let in_quotes = format!("put the value into quotes, as in `{quotes}\"…\"`");
        let finding = self.here("a second `: ` stands in a value");
        finding.help(match value.trim().rsplit_once(' ') {
            Some((_, name)) if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
                format!("write a `,` before `{name}`, where that is a field; else {in_quotes}")
            }
            _ => format!("{in_quotes}; a second field follows a `,`"),
        })
    }

    fn unseparated(&self, close: char) -> Diagnostic {
        if self.text[self.at..].starts_with(':') {
            return self.second_colon_in_brackets();
        }
        let above = self.text[..self.line().start].lines();
        let is_comment = |line: &str| line.trim_start().starts_with("//") || line.contains(" //");
        let finding = self.here(format!("a `,` or `{close}` is missing before this"));
        finding.help(if above.rev().take(2).any(is_comment) {
            "a comment begins with `#`, and not with `//`".to_owned()
        } else {
            format!("separate the entries with `,`, and close them with `{close}`")
        })
    }

    /// Reports a line without a field.
    fn no_field(&self) -> Diagnostic {
        let line = &self.text[self.line()];
        let finding = self.here("this line has no field: a name, and `: ` behind it");
        let glued = line.find(':').filter(|at| !line[at + 1..].starts_with([' ', '/']));
        finding.help(if glued.is_some() {
            "write a space behind the `:`"
        } else if line.trim_start().starts_with('-') {
            "write a space behind the `-` of an entry"
        } else {
            "write a field as `name: value`, and an entry of a list as `- value`"
        })
    }

    /// Reports the line in the middle of a merge conflict, whose other lines were removed.
    fn half_conflict(&self) -> Option<Diagnostic> {
        let mut lines = lines(self.text);
        let (start, line) = lines.find(|(_, line)| line.trim_end() == "=======")?;
        Some(unresolved(start..start + line.trim_end().len()))
    }

    /// Reports a character on this line, or on the one above, that only looks like a part of YAML.
    fn look_alike(&self) -> Option<Diagnostic> {
        let line = self.line();
        let above = self.text[..line.start].trim_end().rfind('\n').map_or(0, |end| end + 1);
        [line.clone(), above..line.start].into_iter().find_map(|place| {
            let (at, found) = look_alike::in_syntax(&self.text[place.clone()])?;
            let at = place.start + at;
            Some(syntax(at..at + found.length(), found.fault()).help(found.way_out()))
        })
    }

    /// Returns the line on which the parser stopped, without its end.
    fn line(&self) -> Range<usize> {
        let start = self.text[..self.at].rfind('\n').map_or(0, |end| end + 1);
        let end = self.text[self.at..].find('\n').map_or(self.text.len(), |end| self.at + end);
        start..end
    }

    /// Finds the tab that the parser refuses: it stops before or behind it.
    fn tab(&self) -> usize {
        let line = self.line();
        let indent = self.text[line.clone()].find(|c: char| c != ' ' && c != '\t');
        let indentation = &self.text[line.start..indent.map_or(line.end, |end| line.start + end)];
        let behind = indentation.find('\t').map(|tab| line.start + tab);
        let ahead = || self.text[self.at..].find('\t').map(|tab| self.at + tab);
        behind.or_else(ahead).unwrap_or(self.at)
    }
}

/// Returns whether a mistake may be that a character only looks like a part of the syntax.
fn is_about_structure(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::MappingValueNotAllowed
            | ErrorKind::SimpleKeyExpected
            | ErrorKind::InvalidSimpleKey
            | ErrorKind::ExpectedBlockSequenceEntry
            | ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::ExpectedDocumentStart
            | ErrorKind::ExpectedFlowSequenceSeparator
            | ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::InvalidIndentation
    )
}

/// Returns the lines of a text, and where each begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        start += line.len();
        (start - line.len(), line)
    })
}

fn unresolved(place: Range<usize>) -> Diagnostic {
    syntax(place, "a merge conflict is not resolved").help(
        "keep what is right of both sides, and remove the lines that begin with `<<<<<<<`, \
         `=======` and `>>>>>>>`",
    )
}

fn syntax(place: Range<usize>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Rule::Syntax, place, message)
}

fn start_of_plain(at: usize) -> Diagnostic {
    syntax(at..at + 1, "a plain value cannot start like this").help("put the value into quotes")
}

fn closing(open: char) -> char {
    if open == '[' { ']' } else { '}' }
}

/// Returns a character in backticks, unless it is one.
fn shown(character: char) -> String {
    if character == '`' { "a backtick".to_owned() } else { format!("`{character}`") }
}
