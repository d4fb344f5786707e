//! The spellings of requirements that are in use, and the one form that they mean.
//!
//! A manifest is the app's own file: of its top level, only the four sections below are read.
//! Inside a section everything is strict, since a misspelled `optional` is an outage later.
//!
//! | section | spelling |
//! | --- | --- |
//! | `requirements` | a mapping with `integrations`, `secrets`, `delivery` and `on_refresh`: the documented form |
//! | `integrations`, `secrets` | lists at the top level |
//! | `credentials` as a list | the entries of `integrations` under a newer name |
//! | `credentials` as a mapping | by provider: `capabilities`, `scopes`, `kind`, `env`, `secrets`, `optional` |
//!
//! The forms of an entry are in `entry`.

mod about;
mod entry;
mod kinds;
mod secrets;
mod staying;

use std::collections::HashMap;
use std::ops::Range;

use super::node::{MappingEntry, Node, NodeKind};
use super::section::{SECTIONS, has_requirements};
use super::unread;
use super::value::{Fields, Values, wrong_type};
use super::word;
use super::{Description, Requirements, Spanned, VariableName};
use crate::error::{Remedy, advice};
use crate::findings::{Diagnostic, Rule};
use crate::model::credential_id::{Kind, Part};
use crate::text::escape::quoted;
use crate::text::nearest::{is_slip, nearest};

const IN_REQUIREMENTS: [&str; 4] = ["integrations", "secrets", "delivery", "on_refresh"];

/// Reads the sections of a manifest into one form, and adds what is wrong with them.
pub fn normalise(root: &Node<'_>, findings: &mut Vec<Diagnostic>) -> Requirements {
    let values = Values::new(findings);
    let mut reader = Reader { found: Requirements::default(), seen: HashMap::new(), values };
    reader.manifest(root);
    reader.found
}

/// Returns the finding for a file without a document.
pub fn empty() -> Diagnostic {
    Diagnostic::new(Rule::Empty, 0..0, "the file has no manifest").help(advice![
        "declare what the app requires, or run ",
        Remedy::Init.request(),
        " for a commented example"
    ])
}

struct Reader<'f> {
    found: Requirements,
    /// The place where each key and secret was required first.
    seen: HashMap<String, Range<usize>>,
    values: Values<'f>,
}

/// The statements of an entry beside its key.
#[derive(Clone, Default)]
struct Manner {
    description: Option<Description>,
    kinds: Vec<Spanned<Kind>>,
    parts: Vec<Spanned<Part>>,
    env: Vec<VariableName>,
    optional: bool,
}

/// The lists that have entries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Integrations,
    Credentials,
}

impl List {
    fn name(self) -> &'static str {
        match self {
            Self::Integrations => "integrations",
            Self::Credentials => "credentials",
        }
    }
}

