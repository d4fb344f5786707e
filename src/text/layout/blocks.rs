//! Text for people as blocks: lines, and rows in columns.

use std::iter;

use super::phrase::Phrase;
use super::width::width;
use super::wrap::wrapped;

/// The spaces between two columns.
const GAP: &str = "  ";

/// The least width of the last column: where a terminal has less room, it moves below the others.
const NARROWEST: usize = 30;

/// The indentation of what moves below the line that it belongs to.
const BELOW: usize = 4;

/// A text for people, laid out when the width is known.
#[derive(Clone, Debug, Default)]
pub struct Layout(Vec<Block>);

#[derive(Clone, Debug)]
enum Block {
    Line { indent: usize, hang: usize, phrase: Phrase },
    Verbatim(Phrase),
    Table { indent: usize, least: usize, rows: Vec<Vec<Phrase>> },
}

impl Layout {
    /// Adds a line. What is wrapped is indented a little more than the line.
    pub fn line(&mut self, indent: usize, phrase: impl Into<Phrase>) {
        self.0.push(Block::Line { indent, hang: indent + 2, phrase: phrase.into() });
    }

    /// Adds a paragraph: what is wrapped is indented as it is.
    pub fn paragraph(&mut self, indent: usize, phrase: impl Into<Phrase>) {
        self.0.push(Block::Line { indent, hang: indent, phrase: phrase.into() });
    }

    /// Adds a line that is never wrapped, such as one of code.
    pub fn verbatim(&mut self, text: &str) {
        self.0.push(Block::Verbatim(text.into()));
    }

    /// Adds an empty line.
    pub fn gap(&mut self) {
        self.paragraph(0, "");
    }

    /// Adds rows whose cells are aligned; the last cell of each is wrapped.
    pub fn table(&mut self, indent: usize, rows: impl IntoIterator<Item = Vec<Phrase>>) {
        self.columns(indent, 0, rows);
    }

    /// Adds names and what they stand for. Names take `least` columns: the lists of one text are aligned
    /// with each other.
    pub fn definitions(
        &mut self,
        indent: usize,
        least: usize,
        rows: impl IntoIterator<Item = (Phrase, Phrase)>,
    ) {
        self.columns(indent, least, rows.into_iter().map(|(name, text)| vec![name, text]));
    }

    /// Returns whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the text for a terminal that is so wide; elsewhere no line is wrapped.
    pub fn shown(&self, limit: Option<usize>) -> String {
        let mut text = String::new();
        for block in &self.0 {
            match block {
                Block::Line { indent, hang, phrase } => {
                    push(&mut text, *indent, phrase.as_str(), limit, *hang);
                }
                Block::Verbatim(phrase) => push(&mut text, 0, phrase.as_str(), None, 0),
                Block::Table { indent, least, rows } => {
                    table(&mut text, *indent, *least, rows, limit);
                }
            }
        }
        text
    }

    fn columns(
        &mut self,
        indent: usize,
        least: usize,
        rows: impl IntoIterator<Item = Vec<Phrase>>,
    ) {
        let rows: Vec<_> = rows.into_iter().collect();
        if !rows.is_empty() {
            self.0.push(Block::Table { indent, least, rows });
        }
    }
}

fn table(
    text: &mut String,
    indent: usize,
    least: usize,
    rows: &[Vec<Phrase>],
    limit: Option<usize>,
) {
    let widths = widths(rows, least);
    let start = indent + widths.iter().map(|width| width + GAP.len()).sum::<usize>();
    let widest_last = rows.iter().filter_map(|row| row.last()).map(|it| width(it.as_str())).max();
    let needed = widest_last.unwrap_or(0).min(NARROWEST);
    let is_stacked = limit.is_some_and(|limit| start + needed > limit);
    for row in rows {
        let Some((wide, aligned)) = row.split_last() else { continue };
        if is_stacked && !aligned.is_empty() {
            let aligned: Vec<_> = aligned.iter().map(Phrase::as_str).collect();
            push(text, indent, &aligned.join(GAP), limit, indent + BELOW);
            if !wide.is_empty() {
                push(text, indent + BELOW, wide.as_str(), limit, indent + BELOW);
            }
            continue;
        }
        let mut line = String::new();
        for (cell, column) in aligned.iter().zip(&widths) {
            line.push_str(cell.as_str());
            let rest = column - width(cell.as_str()) + GAP.len();
            line.extend(iter::repeat_n(' ', rest));
        }
        line.push_str(wide.as_str());
        push(text, indent, &line, limit, start);
    }
}

/// Returns the widths of all columns but each row's last.
fn widths(rows: &[Vec<Phrase>], least: usize) -> Vec<usize> {
    let mut widths = Vec::new();
    for row in rows {
        for (column, cell) in row.iter().take(row.len().saturating_sub(1)).enumerate() {
            if column == widths.len() {
                widths.push(if column == 0 { least } else { 0 });
            }
            widths[column] = widths[column].max(width(cell.as_str()));
        }
    }
    widths
}

fn push(text: &mut String, indent: usize, line: &str, limit: Option<usize>, hang: usize) {
    let line = format!("{:indent$}{line}", "");
    for line in wrapped(&line, limit, hang).lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if line.is_empty() {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::layout::Style;

    fn example() -> Layout {
        let mut layout = Layout::default();
        layout.line(0, Phrase::new(Style::Strong, "日本").then(Style::Plain, " is a name"));
        layout.definitions(
            2,
            6,
            [
                ("a".into(), "one two three four five six seven eight".into()),
                ("日本".into(), Phrase::command("xreq connect x --add-scope tweet.write")),
            ],
        );
        layout.gap();
        layout.table(0, [vec!["a\nb".into(), "c".into(), "".into()]]);
        layout
    }

    #[test]
    fn columns_are_aligned_and_the_last_is_wrapped() {
        assert_eq!(
            example().shown(Some(44)),
            "\x1b[1m日本\x1b[0m is a name\n  a       one two three four five six seven\n          \
             eight\n  日本    \x1b[1mxreq connect x --add-scope tweet.write\x1b[0m\n\na\\nb  c\n"
        );
    }

    #[test]
    fn what_has_no_room_beside_stands_below() {
        let shown = example().shown(Some(30));
        assert!(
            shown.contains("  a\n      one two three four five\n      six seven eight\n"),
            "{shown}"
        );
    }

    #[test]
    fn elsewhere_lines_stay_whole() {
        let shown = example().shown(None);
        assert!(shown.contains("  a       one two three four five six seven eight\n"), "{shown}");
    }
}
