//! The entries of `secrets`. They have names only, and what stands where a value could is never shown:
//! it may be a real one.

use std::ops::Range;

use super::super::key::is_variable;
use super::super::node::{MappingEntry, Node, NodeKind};
use super::super::value::Fields;
use super::super::{Description, SecretRequirement};
use super::{Manner, Reader, missing_key};
use crate::error::{Advice, Remedy, advice};
use crate::findings::{Diagnostic, Rule};
use crate::text::escape::quoted;

const IN_SECRET: [&str; 3] = ["key", "description", "optional"];

impl Reader<'_> {
    pub(super) fn secrets(&mut self, node: &Node<'_>, around: &Manner) {
        if let NodeKind::Mapping(entries) = &node.kind {
            self.mapped(node, entries);
            return;
        }
        for item in self.values.items(node, "secrets") {
            match &item.kind {
                NodeKind::Refused => {}
                NodeKind::Mapping(entries) => self.entry(item, entries, around),
                _ => {
                    if let Some(name) = self.values.word(item, "a secret") {
                        self.secret(name, item.span.clone(), None, around.optional);
                    }
                }
            }
        }
    }

    /// Reports a mapping in the place of the list: most likely from names to values.
    fn mapped(&mut self, node: &Node<'_>, entries: &[MappingEntry<'_>]) {
        let name = entries.first().map_or("FAL_KEY", |first| &first.key);
        let help = advice![
            format!("write the names alone, as in `secrets: [{name}]`; "),
            Remedy::from(way_out(name))
        ];
        self.values.report(
            Diagnostic::new(
                Rule::WrongType,
                node.span.clone(),
                "`secrets` must be a list, and this is a mapping",
            )
            .hides(entries.iter().map(|entry| entry.value.span.clone()))
            .help(help),
        );
    }

    fn entry(&mut self, item: &Node<'_>, entries: &[MappingEntry<'_>], around: &Manner) {
        let name = entries.iter().find(|entry| entry.key == "key").map(|entry| &entry.value.kind);
        let name = match name {
            Some(NodeKind::Scalar(scalar)) => scalar.text.as_ref(),
            _ => "",
        };
        let unknown = |finding: Diagnostic, entry: &MappingEntry<'_>| {
            let finding = finding.hides([entry.value.span.clone()]);
            if finding.fix.is_some() { finding } else { finding.help(way_out(name)) }
        };
        let Some(fields) = self.values.fields_or(item, "a secret", &IN_SECRET, &[], unknown) else {
            return;
        };
        let manner = self.manner(&fields);
        if let Some((name, span)) = self.key(item, &fields) {
            let optional = manner.optional || around.optional;
            self.secret(name, span, manner.description, optional);
        }
    }

    /// Reads the `key` of a secret, which each must have.
    fn key(&mut self, node: &Node<'_>, fields: &Fields<'_>) -> Option<(String, Range<usize>)> {
        let Some(value) = fields.get("key") else {
            if !fields.misspelled("key") {
                self.values.report(missing_key(node));
            }
            return None;
        };
        self.values.word(value, "`key`").map(|key| (key, value.span.clone()))
    }

    fn secret(
        &mut self,
        name: String,
        span: Range<usize>,
        description: Option<Description>,
        optional: bool,
    ) {
        if !is_variable(&name) {
            self.values.report(bad_name(&name, span));
        } else if self.is_first(&name, &span) {
            self.found.secrets.push(SecretRequirement { name, description, optional, span });
        }
    }
}

fn bad_name(name: &str, span: Range<usize>) -> Diagnostic {
    let finding = |message| Diagnostic::new(Rule::BadSecretName, span.clone(), message);
    match name.split_once(['=', ':']).map(|(name, _)| name.trim()) {
        Some(name) if is_variable(name) => {
            finding(format!("{} stands here with more than its name", quoted(name)))
                .hides([span.clone()])
                .help(way_out(name))
        }
        _ => finding(format!("{} cannot be the name of a variable", quoted(name)))
            .help("use letters, digits and `_`, and start with no digit: `FAL_KEY`"),
    }
}

/// Returns the way out for the value of a secret in a manifest.
fn way_out(name: &str) -> Advice {
    let name = if is_variable(name) { name } else { "NAME" };
    advice![
        "a value does not belong here: ",
        Remedy::AddSecret { name: name.to_owned() }.request(),
        "; if this was a real one, replace it"
    ]
}
