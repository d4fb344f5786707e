//! The operations of an API by their paths, in a tree, so that the one that a request means is found without
//! a look at all the others.

use std::collections::HashMap;

use super::operation::Operation;
use super::template::{self, Literals, Segment};

/// The operations of an API, by their service and method, then by the segments of their paths.
#[derive(Debug)]
pub(super) struct Routes {
    services: HashMap<String, HashMap<&'static str, Node>>,
}

/// What is known of the paths that begin alike.
#[derive(Debug, Default)]
struct Node {
    /// The next segment is a text, here in lower case.
    literals: HashMap<String, Self>,
    /// The next segment is a parameter.
    parameter: Option<Box<Self>>,
    /// The operations whose paths end here, and those that may take the rest of a path.
    operations: Vec<Position>,
}

/// The position of an operation: among all of them, the most literal one first; and in the list.
type Position = (usize, usize);

impl Routes {
    /// Returns the tree of these operations.
    pub(super) fn of(operations: &[Operation]) -> Self {
        let mut by_rank: Vec<_> = operations.iter().enumerate().collect();
        // Of equals the first.
        by_rank.sort_by_cached_key(|(_, operation)| {
            std::cmp::Reverse(template::rank(&operation.path, &operation.parameters))
        });
        let mut routes = Self { services: HashMap::new() };
        for (rank, (at, operation)) in by_rank.into_iter().enumerate() {
            let service = operation.service.clone().unwrap_or_default();
            let methods = routes.services.entry(service).or_default();
            let mut node = methods.entry(operation.method.name()).or_default();
            for segment in template::segments(&operation.path) {
                node = match segment {
                    Segment::Literal(text) => {
                        node.literals.entry(text.to_ascii_lowercase()).or_default()
                    }
                    Segment::Parameter { takes_rest: false, .. } => {
                        node.parameter.get_or_insert_default()
                    }
                    Segment::Parameter { takes_rest: true, .. } => break,
                };
            }
            node.operations.push((rank, at));
        }
        routes
    }

    /// Returns the operation of a service, none being the API itself, that a request means: of those whose
    /// templates match the one that is more literal where they first differ. `operations` are those of which
    /// the tree was made.
    pub(super) fn find<'o>(
        &self,
        operations: &'o [Operation],
        service: Option<&str>,
        method: &str,
        path: &str,
        literals: Literals,
    ) -> Option<&'o Operation> {
        let node = self.services.get(service.unwrap_or_default())?.get(method)?;
        let lower = path.to_ascii_lowercase();
        let mut found = Vec::new();
        node.collect(Some(&lower), &mut found);
        found.sort_unstable();
        let operations = found.into_iter().map(|(_, at)| &operations[at]);
        operations.into_iter().find(|operation| {
            template::matches(&operation.path, &operation.parameters, path, literals)
        })
    }
}

impl Node {
    /// Adds the operations whose templates may match the rest of a path, in lower case: none, where its last
    /// segment was the one before.
    fn collect(&self, rest: Option<&str>, found: &mut Vec<Position>) {
        found.extend(&self.operations);
        let Some(rest) = rest else { return };
        let (segment, rest) = match rest.split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (rest, None),
        };
        if let Some(node) = self.literals.get(segment) {
            node.collect(rest, found);
        }
        if let Some(node) = &self.parameter {
            node.collect(rest, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::catalog::{Catalog, Provider};

    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

    /// Returns what [`Routes::find`] has to: by a look at all operations.
    fn linear<'o>(
        operations: &'o [Operation],
        service: Option<&str>,
        method: &str,
        path: &str,
        literals: Literals,
    ) -> Option<&'o Operation> {
        let matches = |it: &&Operation| {
            it.method.name() == method
                && it.service.as_deref() == service
                && template::matches(&it.path, &it.parameters, path, literals)
        };
        let found = operations.iter().rev().filter(matches);
        found.max_by_key(|operation| template::rank(&operation.path, &operation.parameters))
    }

    /// Holds the tree of a provider against the look at all its operations.
    fn check(provider: &Provider, service: Option<&str>, method: &str, path: &str) -> bool {
        let (operations, routes) = (provider.operations(), Routes::of(provider.operations()));
        let mut is_one = false;
        for literals in [Literals::Exact, Literals::AnyCase] {
            let found = routes.find(operations, service, method, path, literals);
            let expected = linear(operations, service, method, path, literals);
            assert_eq!(
                found.map(std::ptr::from_ref),
                expected.map(std::ptr::from_ref),
                "{service:?} {method} {path}: {found:?} {expected:?}"
            );
            is_one |= found.is_some();
        }
        is_one
    }

    #[test]
    fn every_template_leads_to_what_a_look_at_all_operations_finds() {
        for provider in CATALOG.providers() {
            for operation in provider.operations() {
                let service = operation.service.as_deref();
                assert!(check(provider, service, operation.method.name(), &operation.path));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

        /// Of paths that are made of those of operations: filled, cut, joined, in another case.
        #[test]
        fn the_tree_finds_what_a_look_at_all_operations_does(
            provider in 0_usize..64,
            operation in any::<prop::sample::Index>(),
            other in any::<prop::sample::Index>(),
            values in proptest::collection::vec(
                prop_oneof!["[0-9]{1,6}", "[a-zA-Z_]{1,6}", "me|public|search|by|A1:B2|a%40b|\\{id\\}||\\.\\."],
                8,
            ),
            is_upper in any::<bool>(),
            cut in 0_usize..12,
            is_cut in any::<bool>(),
            is_of_other_method in any::<bool>(),
        ) {
            let providers: Vec<_> = CATALOG.providers().collect();
            let provider = providers[provider % providers.len()];
            let operations = provider.operations();
            let (own, other) = (operation.get(operations), other.get(operations));
            let mut values = values.into_iter();
            let filled = own.path.split('/').map(|segment| match segment.split_once('}') {
                Some((_, suffix)) => format!("{}{suffix}", values.next().unwrap_or_default()),
                None if is_upper => segment.to_ascii_uppercase(),
                None => segment.to_owned(),
            });
            let mut segments: Vec<_> = filled.collect();
            if is_cut {
                segments.truncate(cut);
                segments.extend(other.path.split('/').skip(cut).map(str::to_owned));
            }
            let method = if is_of_other_method { other } else { own }.method.name();
            check(provider, own.service.as_deref(), method, &segments.join("/"));
        }
    }
}
