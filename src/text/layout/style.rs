//! The styles of text for people.
//!
//! No style says anything that the words do not say too. Of the eight basic colours only those are
//! used that can be read on a light and on a dark terminal.

use std::fmt;

/// A style of a piece of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// That of the terminal.
    #[default]
    Plain,
    /// A name that a block is about, a heading, or a command.
    Strong,
    /// A name of a field, or something beside the point.
    Faint,
    /// Something that is as it should be.
    Good,
    /// Something that wants attention.
    Attention,
    /// Something that has failed, or is missing.
    Bad,
}

/// The sequence that ends a style.
const END: &str = "\x1b[0m";

impl Style {
    /// Returns the text in this style.
    pub fn of(self, text: &str) -> String {
        match self.sequence() {
            "" => text.to_owned(),
            sequence => format!("{sequence}{text}{END}"),
        }
    }

    /// Returns the text in this style and in bold: the word that a message begins with.
    pub fn label(self, text: impl fmt::Display) -> String {
        format!("\x1b[1m{}{text}{END}", self.sequence())
    }

    fn sequence(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "\x1b[1m",
            Self::Faint => "\x1b[2m",
            Self::Good => "\x1b[32m",
            Self::Attention => "\x1b[35m",
            Self::Bad => "\x1b[31m",
        }
    }
}
