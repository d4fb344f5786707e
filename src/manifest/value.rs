//! Values of the right type out of a tree, and findings about those of another.

use std::ops::Range;

use super::node::{MappingEntry, Node, NodeKind};
use super::word;
use crate::findings::{Diagnostic, MOST_FINDINGS, Rule};
use crate::text::escape::quoted;
use crate::text::nearest::{is_slip, nearest};
use crate::text::scalar::{Scalar, ScalarType};

/// Reads values, and keeps what is wrong with them.
pub(super) struct Values<'f> {
    findings: &'f mut Vec<Diagnostic>,
}

impl<'f> Values<'f> {
    pub(super) fn new(findings: &'f mut Vec<Diagnostic>) -> Self {
        Self { findings }
    }

    pub(super) fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    pub(super) fn strings(&mut self, list: &Node<'_>, name: &str) -> Vec<(String, Range<usize>)> {
        let mut strings = Vec::new();
        for item in self.items(list, name) {
            if let Some(text) = self.word(item, &format!("an entry of `{name}`")) {
                strings.push((text, item.span.clone()));
            }
        }
        strings
    }

    /// Reads the items of a list, which must have some.
    pub(super) fn items<'n, 'a>(&mut self, node: &'n Node<'a>, name: &str) -> &'n [Node<'a>] {
        match &node.kind {
            NodeKind::Sequence(items) if !items.is_empty() => return items,
            NodeKind::Sequence(_) => self.empty_list(node, name),
            NodeKind::Refused => {}
            _ if node.is_null() => self.empty_list(node, name),
            NodeKind::Scalar(scalar) if is_word(scalar) => self.report(
                wrong_type(node, &format!("`{name}`"), "a list")
                    .help(format!("write {}", quoted(&format!("{name}: [{}]", scalar.text)))),
            ),
            NodeKind::Scalar(scalar) if scalar.plain && scalar.text.starts_with('-') => self
                .report(
                    wrong_type(node, &format!("`{name}`"), "a list")
                        .help("write a space behind the `-` of each entry"),
                ),
            _ => self.wrong_type(node, &format!("`{name}`"), "a list"),
        }
        &[]
    }

    pub(super) fn empty_list(&mut self, node: &Node<'_>, name: &str) {
        self.report(
            Diagnostic::new(Rule::EmptyList, node.span.clone(), format!("`{name}` has no entries"))
                .help("add an entry, or remove the section"),
        );
    }

    pub(super) fn string(&mut self, node: &Node<'_>, what: &str) -> Option<String> {
        match &node.kind {
            NodeKind::Scalar(scalar) if scalar.resolve() == ScalarType::String => {
                Some(scalar.text.clone().into_owned())
            }
            NodeKind::Refused => None,
            _ => {
                self.wrong_type(node, what, "a string");
                None
            }
        }
    }

    /// Reads a string that decides what is required: one that every reader takes for a string.
    pub(super) fn word(&mut self, node: &Node<'_>, what: &str) -> Option<String> {
        if let NodeKind::Scalar(scalar) = &node.kind
            && scalar.is_ambiguous()
        {
            self.report(word::ambiguous(&scalar.text, node.span.clone()));
            return None;
        }
        self.string(node, what)
    }

    pub(super) fn boolean(&mut self, node: &Node<'_>) -> bool {
        let scalar = match &node.kind {
            NodeKind::Scalar(scalar) => scalar,
            NodeKind::Refused => return false,
            _ => {
                self.not_boolean(node, None);
                return false;
            }
        };
        if let ScalarType::Boolean(value) = scalar.resolve() {
            return value;
        }
        let meant = match scalar.text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" | "1" => Some("true"),
            "false" | "no" | "off" | "n" | "0" => Some("false"),
            _ => None,
        };
        self.not_boolean(node, meant);
        false
    }

    fn not_boolean(&mut self, node: &Node<'_>, meant: Option<&str>) {
        let finding = Diagnostic::new(
            Rule::NotBoolean,
            node.span.clone(),
            format!("`optional` must be `true` or `false`, and this is {}", node.describe()),
        );
        self.report(match meant {
            Some(meant) => finding.label(format!("write {meant}")).fix(meant),
            None => finding,
        });
    }

    pub(super) fn wrong_type(&mut self, node: &Node<'_>, what: &str, expected: &str) {
        if !matches!(node.kind, NodeKind::Refused) {
            self.report(wrong_type(node, what, expected));
        }
    }

    /// Reads the fields of a mapping, each of which must be one of `allowed`, or one of `others`, which
    /// no message recommends.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node<'_>,
        what: &str,
        allowed: &[&'static str],
        others: &[&'static str],
    ) -> Option<Fields<'n>> {
        self.fields_or(node, what, allowed, others, |finding, _| finding)
    }

    /// Reads the fields of a mapping; of one that is none of `allowed`, `tell` has more to say.
    pub(super) fn fields_or<'n>(
        &mut self,
        node: &'n Node<'_>,
        what: &str,
        allowed: &[&'static str],
        others: &[&'static str],
        tell: impl Fn(Diagnostic, &MappingEntry<'_>) -> Diagnostic,
    ) -> Option<Fields<'n>> {
        let NodeKind::Mapping(entries) = &node.kind else {
            self.wrong_type(node, what, "a mapping");
            return None;
        };
        let mut misspelled = Vec::new();
        let is_known = |name: &str| allowed.contains(&name) || others.contains(&name);
        for entry in entries.iter().filter(|entry| !is_known(&entry.key)) {
            let finding = Diagnostic::new(
                Rule::UnknownField,
                entry.key_span.clone(),
                format!("{what} has no field {}", quoted(&entry.key)),
            )
            .help(if entry.key == "required" && allowed.contains(&"optional") {
                "without `optional: true` it is required".to_owned()
            } else {
                format!("the fields are {}", list(allowed))
            });
            let meant = if self.findings.len() < MOST_FINDINGS {
                nearest(&entry.key, allowed.iter().chain(others).copied())
            } else {
                None
            };
            let finding = match meant {
                Some(meant) => {
                    misspelled.push(meant.to_owned());
                    let finding = finding.label(format!("did you mean `{meant}`?"));
                    if is_slip(&entry.key, meant) { finding.fix(meant) } else { finding }
                }
                None => finding,
            };
            self.report(tell(finding, entry));
        }
        Some(Fields { entries, misspelled })
    }
}

