use std::collections::{BTreeSet, HashSet};

use super::BUILTIN;
use crate::catalog::Catalog;

mod reading;
mod standing;
mod x;

/// So that nothing has to be parsed to know it.
#[test]
fn the_table_says_what_the_files_say() {
    let catalog = Catalog::builtin();
    let mut slugs = HashSet::new();
    for (builtin, provider) in BUILTIN.iter().zip(catalog.providers()) {
        assert_eq!(builtin.slug, provider.slug.as_str());
        assert_eq!(builtin.env_prefix, provider.env_prefix, "{}", builtin.slug);
        let hosts: BTreeSet<_> = builtin.hosts.iter().map(ToString::to_string).collect();
        assert_eq!(hosts, provider.hosts(), "{}", builtin.slug);
        assert!(slugs.insert(builtin.slug));
    }
}

/// A host belongs to one provider or family, a prefix to one provider.
#[test]
fn providers_have_nothing_of_one_another() {
    for (at, one) in BUILTIN.iter().enumerate() {
        for other in &BUILTIN[at + 1..] {
            let shared = one.hosts.iter().any(|host| other.hosts.contains(host));
            assert!(!shared || one.family == other.family, "{} {}", one.slug, other.slug);
            let (one, other) = (format!("{}_", one.env_prefix), format!("{}_", other.env_prefix));
            assert!(!one.starts_with(&other) && !other.starts_with(&one), "{one} {other}");
        }
    }
}

/// All that is embedded, compressed as it is in the program.
#[test]
fn embedded_data_has_at_most_400_kb() {
    let sizes = BUILTIN.iter().map(|it| it.provider.len() + it.operations.len());
    let all: usize = sizes.sum();
    assert!(all <= 400_000, "{all}");
}
