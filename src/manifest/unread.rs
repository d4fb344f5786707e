//! Requirements that stand where nobody reads them, in a manifest that has none of the sections.

use std::ops::Range;

use super::key::is_key;
use super::node::{Node, NodeKind};
use super::section::{SECTIONS, has_requirements};
use crate::findings::{Diagnostic, Rule};
use crate::text::escape::quoted;
use crate::text::scalar::ScalarType;

/// Returns the finding for a manifest without any section. Its place is what looks like one; where
/// nothing does, it is empty, at the start of the document.
pub(super) fn finding(root: &Node<'_>) -> Diagnostic {
    let finding = |place| Diagnostic::new(Rule::RequiresNothing, place, "nothing is required");
    match find(root) {
        Some(Found { mut steps, name, place }) => {
            steps.reverse();
            let path = steps.concat();
            let path = path.trim_start_matches('.');
            let found = finding(place).label(format!("{} is not read", quoted(path)));
            found.help(match name {
                Some(section @ ("requirements" | "credentials")) => {
                    format!("{} has to stand at the top level", quoted(section))
                }
                Some(section) => format!(
                    "{} has to stand at the top level, or below `requirements`",
                    quoted(section)
                ),
                None => "the sections that are read are `requirements`, `integrations`, \
                         `credentials` and `secrets`, at the top level"
                    .to_owned(),
            })
        }
        None => finding(start(root)).help(
            "if this is a manifest of xreq, declare what the app requires; where it is nothing, say \
             so with `requirements: {}`",
        ),
    }
}

/// Returns the place of the first key.
fn start(root: &Node<'_>) -> Range<usize> {
    let start = match &root.kind {
        NodeKind::Mapping(entries) => entries.first().map(|first| first.key_span.start),
        _ => None,
    };
    let start = start.unwrap_or(root.span.start);
    start..start
}

/// A value that looks like a section.
struct Found {
    /// The way to it from its end, as in `spec.integrations` and `apps[0].secrets`.
    steps: Vec<String>,
    /// The section that it is called like.
    name: Option<&'static str>,
    place: Range<usize>,
}

impl Found {
    fn within(mut self, step: String) -> Self {
        self.steps.push(step);
        self
    }
}

/// Finds the first thing in the order of the text. The tree is bounded in its depth; a way is
/// written down once there is something at its end.
fn find(node: &Node<'_>) -> Option<Found> {
    match &node.kind {
        NodeKind::Mapping(entries) => entries.iter().find_map(|entry| {
            let name = SECTIONS.into_iter().find(|name| entry.key == *name);
            let is_one = match name {
                Some(name) => is_section(name, &entry.value),
                None => lists_keys(&entry.value),
            };
            let found = if is_one {
                Some(Found { steps: Vec::new(), name, place: entry.key_span.clone() })
            } else {
                find(&entry.value)
            };
            found.map(|found| found.within(format!(".{}", entry.key)))
        }),
        NodeKind::Sequence(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, item)| find(item).map(|found| found.within(format!("[{at}]")))),
        _ => None,
    }
}

/// Returns whether a value that is called like a section could be one. Lists of other programs have
/// the same names: `requirements: [numpy]`, and a service's `secrets`.
fn is_section(name: &str, value: &Node<'_>) -> bool {
    match (name, &value.kind) {
        ("requirements", NodeKind::Sequence(_)) => false,
        ("credentials", NodeKind::Mapping(providers)) => providers.iter().any(|provider| {
            matches!(&provider.value.kind, NodeKind::Mapping(fields)
                if fields.iter().any(|field| field.key == "capabilities" && lists_keys(&field.value)))
        }),
        _ => has_requirements(value),
    }
}

/// Returns whether a value is a list of capabilities, as they are or as entries: `x.tweet.read`.
fn lists_keys(node: &Node<'_>) -> bool {
    let is_capability = |node: &Node<'_>| {
        matches!(&node.kind, NodeKind::Scalar(scalar)
            if scalar.resolve() == ScalarType::String
                && scalar.text.matches('.').count() >= 2
                && is_key(&scalar.text))
    };
    let requires = |item: &Node<'_>| match &item.kind {
        NodeKind::Mapping(fields) => fields.iter().any(|field| match field.key.as_ref() {
            "key" => is_capability(&field.value),
            "capabilities" => lists_keys(&field.value),
            _ => false,
        }),
        _ => is_capability(item),
    };
    matches!(&node.kind, NodeKind::Sequence(items) if !items.is_empty() && items.iter().all(requires))
}
