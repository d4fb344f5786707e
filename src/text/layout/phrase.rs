//! A text of one line in styles.

use super::style::Style;
use super::wrap::whole;
use crate::text::escape::on_one_line;

/// A text of one line whose pieces have styles. A stranger's words in it stay words: whatever would
/// end the line, control a terminal or hide is shown by its code.
#[derive(Clone, Debug, Default)]
pub struct Phrase(String);

impl Phrase {
    /// Returns a phrase of one piece.
    pub fn new(style: Style, text: &str) -> Self {
        Self(style.of(&on_one_line(text)))
    }

    /// Returns the phrase with a piece behind it.
    #[must_use]
    pub fn then(mut self, style: Style, text: &str) -> Self {
        self.0.push_str(&style.of(&on_one_line(text)));
        self
    }

    /// Returns a command, or an address: no line is broken within it.
    pub fn command(text: &str) -> Self {
        Self(Style::Strong.of(&whole(&on_one_line(text))))
    }

    /// Returns the phrase with a command behind it: no line is broken within it.
    #[must_use]
    pub fn then_command(mut self, text: &str) -> Self {
        self.0.push_str(&whole(&on_one_line(text)));
        self
    }

    /// Returns whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Phrase {
    fn from(text: &str) -> Self {
        Self::new(Style::Plain, text)
    }
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}
