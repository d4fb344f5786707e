//! A provider file: it becomes a provider that can be used, or is refused where it is wrong.

use std::path::Path;

use xreq::catalog::{Catalog, Provider};
use xreq::error::{Code, Error};

const FILE: &str = "p.yaml";

/// Adds a provider file to the built-in catalog.
pub fn check(bytes: &[u8]) {
    let mut catalog = Catalog::builtin();
    match catalog.add_file(Path::new(FILE), bytes) {
        Ok(()) => is_usable(catalog.providers().last().expect("it was added")),
        Err(error) => says_where(&error, bytes),
    }
}

/// Everything that commands ask a provider can be asked.
fn is_usable(provider: &Provider) {
    for (key, capability) in &provider.capabilities {
        assert!(key.starts_with(&format!("{}.", provider.slug)), "{key}");
        assert!(!capability.published.is_empty(), "{key}");
        assert!(capability.published.is_covered_by(&capability.api()), "{key}");
    }
    for operation in provider.operations() {
        let meant = provider.operation(operation.method.name(), &operation.path);
        assert!(meant.is_some(), "{operation}");
        for keys in provider.keys_for(operation) {
            assert!(keys.iter().all(|key| provider.capability(key).is_some()), "{keys:?}");
        }
    }
    for name in provider.own_variables() {
        assert!(provider.variables().any(|known| known == name));
    }
    provider.recognise_token("acme_at_0123456789abcdef0123456789abcdef01234567");
    assert_eq!(provider.origin(), FILE);
}

/// Every line of the error names a place in the file, or is about all of it.
fn says_where(error: &Error, bytes: &[u8]) {
    assert!(matches!(error.code(), Code::CatalogInvalid | Code::CatalogConflict), "{error}");
    let message = error.to_string();
    let lines = 1 + bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    for told in message.split('\n') {
        assert!(!told.contains(char::is_control), "it gets to the terminal: {told:?}");
        let rest = told.strip_prefix(FILE).and_then(|rest| rest.strip_prefix(':'));
        let rest = rest.unwrap_or_else(|| panic!("no file in {told:?}"));
        if rest.starts_with(' ') {
            continue;
        }
        let mut numbers = rest.splitn(3, ':').map(str::parse::<usize>);
        let line = numbers.next().and_then(Result::ok).expect("a line");
        let column = numbers.next().and_then(Result::ok).expect("a column");
        assert!(
            (1..=lines + 1).contains(&line) && (1..=bytes.len() + 2).contains(&column),
            "{told}"
        );
    }
}
