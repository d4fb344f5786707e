//! One finding in one text.

use std::ops::Range;

use super::level::Level;
use super::rule::Rule;
use crate::error::{Remedy, wording};
use crate::text::redact::{looks_secret, redact};

/// The maximum number of findings of one source that are shown; those beyond are only counted, and
/// need no suggestion, which is the dearest part of a finding.
pub const MOST_FINDINGS: usize = 100;

/// One finding in one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind of the finding.
    pub rule: Rule,
    /// Its level here; by itself that of its rule.
    pub level: Level,
    /// The message: lower case, no full stop.
    pub message: String,
    /// The place: a range of bytes of `Source::text`.
    pub span: Range<usize>,
    /// The label right at the place.
    pub label: Option<String>,
    /// Another place that matters, and why: the first of two duplicates.
    pub related: Option<(Range<usize>, String)>,
    /// The next step to take.
    pub help: Option<Remedy>,
    /// A replacement that mends it.
    pub fix: Option<Fix>,
    /// Places whose text may be a secret: a renderer that shows the source masks them.
    pub hides: Vec<Range<usize>>,
}

/// A replacement that mends a finding: put `replacement` where `span` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The range of bytes of `Source::text` to replace.
    pub span: Range<usize>,
    /// The text to write there.
    pub replacement: String,
}

impl Diagnostic {
    /// Creates a finding at a place.
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
    pub fn help(mut self, help: impl Into<Remedy>) -> Self {
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
    pub fn keep_quotes(&mut self, text: &str) {
        let Some(fix) = &mut self.fix else { return };
        let replaced = text.get(fix.span.clone()).unwrap_or_default();
        let quote = ["\"", "'"].into_iter().find(|quote| replaced.starts_with(quote));
        if let Some(quote) = quote.filter(|_| self.rule != Rule::NotBoolean) {
            fix.replacement = format!("{quote}{}{quote}", fix.replacement);
        }
    }

    /// Returns the same finding with what looks like a token [hidden](redact), to be shown.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let hide = |text: &String| redact(text).into_owned();
        Self {
            message: hide(&self.message),
            label: self.label.as_ref().map(hide),
            related: self.related.as_ref().map(|(span, label)| (span.clone(), hide(label))),
            help: self.help.as_ref().map(Remedy::redacted),
            fix: self.fix.clone().filter(|fix| !looks_secret(&fix.replacement)),
            ..self.clone()
        }
    }

    /// Returns the message, the label and the help as one text, without the place: for formats that
    /// have one text for it all.
    pub fn in_words(&self) -> String {
        let mut words = self.message.clone();
        if let Some(label) = &self.label {
            words.push_str(&format!(" ({label})"));
        }
        if let Some(help) = &self.help {
            words.push_str(&format!("\n{}", help_words(help)));
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

/// Returns the words of a help, in which what looks like a token is hidden.
pub(super) fn help_words(help: &Remedy) -> String {
    redact(&wording::help(help)).into_owned()
}
