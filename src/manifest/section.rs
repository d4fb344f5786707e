//! The sections of a manifest.

use super::key::{is_key, is_variable};
use super::node::{Node, NodeKind};
use crate::text::scalar::ScalarType;

/// The sections of a manifest's top level.
pub(super) const SECTIONS: [&str; 4] = ["requirements", "integrations", "credentials", "secrets"];

/// The sections that are lists of requirements, wherever they stand.
pub(super) const LISTS: [&str; 2] = ["integrations", "secrets"];

/// Returns whether a value has the form of a section: a list of keys, of names of secrets or of
/// entries, or a mapping with such a list.
pub(super) fn has_requirements(node: &Node<'_>) -> bool {
    let is_requirement = |item: &Node<'_>| match &item.kind {
        NodeKind::Scalar(scalar) => {
            scalar.resolve() == ScalarType::String
                && (is_key(&scalar.text) || is_variable(&scalar.text))
        }
        NodeKind::Mapping(fields) => {
            let has = |name: &str| fields.iter().any(|field| field.key == name);
            has("key") || has("capabilities") && (has("slug") || has("provider"))
        }
        _ => false,
    };
    match &node.kind {
        NodeKind::Sequence(items) => !items.is_empty() && items.iter().all(is_requirement),
        NodeKind::Mapping(entries) => entries
            .iter()
            .any(|entry| LISTS.contains(&entry.key.as_ref()) && has_requirements(&entry.value)),
        _ => false,
    }
}
