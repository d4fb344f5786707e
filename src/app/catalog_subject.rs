//! A subject of the catalog: a provider, key, scope or operation that somebody asks about.

use std::iter;

use crate::catalog::{Capability, Catalog, LazyCapability, Operation, Provider, ScopeDefinition};
use crate::error::{Advice, Code, Error, Inventory, Remedy, Result, advice};
use crate::text::nearest::nearest;

/// The subject of a question to the catalog.
pub(crate) enum Subject<'a> {
    /// Nothing in particular: all providers.
    Everything,
    Provider(&'a Provider),
    /// A key by its name.
    Key(&'a Provider, &'a str, &'a Capability),
    /// A scope by its wire name, with its definition.
    Scope(&'a Provider, &'a str, &'a ScopeDefinition),
    Operation(&'a Provider, &'a Operation),
}

impl<'a> Subject<'a> {
    /// Finds the subject that a text names. Where several providers have one of that name, the text
    /// begins with the provider's.
    ///
    /// # Errors
    ///
    /// [`Code::CatalogUnknown`], with the nearest name there is, or those of several providers.
    pub(crate) fn find(catalog: &'a Catalog, subject: &str) -> Result<Self> {
        if subject.is_empty() {
            return Ok(Subject::Everything);
        }
        if let Some(provider) = catalog.provider(subject) {
            return Ok(Subject::Provider(provider));
        }
        let named = subject.split_once(char::is_whitespace);
        let named =
            named.and_then(|(slug, rest)| Some((catalog.provider(slug)?, rest.trim_start())));
        let (within, subject): (Vec<_>, _) = match named {
            Some((provider, rest)) => (vec![provider], rest),
            None => (catalog.providers().collect(), subject),
        };
        if subject.starts_with('/') {
            return find_path(&within, subject);
        }
        if let Some((method, path)) = subject.split_once(char::is_whitespace)
            && path.trim_start().starts_with('/')
        {
            return find_operation(&within, &method.to_ascii_uppercase(), path.trim());
        }
        let found: Vec<_> = within.iter().filter_map(|it| find_name(it, subject)).collect();
        match <[_; 1]>::try_from(found) {
            Ok([(_, only)]) => Ok(only),
            Err(found) if found.is_empty() => Err(unknown_name(catalog, subject)),
            Err(found) => {
                let providers = found.into_iter().map(|(provider, _)| provider);
                Err(several(subject, providers))
            }
        }
    }
}

/// Finds a key or a scope of a provider.
fn find_name<'a>(provider: &'a Provider, name: &str) -> Option<(&'a Provider, Subject<'a>)> {
    if let Some((key, capability)) = provider.capabilities.get_key_value(name) {
        return Some((provider, Subject::Key(provider, key, capability)));
    }
    let (scope, definition) = provider.scopes.get_key_value(provider.wire_name(name))?;
    Some((provider, Subject::Scope(provider, scope, definition)))
}

fn unknown_name(catalog: &Catalog, subject: &str) -> Error {
    let words = catalog.providers().flat_map(|provider| {
        let keys = provider.capabilities.keys().chain(provider.scopes.keys());
        let keys = keys.chain(provider.scope_aliases.keys());
        keys.map(String::as_str).chain([provider.slug.as_str()])
    });
    let error = Error::new(
        Code::CatalogUnknown,
        format!("no provider, key or scope is called `{subject}`"),
    );
    let beginning = format!("{subject}.");
    let keys = catalog.providers().flat_map(|provider| provider.capabilities.keys());
    let below: Vec<_> = keys.filter(|key| key.starts_with(&beginning)).collect();
    let meant = nearest(subject, words);
    let about = if below.is_empty() && meant.is_none() { about(catalog, subject) } else { below };
    match meant {
        _ if !about.is_empty() => error.with_hint(any_of(about)),
        Some(meant) => error.with_hint(format!("did you mean `{meant}`?")),
        None => error.with_hint(advice![
            Remedy::List(Inventory::Providers),
            ", ",
            Remedy::ShowProvider { provider: "PROVIDER".to_owned(), part: "keys and scopes" }
        ]),
    }
}

/// Returns the keys in whose name or title a word is.
fn about<'a>(catalog: &'a Catalog, word: &str) -> Vec<&'a String> {
    const SHORTEST: usize = 3;
    const MOST: usize = 6;
    if word.chars().count() < SHORTEST {
        return Vec::new();
    }
    let word = word.to_lowercase();
    let keys = catalog.providers().flat_map(|provider| &provider.capabilities);
    let has_word = |(key, capability): &(&String, &LazyCapability)| {
        key.contains(&word) || capability.title.to_lowercase().contains(&word)
    };
    keys.filter(has_word).map(|(key, _)| key).take(MOST).collect()
}

/// Returns the refusal of a name that several providers have.
fn several<'a>(name: &str, providers: impl Iterator<Item = &'a Provider>) -> Error {
    let names = providers.map(|provider| format!("{} {name}", provider.slug));
    let message = format!("`{name}` is of several providers");
    Error::new(Code::CatalogUnknown, message).with_hint(any_of(names))
}