/// The fields of a mapping.
pub(super) struct Fields<'n> {
    entries: &'n [MappingEntry<'n>],
    /// The fields that were probably meant by unknown ones.
    misspelled: Vec<String>,
}

impl<'n> Fields<'n> {
    pub(super) fn get(&self, name: &str) -> Option<&'n Node<'n>> {
        self.entries.iter().find(|entry| entry.key == name).map(|entry| &entry.value)
    }

    pub(super) fn span(&self, name: &str) -> Option<Range<usize>> {
        self.entries.iter().find(|entry| entry.key == name).map(|entry| entry.key_span.clone())
    }

    pub(super) fn misspelled(&self, name: &str) -> bool {
        self.misspelled.iter().any(|meant| meant == name)
    }
}

/// Returns the finding for a value that is of no type that its place asks for.
pub(super) fn wrong_type(node: &Node<'_>, what: &str, expected: &str) -> Diagnostic {
    Diagnostic::new(
        Rule::WrongType,
        node.span.clone(),
        format!("{what} must be {expected}, and this is {}", node.describe()),
    )
}

/// Returns whether a scalar is a word that could be an entry of a list as it is.
fn is_word(scalar: &Scalar<'_>) -> bool {
    scalar.resolve() == ScalarType::String
        && !scalar.text.starts_with('-')
        && scalar.text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
