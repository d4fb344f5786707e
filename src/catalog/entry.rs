//! An entry of the catalog: a provider that a file described, or a built-in one that is parsed when
//! somebody asks for it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::builtin::Builtin;
use super::provider::Provider;

/// A provider, perhaps not parsed yet.
#[derive(Debug)]
pub(super) struct Entry {
    builtin: Option<&'static Builtin>,
    /// In a box: it is large, and a launch needs one or two of many.
    provider: OnceLock<Box<Provider>>,
}

impl From<Provider> for Entry {
    fn from(provider: Provider) -> Self {
        Self { builtin: None, provider: Box::new(provider).into() }
    }
}

impl From<&'static Builtin> for Entry {
    fn from(builtin: &'static Builtin) -> Self {
        Self { builtin: Some(builtin), provider: OnceLock::new() }
    }
}

impl Entry {
    /// Returns the provider.
    pub(super) fn provider(&self) -> &Provider {
        self.provider.get_or_init(|| {
            let builtin = self.builtin.expect("any other one is there from the start");
            Box::new(Provider::embedded(builtin))
        })
    }

    /// Returns the provider, to change it.
    pub(super) fn provider_mut(&mut self) -> &mut Provider {
        self.provider();
        self.provider.get_mut().expect("it has just been parsed")
    }

    /// Returns the name of the provider in keys and in the store.
    pub(super) fn slug(&self) -> &str {
        self.builtin.map_or_else(|| self.provider().slug.as_str(), |builtin| builtin.slug)
    }

    /// Returns the prefix of the names of its variables.
    pub(super) fn env_prefix(&self) -> &str {
        self.builtin.map_or_else(|| &*self.provider().env_prefix, |builtin| builtin.env_prefix)
    }

    /// Returns whether one of its variables may have this name: each begins with its prefix.
    pub(super) fn may_own(&self, name: &str) -> bool {
        name.strip_prefix(self.env_prefix()).is_some_and(|rest| rest.starts_with('_'))
    }

    /// Returns its hosts; `*` stands for a label that is a variable.
    pub(super) fn hosts(&self) -> BTreeSet<Cow<'static, str>> {
        match self.builtin {
            Some(builtin) => builtin.hosts.iter().map(|host| Cow::Borrowed(*host)).collect(),
            None => self.provider().hosts().into_iter().map(Cow::Owned).collect(),
        }
    }

    /// Returns what is known of it without parsing it, if it is built in.
    pub(super) fn builtin(&self) -> Option<&'static Builtin> {
        self.builtin
    }
}
