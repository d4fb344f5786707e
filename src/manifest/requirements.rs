//! Everything that an app declares, in one form, with its places in the manifest.

use std::ops::Range;

use super::delivery::{Delivery, OnRefresh};

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