impl Reader<'_> {
    fn manifest(&mut self, root: &Node<'_>) {
        let NodeKind::Mapping(entries) = &root.kind else {
            if root.is_null() {
                self.values.report(empty());
            } else {
                self.values.wrong_type(root, "a manifest", "a mapping");
            }
            return;
        };
        self.conflicts(entries);
        let mut any = false;
        for MappingEntry { key, value, .. } in entries {
            match key.as_ref() {
                "requirements" => self.requirements(value),
                "integrations" => self.integrations(value, List::Integrations),
                "credentials" => self.credentials(value),
                "secrets" => {
                    self.secrets(value, &Manner::default());
                    continue;
                }
                _ => continue,
            }
            any = true;
        }
        let is_misspelled = self.misspelled(entries, any);
        if !is_misspelled && entries.iter().all(|entry| !SECTIONS.contains(&entry.key.as_ref())) {
            self.values.report(unread::finding(root));
        }
    }

    /// Reports conflicting sections: requirements stand in one; `secrets` may stand beside
    /// `integrations` and `credentials`, which have no place for secrets of their own kind.
    fn conflicts(&mut self, entries: &[MappingEntry<'_>]) {
        let mut first: Option<&MappingEntry<'_>> = None;
        for entry in entries.iter().filter(|entry| SECTIONS.contains(&entry.key.as_ref())) {
            let Some(other) = first else {
                first = Some(entry);
                continue;
            };
            let pair = [other.key.as_ref(), entry.key.as_ref()];
            if pair.contains(&"secrets") && !pair.contains(&"requirements") {
                if other.key == "secrets" {
                    first = Some(entry);
                }
                continue;
            }
            self.values.report(
                Diagnostic::new(
                    Rule::ConflictingSpelling,
                    entry.key_span.clone(),
                    format!("requirements stand both in `{}` and in `{}`", other.key, entry.key),
                )
                .related(other.key_span.clone(), "the first section")
                .help("keep one of the two spellings, with all entries in it"),
            );
        }
    }

    /// Reports keys that are nearly called like a section, and returns whether there are any.
    /// Beside a section that has integrations, a key of the app's own may be; it is no section
    /// where its value could not be that of one.
    fn misspelled(&mut self, entries: &[MappingEntry<'_>], any: bool) -> bool {
        let mut is_found = false;
        for entry in entries {
            let Some(meant) = nearest(&entry.key, SECTIONS).filter(|meant| entry.key != *meant)
            else {
                continue;
            };
            let is_slip = is_slip(&entry.key, meant);
            if any && !(is_slip && has_requirements(&entry.value)) {
                continue;
            }
            let consequence = if any { "" } else { ", and no integrations were found" };
            let finding = Diagnostic::new(
                Rule::MisspelledSection,
                entry.key_span.clone(),
                format!("{} is not read{consequence}", quoted(&entry.key)),
            )
            .label(format!("did you mean `{meant}`?"));
            self.values.report(if is_slip { finding.fix(meant) } else { finding });
            is_found = true;
        }
        is_found
    }

    fn requirements(&mut self, node: &Node<'_>) {
        if matches!(node.kind, NodeKind::Sequence(_)) || node.is_null() {
            self.values.report(
                wrong_type(node, "`requirements`", "a mapping")
                    .help("put the lists `integrations` and `secrets` below it"),
            );
            return;
        }
        let Some(fields) = self.values.fields(node, "`requirements`", &IN_REQUIREMENTS, &[]) else {
            return;
        };
        if let Some(list) = fields.get("integrations") {
            self.integrations(list, List::Integrations);
        }
        if let Some(list) = fields.get("secrets") {
            self.secrets(list, &Manner::default());
        }
        if let Some(list) = fields.get("delivery") {
            self.delivery(list);
        }
        if let Some(action) = fields.get("on_refresh") {
            self.on_refresh(action);
        }
    }

    fn credentials(&mut self, node: &Node<'_>) {
        match &node.kind {
            NodeKind::Mapping(providers) => {
                for MappingEntry { key, is_text, key_span, value } in providers {
                    if !is_text {
                        self.values.report(word::ambiguous(key, key_span.clone()));
                    }
                    self.provider(key, key_span, value);
                }
                if providers.is_empty() {
                    self.values.empty_list(node, "credentials");
                }
            }
            _ => self.integrations(node, List::Credentials),
        }
    }

    fn is_first(&mut self, key: &str, span: &Range<usize>) -> bool {
        if let Some(first) = self.seen.get(key) {
            self.values.report(
                Diagnostic::new(
                    Rule::DuplicateRequirement,
                    span.clone(),
                    format!("{} is required twice", quoted(key)),
                )
                .related(first.clone(), "first here")
                .help("keep one of the two entries"),
            );
            return false;
        }
        self.seen.insert(key.to_owned(), span.clone());
        true
    }

    fn manner(&mut self, fields: &Fields<'_>) -> Manner {
        Manner {
            description: fields.get("description").and_then(|node| {
                let text = self.values.string(node, "`description`")?;
                Some(Description { text, span: node.span.clone() })
            }),
            kinds: fields.get("kind").map_or_else(Vec::new, |node| self.kinds(node)),
            parts: fields.get("part").map_or_else(Vec::new, |node| self.named_parts(node)),
            env: fields.get("env").map_or_else(Vec::new, |node| self.variable_names(node)),
            optional: fields.get("optional").is_some_and(|o| self.values.boolean(o)),
        }
    }
}

/// Returns the finding for an entry without a name.
fn missing_key(node: &Node<'_>) -> Diagnostic {
    Diagnostic::new(Rule::MissingKey, node.span.clone(), "the entry has no `key`")
        .help("say what is required: `key: x.tweet.read`")
}
