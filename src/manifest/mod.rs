//! What an app asks for: manifest text in, [`Requirements`] and findings out.
//!
//! [`yaml`] reads the text into a tree that knows its places, [`spelling`] turns each of the six
//! spellings in use into one form. Neither knows the catalog: whether a key exists is for
//! [`resolve`](crate::policy::needs) to say.

pub mod allow;
pub mod delivery;
mod key;
mod look_alike;
pub mod scalar;
pub mod spelling;
mod syntax;
mod unread;
mod value;
mod word;
pub mod yaml;

use std::ops::Range;

use crate::findings::{Diagnostic, Level, Rule, Source};
use delivery::{Delivery, OnRefresh};

/// Everything that an app declares, in the order of its manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// Integration keys.
    pub integrations: Vec<Integration>,
    /// Secrets.
    pub secrets: Vec<Secret>,
    /// How the app can take tokens that are new while it runs; empty where it does not say.
    pub delivery: Vec<Stated<Delivery>>,
    /// How the app is to be told of a new token, where it says so.
    pub on_refresh: Option<Stated<OnRefresh>>,
}

/// A value and its place in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Range<usize>,
}

/// A requirement for a provider: a capability, or the provider itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// `x.tweet.write` is a capability, `x` a provider.
    pub key: String,
    /// Raw scopes, which stand beside a provider only.
    pub scopes: Vec<Scope>,
    /// What the app needs it for, in its author's words.
    pub description: Option<Description>,
    /// Whether the app runs without it.
    pub optional: bool,
    /// Where the key stands in the manifest.
    pub span: Range<usize>,
}

impl Integration {
    /// The provider's name: what stands before the first dot.
    pub fn provider(&self) -> &str {
        self.key.split('.').next().unwrap_or(&self.key)
    }
}

/// What an app needs something for, in its author's words, and its place in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The words.
    pub text: String,
    /// Where they stand.
    pub span: Range<usize>,
}

/// A raw scope and its place in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The scope: `tweet.read`.
    pub name: String,
    /// Where it stands.
    pub span: Range<usize>,
}

/// A requirement for a secret, which the agent gets under its own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The name of the variable: `FAL_KEY`.
    pub name: String,
    /// What the app needs it for, in its author's words.
    pub description: Option<Description>,
    /// Whether the app runs without it.
    pub optional: bool,
    /// Where the name stands in the manifest.
    pub span: Range<usize>,
}

/// Reads a manifest. The findings are sorted by place; the requirements are whole only where none
/// of them is an error.
pub fn read(source: &Source) -> (Requirements, Vec<Diagnostic>) {
    let (root, mut findings) = yaml::load(source.text());
    let requirements = if let Some(root) = &root {
        spelling::normalise(root, &mut findings)
    } else {
        if findings.is_empty() {
            findings.push(spelling::empty());
        }
        Requirements::default()
    };
    findings.extend(source.ambiguous().iter().map(|(at, ambiguous)| {
        let end = at + ambiguous.length();
        Diagnostic::new(Rule::AmbiguousCharacter, *at..end, ambiguous.fault())
            .help(ambiguous.way_out())
    }));
    if findings.iter().any(|finding| finding.level == Level::Error) {
        findings.retain(|finding| finding.rule != Rule::RequiresNothing);
    }
    for finding in &mut findings {
        if finding.fix.is_none() {
            look_alike::explain(finding, source.text());
        }
        finding.keep_quotes(source);
    }
    findings.sort_by_key(|finding| finding.span.start);
    (requirements, findings)
}
