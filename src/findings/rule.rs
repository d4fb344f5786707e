//! Every kind of finding: one table of names, each with how bad it is and who looks for it.

use super::Level;
use crate::text::nearest::nearest;

/// The subject that is looked at to find something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The manifest alone: by every command that reads one.
    Manifest,
    /// The requirements of the manifest, held against the catalog: `xreq validate`.
    Lint,
    /// The manifest held against the store: `xreq check`, and a launch.
    Store,
    /// A manifest held against an older one: `xreq diff`.
    Change,
    /// The command line of a launch: `xreq run`.
    Launch,
}

impl Stage {
    /// Returns the name that programs see.
    pub fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Lint => "lint",
            Self::Store => "store",
            Self::Change => "change",
            Self::Launch => "launch",
        }
    }

    /// Returns the command that looks for it; for [`Stage::Manifest`] the first of many.
    pub fn command(self) -> &'static str {
        match self {
            Self::Manifest | Self::Lint => "validate",
            Self::Store => "check",
            Self::Change => "diff",
            Self::Launch => "run",
        }
    }
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $variant:ident => $name:literal, $level:ident, $stage:ident;)+) => {
        /// The stable name of a kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Rule {
            /// Every rule, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Returns the name that users see: `area/what-is-wrong`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Returns the fault in a sentence.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+).trim_ascii(),)+
                }
            }

            /// Returns the explanation: what is wrong, why it hurts and what to do, with a bad and
            /// a good example: Markdown, in which the examples are fenced below the headings `Bad`
            /// and `Good`.
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("rules/", $name, ".md")),)+
                }
            }

            /// Returns the level of a finding of this rule, unless a setting says otherwise.
            pub fn level(self) -> Level {
                match self {
                    $(Self::$variant => Level::$level,)+
                }
            }

            /// Returns the stage that looks for it.
            pub fn stage(self) -> Stage {
                match self {
                    $(Self::$variant => Stage::$stage,)+
                }
            }
        }
    };
}

