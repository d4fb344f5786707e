//! The fields of an entry that are for the platform that hosts an app, and for people: they are checked
//! for their type, and not read.

use super::super::node::{Node, NodeKind};
use super::super::value::Fields;
use super::Reader;
use crate::text::scalar::ScalarType;

/// The fields that an entry of `credentials` may have beside those that are read.
pub(super) const ABOUT: [&str; 9] = [
    "provider",
    "auth",
    "name",
    "website",
    "display_name",
    "connection_scope",
    "instructions",
    "docs_url",
    "expires_after_days",
];

const IN_PROVIDER: [&str; 8] =
    ["slug", "name", "description", "website", "logo_uri", "docs_uri", "tos_uri", "policy_uri"];

impl Reader<'_> {
    /// Checks the fields of an entry that are not read. A `provider` that is a text is for the caller.
    pub(super) fn about(&mut self, fields: &Fields<'_>) {
        for (name, node) in ABOUT.into_iter().filter_map(|name| Some((name, fields.get(name)?))) {
            let what = format!("`{name}`");
            match name {
                "provider" => self.provider_about(node),
                "auth" if !matches!(node.kind, NodeKind::Mapping(_)) => {
                    self.values.wrong_type(node, &what, "a mapping");
                }
                "auth" => {}
                "expires_after_days" => self.number(node, &what),
                _ => drop(self.values.string(node, &what)),
            }
        }
    }

    fn provider_about(&mut self, node: &Node<'_>) {
        if matches!(node.kind, NodeKind::Scalar(_)) {
            return;
        }
        let Some(fields) = self.values.fields(node, "`provider`", &IN_PROVIDER, &[]) else {
            return;
        };
        for name in IN_PROVIDER {
            if let Some(text) = fields.get(name) {
                self.values.string(text, &format!("`{name}`"));
            }
        }
    }

    fn number(&mut self, node: &Node<'_>, what: &str) {
        let is_one = matches!(&node.kind, NodeKind::Scalar(scalar)
            if scalar.resolve() == ScalarType::Number);
        if !is_one {
            self.values.wrong_type(node, what, "a number");
        }
    }
}
