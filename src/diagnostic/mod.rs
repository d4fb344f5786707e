//! What is wrong with a text, and where: one type, one file per output format.
//!
//! A [`Diagnostic`] names its [`Rule`], points into a [`Source`] with byte ranges, and may carry a
//! [`Fix`]. Whoever finds it knows nothing of lines, columns, colours or formats.

pub mod json;
pub mod source;
pub mod text;

use std::ops::Range;

pub use source::Source;

use crate::redact::{looks_secret, redact};

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

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $variant:ident => $name:literal, $level:ident;)+) => {
        /// The stable name of a kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Rule {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Rule {
            /// Every rule, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name that users see: `area/what-is-wrong`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// How bad a finding of this rule is.
            pub fn level(self) -> Level {
                match self {
                    $(Self::$variant => Level::$level,)+
                }
            }
        }
    };
}

rules! {
    /// The text is no YAML.
    Syntax => "manifest/syntax", Error;
    /// The file is larger than a manifest can be.
    TooLarge => "manifest/too-large", Error;
    /// Lists and mappings are nested too deep.
    TooDeep => "manifest/too-deep", Error;
    /// The file has too many values.
    TooManyNodes => "manifest/too-many-nodes", Error;
    /// The bytes are no UTF-8.
    NotUtf8 => "manifest/not-utf8", Error;
    /// The text has a NUL character.
    Nul => "manifest/nul", Error;
    /// `&name`: anchors are refused.
    Anchor => "manifest/anchor", Error;
    /// `*name`: aliases are refused.
    Alias => "manifest/alias", Error;
    /// `<<`: merge keys are refused.
    MergeKey => "manifest/merge-key", Error;
    /// `!name`: tags are refused.
    Tag => "manifest/tag", Error;
    /// `%YAML`: directives are refused.
    Directive => "manifest/directive", Error;
    /// The file has a second document.
    SecondDocument => "manifest/second-document", Error;
    /// A mapping has the same key twice.
    DuplicateKey => "manifest/duplicate-key", Error;
    /// The key of a mapping is a list or a mapping.
    NonStringKey => "manifest/non-string-key", Error;
    /// The file has no document.
    Empty => "manifest/empty", Error;
    /// A value has another type than its place asks for.
    WrongType => "manifest/wrong-type", Error;
    /// An entry has a field that does not exist.
    UnknownField => "manifest/unknown-field", Error;
    /// An entry does not say what it requires.
    MissingKey => "manifest/missing-key", Error;
    /// `optional` is neither `true` nor `false`.
    NotBoolean => "manifest/not-boolean", Error;
    /// A list has no entries.
    EmptyList => "manifest/empty-list", Error;
    /// Requirements are spelled in two ways at once.
    ConflictingSpelling => "manifest/conflicting-spelling", Error;
    /// The same key is required twice.
    DuplicateRequirement => "manifest/duplicate-requirement", Error;
    /// An integration key is malformed.
    BadKey => "manifest/bad-key", Error;
    /// No provider has this name.
    UnknownProvider => "manifest/unknown-provider", Error;
    /// The provider has no such capability.
    UnknownKey => "manifest/unknown-key", Error;
    /// The provider has no such scope.
    UnknownScope => "manifest/unknown-scope", Error;
    /// A key stands below another provider than its own.
    ProviderMismatch => "manifest/provider-mismatch", Error;
    /// Raw scopes stand beside a capability, which has its own.
    ScopesOnCapability => "manifest/scopes-on-capability", Error;
    /// A secret's name cannot be the name of a variable.
    BadSecretName => "manifest/bad-secret-name", Error;
    /// A secret has the name of a variable that is xreq's own.
    ReservedSecretName => "manifest/reserved-secret-name", Error;
    /// There are more findings than anybody reads.
    MoreFindings => "manifest/more-findings", Error;
    /// No section was found, but a key that looks like one.
    MisspelledSection => "manifest/misspelled-section", Warning;
    /// No account of the provider is connected.
    NotConnected => "grant/not-connected", Error;
    /// The access token is dead, or will be too soon.
    Expired => "grant/expired", Error;
    /// The grant lacks scopes that the key needs.
    MissingScope => "scope/missing", Error;
    /// The grant lacks scopes that the provider's API asks for on top.
    ApiUnderscoped => "scope/api-underscoped", Warning;
    /// The grant has scopes that no requirement asks for.
    OverGranted => "scope/over-granted", Note;
    /// An access token has to be refreshed before the launch.
    RefreshDue => "grant/refresh-due", Note;
    /// The secret is not stored.
    MissingSecret => "secret/missing", Error;
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
    let mut shown: String = text.escape_debug().take(LONGEST).collect();
    if text.escape_debug().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn rule_names_are_unique_and_have_an_area() {
        let names: HashSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
        for name in names {
            let (area, what) = name.split_once('/').expect("an area before the slash");
            assert!([area, what].iter().all(|part| {
                part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            }));
        }
    }
}