fn find_operation<'a>(within: &[&'a Provider], method: &str, path: &str) -> Result<Subject<'a>> {
    let found = within.iter().filter_map(|it| Some((*it, it.operation(method, path)?)));
    match found.collect::<Vec<_>>().as_slice() {
        [] => Err(unknown_operation(within, &format!("{method} {path}"))),
        [(provider, operation)] => Ok(Subject::Operation(provider, operation)),
        found => Err(several(&format!("{method} {path}"), found.iter().map(|(it, _)| *it))),
    }
}

/// Finds the operation of a path that has only one.
fn find_path<'a>(within: &[&'a Provider], path: &str) -> Result<Subject<'a>> {
    let of_provider = |provider: &'a Provider| {
        let operations = provider.operations().iter();
        let same = operations.filter(|it| provider.operation(it.method.name(), path) == Some(*it));
        same.map(move |operation| (provider, operation)).collect::<Vec<_>>()
    };
    let found: Vec<_> = within.iter().flat_map(|it| of_provider(it)).collect();
    match found.as_slice() {
        [] => Err(unknown_operation(within, path)),
        [(provider, operation)] => Ok(Subject::Operation(provider, operation)),
        several => {
            let message = format!("`{path}` is the path of several operations");
            let is_of_one = several.iter().all(|(provider, _)| provider.slug == several[0].0.slug);
            let names = several.iter().map(|(provider, operation)| {
                if is_of_one {
                    operation.to_string()
                } else {
                    format!("{} {operation}", provider.slug)
                }
            });
            Err(Error::new(Code::CatalogUnknown, message).with_hint(any_of(names)))
        }
    }
}

fn unknown_operation(within: &[&Provider], name: &str) -> Error {
    let operations = || within.iter().flat_map(|provider| provider.operations());
    let has_method = !name.starts_with('/');
    let names: Vec<_> =
        operations().map(|it| if has_method { it.to_string() } else { it.path.clone() }).collect();
    let error = Error::new(Code::CatalogUnknown, format!("no operation is called `{name}`"));
    match nearest(name, names.iter().map(String::as_str)) {
        Some(meant) => error.with_hint(format!("did you mean `{meant}`?")),
        None => error.with_hint(advice![
            Remedy::ShowKey { key: "KEY".to_owned() }.request(),
            " lists the operations that a key is for"
        ]),
    }
}

/// Returns the advice to look at one of several.
fn any_of(names: impl IntoIterator<Item = impl Into<String>>) -> Advice {
    let shown = names.into_iter().map(|key| Remedy::ShowKey { key: key.into() }.request());
    let parts = shown.flat_map(|request| [" or ".into(), request]).skip(1);
    iter::once("did you mean ".into()).chain(parts).chain(["?".into()]).collect()
}

/// Returns the operations that a key is for.
pub(crate) fn operations_of<'a>(
    provider: &'a Provider,
    key: &'a str,
) -> impl Iterator<Item = &'a Operation> {
    let operations = provider.operations();
    operations.iter().filter(move |operation| operation.keys.iter().any(|of| of == key))
}

/// Returns the operations that demand a scope.
pub(crate) fn operations_with<'a>(
    provider: &'a Provider,
    scope: &'a str,
) -> impl Iterator<Item = &'a Operation> {
    let operations = provider.operations();
    operations.iter().filter(move |operation| {
        operation.demands().any(|(_, asked)| asked.alternatives().mention(scope))
    })
}

/// Returns the keys that ask for a scope; behind a key, that only the API does, or that it is one
/// alternative of several.
pub(crate) fn keys_with<'a>(
    provider: &'a Provider,
    scope: &'a str,
) -> impl Iterator<Item = (&'a str, &'static str)> {
    provider.capabilities.iter().filter_map(move |(key, capability)| {
        if capability.published.contains(scope) {
            Some((key.as_str(), ""))
        } else {
            let how = if capability.api().contains(scope) {
                "  (API only)"
            } else if capability.alternatives().mention(scope) {
                "  (in place of others)"
            } else {
                return None;
            };
            Some((key.as_str(), how))
        }
    })
}

/// Returns the scopes that include a scope by themselves.
pub(crate) fn scopes_including<'a>(
    provider: &'a Provider,
    scope: &'a str,
) -> impl Iterator<Item = &'a str> {
    let including = provider.scopes.iter().filter(move |(_, definition)| {
        definition.implies.iter().any(|implied| provider.wire_name(implied) == scope)
    });
    including.map(|(name, _)| name.as_str())
}

/// Returns the other names of a scope.
pub(crate) fn aliases_of<'a>(
    provider: &'a Provider,
    scope: &'a str,
) -> impl Iterator<Item = &'a str> {
    let aliases = provider.scope_aliases.iter().filter(move |(_, wire)| *wire == scope);
    aliases.map(|(alias, _)| alias.as_str())
}
