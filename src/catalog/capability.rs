//! A capability: the meaning of an integration key.

use serde::Deserialize;

use super::consent_part::part_names;
use super::demand::alternatives;
use super::field::{present, truth};
use crate::model::access_level::AccessLevel;
use crate::model::alternatives::Alternatives;
use crate::model::credential_id::{Kind, Part};
use crate::model::scope::ScopeSet;

/// The meaning of an integration key: what it allows, and the scopes that it takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capability {
    /// Its name for people.
    pub title: String,
    /// The action that it lets an agent take: completes "the agent can …".
    pub allows: String,
    /// The scopes that the platform's documentation publishes for the key. None: any grant will do.
    #[serde(default)]
    pub published: ScopeSet,
    #[serde(default, deserialize_with = "alternatives")]
    any_of: Vec<ScopeSet>,
    #[serde(default, deserialize_with = "present")]
    api: Option<ScopeSet>,
    #[serde(default, deserialize_with = "present")]
    kinds: Option<Vec<Kind>>,
    /// The parts of a consent that serve it, the preferred one first; none are all.
    #[serde(default, deserialize_with = "part_names")]
    pub(super) parts: Vec<Part>,
    /// The least level of an OAuth 1.0a token that serves it.
    #[serde(default = "lowest")]
    pub level: AccessLevel,
    /// Of its kinds those with which only some of its operations can be called.
    #[serde(default)]
    pub partial_kinds: Vec<Kind>,
    /// `true` if its operations make authority that outlives the call: such a key is given by its name
    /// alone, and never stands for its scopes.
    #[serde(default, deserialize_with = "truth")]
    pub standing: bool,
    /// `true` if clients that anybody may register are let do it.
    #[serde(default = "yes", deserialize_with = "truth")]
    pub self_serve: bool,
    /// A limit of the provider that no scope changes, or a doubt about the scopes.
    #[serde(default, deserialize_with = "present")]
    pub note: Option<String>,
}

fn yes() -> bool {
    true
}

fn lowest() -> AccessLevel {
    AccessLevel::Read
}

impl Capability {
    /// Returns the scopes that the provider's API demands for the operations behind the key, the
    /// published ones included.
    pub fn api(&self) -> ScopeSet {
        let mut scopes = self.published.clone();
        if let Some(api) = &self.api {
            scopes.add_all(api);
        }
        scopes
    }

    /// Returns the sets of scopes that stand in the place of the published ones, and of the API's.
    pub fn others(&self) -> &[ScopeSet] {
        &self.any_of
    }

    /// Returns the sets of which one decides whether a grant is enough: the published one, and those that
    /// stand in its place.
    pub fn alternatives(&self) -> Alternatives<'_> {
        Alternatives::new(&self.published, &self.any_of)
    }

    /// Returns the kinds of credentials that its operations accept, in no order.
    pub fn kinds(&self) -> &[Kind] {
        self.kinds.as_deref().unwrap_or(&[Kind::Oauth2])
    }

    /// Returns whether the file states these kinds.
    pub(super) fn states_kinds(&self) -> bool {
        self.kinds.is_some()
    }

    /// Changes every set.
    pub(super) fn change(&mut self, mut change: impl FnMut(&mut ScopeSet)) {
        change(&mut self.published);
        self.any_of.iter_mut().chain(&mut self.api).for_each(change);
    }

    /// Returns the API's scopes that the file states, where they differ from the published ones.
    pub(super) fn stated_api(&self) -> Option<&ScopeSet> {
        self.api.as_ref()
    }
}
