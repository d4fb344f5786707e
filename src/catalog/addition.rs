//! The addition of a provider to others: what it must not take from them, and whose place it takes.

use std::fmt;

use super::entry::Entry;
use super::hosts;
use super::hosts::HostClaim;
use super::provider::Provider;
use crate::error::{Code, Error, Result};

/// A built-in provider whose place a file has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Displacement {
    /// The built-in provider.
    pub slug: &'static str,
    /// The file, for people.
    pub by: String,
}

impl fmt::Display for Displacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { slug, by } = self;
        write!(f, "{by} counts, and the built-in provider `{slug}` does not")
    }
}

/// Returns the built-in providers whose places a new one takes: such as came later than files like
/// this, and share its name, its prefix or a variable.
///
/// # Errors
///
/// [`Code::CatalogConflict`]: it shares that with another provider.
pub(super) fn displaced(entries: &[Entry], new: &Provider) -> Result<Vec<&'static str>> {
    let mut displaced = Vec::new();
    for old in entries {
        let Some(what) = shared(old, new) else { continue };
        match old.builtin().filter(|builtin| builtin.yields) {
            Some(builtin) => displaced.push(builtin.slug),
            None => return Err(clash(&what, old.provider(), new)),
        }
    }
    Ok(displaced)
}

/// Returns what a new provider has of one that is there, for people.
fn shared(old: &Entry, new: &Provider) -> Option<String> {
    if old.slug() == new.slug.as_str() {
        return Some(format!("provider `{}`", new.slug));
    }
    if old.env_prefix() == new.env_prefix {
        return Some(format!("the variable prefix `{}`", new.env_prefix));
    }
    let taken =
        new.variables().find(|name| old.may_own(name) && old.provider().owns_variable(name))?;
    Some(format!("the variable `{taken}`"))
}

fn clash(what: &str, old: &Provider, new: &Provider) -> Error {
    let message = format!("{}: {what} is taken by {}", new.origin(), old.origin());
    Error::new(Code::CatalogConflict, message).with_hint(
        "choose another `provider` and `env_prefix`; to use other servers of a known provider, set \
         its URLs under `providers` in `config.yaml`",
    )
}

/// Returns the hosts of a new provider that belong to others. What takes the place of a built-in one
/// belongs to its family.
pub(super) fn claims(entries: &[Entry], new: &Provider, displaced: &[&str]) -> Vec<HostClaim> {
    let builtin = || entries.iter().filter_map(Entry::builtin);
    let of_displaced = builtin().filter(|builtin| displaced.contains(&builtin.slug));
    let families: Vec<_> = of_displaced.map(|builtin| builtin.family).collect();
    let others = entries
        .iter()
        .filter(|entry| !entry.builtin().is_some_and(|builtin| families.contains(&builtin.family)));
    others.flat_map(|owner| hosts::claims(owner, new)).collect()
}