rules! {
    /// The text is no YAML.
    Syntax => "manifest/syntax", Error, Manifest;
    /// The file is larger than a manifest can be.
    TooLarge => "manifest/too-large", Error, Manifest;
    /// Lists and mappings are nested too deep.
    TooDeep => "manifest/too-deep", Error, Manifest;
    /// The file has too many values.
    TooManyNodes => "manifest/too-many-nodes", Error, Manifest;
    /// The bytes are no UTF-8.
    NotUtf8 => "manifest/not-utf8", Error, Manifest;
    /// The text has a NUL character.
    Nul => "manifest/nul", Error, Manifest;
    /// A character means something else to other readers of YAML.
    AmbiguousCharacter => "manifest/ambiguous-character", Error, Manifest;
    /// `&name`: anchors are refused.
    Anchor => "manifest/anchor", Error, Manifest;
    /// `*name`: aliases are refused.
    Alias => "manifest/alias", Error, Manifest;
    /// `<<`: merge keys are refused.
    MergeKey => "manifest/merge-key", Error, Manifest;
    /// `!name`: tags are refused.
    Tag => "manifest/tag", Error, Manifest;
    /// `%YAML`: directives are refused.
    Directive => "manifest/directive", Error, Manifest;
    /// The file has a second document.
    SecondDocument => "manifest/second-document", Error, Manifest;
    /// A mapping has the same key twice.
    DuplicateKey => "manifest/duplicate-key", Error, Manifest;
    /// The key of a mapping is a list or a mapping.
    NonStringKey => "manifest/non-string-key", Error, Manifest;
    /// The file has no document.
    Empty => "manifest/empty", Error, Manifest;
    /// A value has another type than its place asks for.
    WrongType => "manifest/wrong-type", Error, Manifest;
    /// An entry has a field that does not exist.
    UnknownField => "manifest/unknown-field", Error, Manifest;
    /// A value is none of those that its field takes.
    BadValue => "manifest/bad-value", Error, Manifest;
    /// An entry does not say what it requires.
    MissingKey => "manifest/missing-key", Error, Manifest;
    /// `optional` is neither `true` nor `false`.
    NotBoolean => "manifest/not-boolean", Error, Manifest;
    /// A plain word is a text for some readers of YAML and something else for others.
    AmbiguousWord => "manifest/ambiguous-word", Error, Manifest;
    /// A list has no entries.
    EmptyList => "manifest/empty-list", Error, Manifest;
    /// Requirements are spelled in two ways at once.
    ConflictingSpelling => "manifest/conflicting-spelling", Error, Manifest;
    /// The same key is required twice.
    DuplicateRequirement => "manifest/duplicate-requirement", Error, Manifest;
    /// An integration key is malformed.
    BadKey => "manifest/bad-key", Error, Manifest;
    /// No provider has this name.
    UnknownProvider => "manifest/unknown-provider", Error, Manifest;
    /// The provider has no such capability.
    UnknownKey => "manifest/unknown-key", Error, Manifest;
    /// The provider has no such scope.
    UnknownScope => "manifest/unknown-scope", Error, Manifest;
    /// A key stands below another provider than its own.
    ProviderMismatch => "manifest/provider-mismatch", Error, Manifest;
    /// Raw scopes stand beside a capability, which has its own.
    ScopesOnCapability => "manifest/scopes-on-capability", Error, Manifest;
    /// A secret's name cannot be the name of a variable.
    BadSecretName => "manifest/bad-secret-name", Error, Manifest;
    /// A secret has the name of a variable that is xreq's own.
    ReservedSecretName => "manifest/reserved-secret-name", Error, Manifest;
    /// A secret has the name of a variable that steers programs.
    SteeringSecretName => "manifest/steering-secret-name", Error, Manifest;
    /// There are more findings than anybody reads.
    MoreFindings => "manifest/more-findings", Error, Manifest;
    /// A key at the top level is nearly called like a section.
    MisspelledSection => "manifest/misspelled-section", Warning, Manifest;
    /// The manifest has no section, and requires nothing.
    RequiresNothing => "manifest/requires-nothing", Note, Manifest;
    /// No account of the provider is connected.
    NotConnected => "grant/not-connected", Error, Store;
    /// The access token is dead, or will be too soon.
    Expired => "grant/expired", Error, Store;
    /// No credential of the kind that the key takes is stored.
    MissingKind => "grant/kind", Error, Store;
    /// The level of the token that serves the key is not known.
    UnknownLevel => "grant/level-unknown", Warning, Store;
    /// The grant lacks scopes that the key needs.
    MissingScope => "scope/missing", Error, Store;
    /// The grant lacks scopes that the provider's API asks for on top.
    ApiUnderscoped => "scope/api-underscoped", Warning, Store;
    /// The grant covers the key by narrow scopes alone, which see less than it means.
    NarrowScope => "scope/narrow", Warning, Store;
    /// Tokens that are minted for a service account can do more than the keys say that it serves.
    WideScope => "scope/wide", Warning, Store;
    /// The grant has scopes that no requirement asks for.
    OverGranted => "scope/over-granted", Note, Store;
    /// The grant has a scope where a smaller one is enough.
    BroadScope => "scope/broad", Note, Store;
    /// An access token has to be refreshed before the launch.
    RefreshDue => "grant/refresh-due", Note, Store;
    /// The secret is not stored.
    MissingSecret => "secret/missing", Error, Store;
    /// Two credentials of the launch, or one and a secret, want the same variable.
    KindClash => "env/kind-clash", Error, Manifest;
    /// A `.env` file sets a variable that a launch sets, too.
    DotenvOverride => "variable/dotenv-override", Note, Store;
    /// The program of a launch does not hand its environment on.
    NotHandedOn => "variable/not-handed-on", Note, Launch;
    /// A comment `xreq: allow` has no effect, as it is or where it stands.
    IneffectiveAllow => "allow/ineffective", Warning, Manifest;
    /// A comment `xreq: allow` stands above a line that has no such finding.
    UnusedAllow => "allow/unused", Warning, Manifest;
    /// The published scopes of a key are not enough for the provider's API.
    PublishedInsufficient => "scope/published-insufficient", Warning, Lint;
    /// Raw scopes are asked for where keys exist.
    RawScopes => "scope/raw", Warning, Lint;
    /// No operation of the key accepts any of the kinds of credentials that are named.
    KindNever => "key/kind-never", Error, Manifest;
    /// Credentials of the kind that serves the key can do only a part of it.
    PartialKind => "key/kind-partial", Warning, Store;
    /// A key is required whose operations the provider closes to self-serve clients.
    NotSelfServe => "key/not-self-serve", Warning, Lint;
    /// A key adds nothing to another one.
    CoveredKey => "key/covered", Note, Lint;
    /// A description is empty.
    EmptyDescription => "manifest/empty-description", Warning, Lint;
    /// The manifest names a command that would run beside the agent.
    Command => "authority/command", Warning, Lint;
    /// The agent can do something that it could not do before.
    NewAuthority => "authority/added", Error, Change;
    /// The agent can no longer do something.
    LessAuthority => "authority/removed", Note, Change;
    /// A requirement changed, and the agent can do no more by it than before.
    SameAuthority => "authority/same", Note, Change;
    /// A connected account has to consent again.
    ConsentNeeded => "authority/consent-needed", Warning, Change;
}

