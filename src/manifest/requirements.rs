//! Everything that an app declares, in one form, with its places in the manifest.

use std::ops::Range;

use super::delivery::{Delivery, OnRefresh};
use crate::model::credential_id::{Kind, Part};
use crate::model::variable_content::VariableContent;

/// Everything that an app declares, in the order of its manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// Integration keys.
    pub integrations: Vec<Integration>,
    /// Secrets.
    pub secrets: Vec<SecretRequirement>,
    /// The ways in which the app can take new tokens while it runs; empty if it states none.
    pub delivery: Vec<Spanned<Delivery>>,
    /// The way in which the app is to be told of a new token, if it states one.
    pub on_refresh: Option<Spanned<OnRefresh>>,
}

/// A value and its place in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place in the manifest.
    pub span: Range<usize>,
}

/// A requirement for a provider: a capability, or the provider itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// `x.tweet.write` is a capability, `x` a provider.
    pub key: String,
    /// Raw scopes, which stand beside a provider only.
    pub scopes: Vec<Scope>,
    /// The app's purpose for it, in its author's words.
    pub description: Option<Description>,
    /// The kinds of credentials that may serve it, in order of preference; empty if it names none.
    pub kinds: Vec<Spanned<Kind>>,
    /// The parts of a consent that may serve it, in order of preference; empty if it names none.
    pub parts: Vec<Spanned<Part>>,
    /// The variables that the app's code reads, where they are not the provider's.
    pub env: Vec<VariableName>,
    /// `true` if the app runs without it.
    pub optional: bool,
    /// The place of the key in the manifest.
    pub span: Range<usize>,
}

/// The name of a variable that the app's code reads a part of a credential from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableName {
    /// The part.
    pub content: VariableContent,
    /// The name of the variable.
    pub name: String,
    /// Its place in the manifest.
    pub span: Range<usize>,
}

impl Integration {
    /// Returns the provider's name: what stands before the first dot.
    pub fn provider(&self) -> &str {
        self.key.split('.').next().unwrap_or(&self.key)
    }
}

/// The purpose of a requirement, in its author's words, and its place in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The words.
    pub text: String,
    /// Their place in the manifest.
    pub span: Range<usize>,
}

/// A raw scope and its place in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The scope: `tweet.read`.
    pub name: String,
    /// Its place in the manifest.
    pub span: Range<usize>,
}

/// A requirement for a secret, which the agent gets under its own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRequirement {
    /// The name of the variable: `FAL_KEY`.
    pub name: String,
    /// The app's purpose for it, in its author's words.
    pub description: Option<Description>,
    /// `true` if the app runs without it.
    pub optional: bool,
    /// The place of the name in the manifest.
    pub span: Range<usize>,
}
