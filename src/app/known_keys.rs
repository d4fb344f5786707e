//! The provider of an integration key that a launch names.

use crate::catalog::{Catalog, Provider};
use crate::text::nearest::suggestion;

/// Returns the provider that has a key.
///
/// # Errors
///
/// None has: the nearest right word, as the end of a message.
pub(super) fn provider_of<'c>(key: &str, catalog: &'c Catalog) -> Result<&'c Provider, String> {
    let found = catalog.providers().find(|it| it.capability(key).is_some());
    found.ok_or_else(|| suggestion(key, catalog.providers().flat_map(keys)))
}

/// Returns the keys of a provider.
pub(super) fn keys(provider: &Provider) -> impl Iterator<Item = &str> {
    provider.capabilities.keys().map(String::as_str)
}