impl Rule {
    /// Returns the rule with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }

    /// Returns the rule that was most likely meant by a name that no rule has: one whose name is
    /// near, or the only one with this name behind its area.
    pub fn meant_by(name: &str) -> Option<Self> {
        let mut called = Self::ALL
            .iter()
            .filter(|rule| rule.name().split_once('/').is_some_and(|n| n.1 == name));
        match (called.next(), called.next()) {
            (Some(only), None) => Some(*only),
            _ => nearest(name, Self::ALL.iter().map(|rule| rule.name())).and_then(Self::named),
        }
    }

    /// Returns the part of the name before the slash: the subject of a finding.
    pub fn area(self) -> &'static str {
        self.name().split('/').next().unwrap_or_default()
    }

    /// Returns the reason: the [explanation](Self::explanation) without its examples.
    pub fn reason(self) -> &'static str {
        self.explanation().split("\n## ").next().unwrap_or_default().trim_end()
    }

    /// Returns whether a comment in a manifest can allow it: the author of the manifest does not
    /// judge what it may do.
    pub fn is_allowable(self) -> bool {
        let is_of_manifest = !matches!(self.stage(), Stage::Change | Stage::Launch);
        self.is_adjustable() && is_of_manifest && self != Self::Command
    }

    /// Returns whether it is about a grant as a whole, and about no line of a manifest.
    pub fn is_of_grant(self) -> bool {
        matches!(self, Self::OverGranted | Self::BroadScope | Self::RefreshDue)
    }

    /// Returns whether its level can be set. An error by itself means that the subject cannot be
    /// used as it is, and no setting changes that.
    pub fn is_adjustable(self) -> bool {
        self.level() != Level::Error
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_have_an_area() {
        let names: HashSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
        for name in names {
            let (area, what) = name.split_once('/').expect("an area before the slash");
            assert!([area, what].iter().all(|part| {
                part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            }));
            assert_eq!(Rule::named(name).map(Rule::name), Some(name));
        }
    }

    #[test]
    fn a_rule_is_meant_by_what_is_near_or_behind_its_area() {
        for (name, meant) in [
            ("scope/rwa", Some(Rule::RawScopes)),
            ("raw", Some(Rule::RawScopes)),
            ("unknown-key", Some(Rule::UnknownKey)),
            ("missing", None),
            ("nothing", None),
            ("", None),
        ] {
            assert_eq!(Rule::meant_by(name), meant, "{name}");
        }
    }

    #[test]
    fn explanations_have_a_reason_and_two_examples() {
        for rule in Rule::ALL {
            let (name, text) = (rule.name(), rule.explanation());
            let headings: Vec<_> = text.lines().filter(|line| line.starts_with("## ")).collect();
            assert_eq!(headings, ["## Bad", "## Good"], "{name}");
            assert!(rule.reason().len() > 50 && rule.reason().ends_with('.'), "{name}");
            assert!(text.ends_with('\n') && text.lines().all(|line| line.chars().count() <= 101));
        }
    }

    #[test]
    fn summaries_are_sentences() {
        for rule in Rule::ALL {
            let summary = rule.summary();
            assert!(summary.ends_with('.') && !summary.contains("  "), "{summary}");
        }
    }
}
