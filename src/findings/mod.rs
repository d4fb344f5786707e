//! What is wrong with a text, and where: one type, one file per output format.
//!
//! A [`Diagnostic`] names its [`Rule`], points into a [`Source`] with byte ranges, and may carry a
//! [`Fix`]. Whoever finds it knows nothing of lines, columns, colours or formats.

mod fingerprint;
mod format;
pub mod github;
pub mod gitlab;
pub mod json;
mod levels;
pub mod listed;
pub mod markdown;
mod place;
mod room;
mod rule;
pub mod sarif;
pub mod source;
mod tally;
pub mod text;

use std::ops::Range;

pub use format::Format;
pub use levels::{Levels, Setting};
pub use room::{MARKDOWN_BYTES, Room};
pub use rule::{Rule, Stage};
pub use source::Source;
pub use tally::{Failure, Tally};

use crate::text::escape;
use crate::text::redact::{looks_secret, redact};

/// How many findings of one source are shown; those beyond are only counted, and need no
/// suggestion, which is the dearest part of a finding.
pub const MOST_FINDINGS: usize = 100;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Will probably hurt.
    Warning,
    /// Cannot be used as it is.
    Error,
}

impl Level {
    /// The word that users see.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding in one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding it is.
    pub rule: Rule,
    /// How bad it is here; by itself as bad as its rule says.
    pub level: Level,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// Where: a range of bytes of [`Source::text`].
    pub span: Range<usize>,
    /// What to say right at the place.
    pub label: Option<String>,
    /// Another place that matters, and why: the first of two duplicates.
    pub related: Option<(Range<usize>, String)>,
    /// What to do next.
    pub help: Option<String>,
    /// A replacement that mends it.
    pub fix: Option<Fix>,
    /// Places whose text may be a secret: whoever shows the source [masks](Source::masked) them.
    pub hides: Vec<Range<usize>>,
}

/// A replacement that mends a finding: put `replacement` where `span` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The range of bytes of [`Source::text`] to replace.
    pub span: Range<usize>,
    /// What to write there.
    pub replacement: String,
}

impl Diagnostic {
    /// A finding at a place.
    pub fn new(rule: Rule, span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            rule,
            level: rule.level(),
            message: message.into(),
            span,
            label: None,
            related: None,
            help: None,
            fix: None,
            hides: Vec::new(),
        }
    }

    /// Adds what to say right at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related = Some((span, label.into()));
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a replacement of the place itself.
    #[must_use]
    pub fn fix(mut self, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { span: self.span.clone(), replacement: replacement.into() });
        self
    }

    /// Keeps the text of places from being shown.
    #[must_use]
    pub fn hides(mut self, places: impl IntoIterator<Item = Range<usize>>) -> Self {
        self.hides.extend(places);
        self
    }

    /// Keeps the quotes around a word that a fix replaces: in JSON, which a manifest may be written
    /// in, there is no word without them.
    pub fn keep_quotes(&mut self, source: &Source) {
        let Some(fix) = &mut self.fix else { return };
        let replaced = source.text().get(fix.span.clone()).unwrap_or_default();
        let quote = ["\"", "'"].into_iter().find(|quote| replaced.starts_with(quote));
        if let Some(quote) = quote.filter(|_| self.rule != Rule::NotBoolean) {
            fix.replacement = format!("{quote}{}{quote}", fix.replacement);
        }
    }

    /// The same with what looks like a token [hidden](redact), to be shown.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let hide = |text: &String| redact(text).into_owned();
        Self {
            message: hide(&self.message),
            label: self.label.as_ref().map(hide),
            related: self.related.as_ref().map(|(span, label)| (span.clone(), hide(label))),
            help: self.help.as_ref().map(hide),
            fix: self.fix.clone().filter(|fix| !looks_secret(&fix.replacement)),
            ..self.clone()
        }
    }

    /// What is wrong and what to do, without the place: for formats that have one text for it all.
    pub fn in_words(&self) -> String {
        let mut words = self.message.clone();
        if let Some(label) = &self.label {
            words.push_str(&format!(" ({label})"));
        }
        if let Some(help) = &self.help {
            words.push_str(&format!("\n{help}"));
        }
        words
    }

    /// Makes it as bad as it is here.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }
}

/// A text of the user's in a message: in backticks, on one line, and no longer than a line can be.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let text = escape::legible(text);
    let mut shown: String = text.chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}
