//! The six spellings of requirements that are in use, and the one form that they mean.
//!
//! A manifest is the app's own file: of its top level, only the four sections below are read.
//! Inside a section everything is strict, since a misspelled `optional` is an outage later.
//!
//! | section | spelling |
//! | --- | --- |
//! | `requirements` | a mapping with `integrations` and `secrets`: the documented form |
//! | `integrations`, `secrets` | lists at the top level |
//! | `credentials` as a list | the entries of `integrations` under a newer name |
//! | `credentials` as a mapping | by provider: `capabilities`, `scopes`, `secrets`, `optional` |
//!
//! An entry of a list is a mapping with a `key`, or the key alone as a string. A key with a dot is
//! a capability, one without is a provider, beside which raw `scopes` may stand.

use std::collections::HashMap;
use std::ops::Range;

use super::yaml::{Entry, Kind, Node, ScalarType};
use super::{Integration, Requirements, Scope, Secret};

use crate::diagnostic::{Diagnostic, Rule, quoted};
use crate::nearest::nearest;

const SECTIONS: [&str; 4] = ["requirements", "integrations", "credentials", "secrets"];
const IN_REQUIREMENTS: [&str; 2] = ["integrations", "secrets"];
const IN_INTEGRATION: [&str; 5] = ["key", "description", "optional", "scopes", "secrets"];
const IN_SECRET: [&str; 3] = ["key", "description", "optional"];
const IN_PROVIDER: [&str; 6] =
    ["capabilities", "scopes", "secrets", "optional", "description", "provider"];

/// Reads the sections of a manifest into one form, and adds what is wrong with them.
pub fn normalise(root: &Node<'_>, findings: &mut Vec<Diagnostic>) -> Requirements {
    let mut reader = Reader { found: Requirements::default(), seen: HashMap::new(), findings };
    reader.manifest(root);
    reader.found
}

/// The finding for a file without a document.
pub fn empty() -> Diagnostic {
    Diagnostic::new(Rule::Empty, 0..0, "the file has no manifest")
        .help("declare what the app requires, or run `xreq init` for a commented example")
}

struct Reader<'f> {
    found: Requirements,
    /// Where each key and secret was required first.
    seen: HashMap<String, Range<usize>>,
    findings: &'f mut Vec<Diagnostic>,
}

/// What an entry says beside its key.
#[derive(Clone, Default)]
struct Manner {
    description: Option<String>,
    optional: bool,
}

impl Reader<'_> {
    fn manifest(&mut self, root: &Node<'_>) {
        let Kind::Mapping(entries) = &root.kind else {
            if root.is_null() {
                self.findings.push(empty());
            } else {
                self.wrong_type(root, "a manifest", "a mapping");
            }
            return;
        };
        self.conflicts(entries);
        let mut any = false;
        for Entry { key, value, .. } in entries {
            match key.as_ref() {
                "requirements" => self.requirements(value),
                "integrations" => self.integrations(value, "integrations"),
                "secrets" => self.secrets(value, &Manner::default()),
                "credentials" => self.credentials(value),
                _ => continue,
            }
            any = true;
        }
        if !any {
            self.misspelled(entries);
        }
    }

    /// Requirements stand in one section; `secrets` may stand beside `integrations` and
    /// `credentials`, which have no place for secrets of their own kind.
    fn conflicts(&mut self, entries: &[Entry<'_>]) {
        let mut first: Option<&Entry<'_>> = None;
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
            self.findings.push(
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

    fn misspelled(&mut self, entries: &[Entry<'_>]) {
        for entry in entries {
            let Some(meant) = nearest(&entry.key, SECTIONS) else { continue };
            self.findings.push(
                Diagnostic::new(
                    Rule::MisspelledSection,
                    entry.key_span.clone(),
                    format!("{} is not read, and no requirements were found", quoted(&entry.key)),
                )
                .label(format!("did you mean `{meant}`?"))
                .fix(meant),
            );
        }
    }

    fn requirements(&mut self, node: &Node<'_>) {
        let Some(fields) = self.fields(node, "`requirements`", &IN_REQUIREMENTS) else { return };
        if let Some(list) = fields.get("integrations") {
            self.integrations(list, "integrations");
        }
        if let Some(list) = fields.get("secrets") {
            self.secrets(list, &Manner::default());
        }
    }

    fn credentials(&mut self, node: &Node<'_>) {
        match &node.kind {
            Kind::Mapping(providers) => {
                for Entry { key, key_span, value } in providers {
                    self.provider(key, key_span, value);
                }
                if providers.is_empty() {
                    self.empty_list(node, "credentials");
                }
            }
            _ => self.integrations(node, "credentials"),
        }
    }

    /// One provider of a `credentials` mapping.
    fn provider(&mut self, slug: &str, slug_span: &Range<usize>, node: &Node<'_>) {
        if !self.is_slug(slug, slug_span) {
            return;
        }
        let whole = |manner: Manner, scopes| Integration {
            key: slug.to_owned(),
            scopes,
            description: manner.description,
            optional: manner.optional,
            span: slug_span.clone(),
        };
        if node.is_null() {
            self.require(whole(Manner::default(), Vec::new()));
            return;
        }
        let Some(fields) = self.fields(node, &quoted(slug), &IN_PROVIDER) else { return };
        let manner = self.manner(&fields);
        if let Some(about) = fields.get("provider")
            && !matches!(about.kind, Kind::Mapping(_) | Kind::Refused)
        {
            self.wrong_type(about, "`provider`", "a mapping");
        }
        let capabilities =
            fields.get("capabilities").map(|list| self.strings(list, "capabilities"));
        for (key, span) in capabilities.iter().flatten() {
            self.capability(slug, key, span, &manner);
        }
        let scopes = fields.get("scopes").map(|list| self.scopes(list));
        if let Some(list) = fields.get("secrets") {
            self.secrets(list, &manner);
        }
        match scopes {
            Some(scopes) => self.require(whole(manner, scopes)),
            None if capabilities.is_none() && fields.get("secrets").is_none() => {
                self.require(whole(manner, Vec::new()));
            }
            None => {}
        }
    }

    fn capability(&mut self, slug: &str, key: &str, span: &Range<usize>, manner: &Manner) {
        if !self.is_key(key, span) {
            return;
        }
        match key.split_once('.') {
            Some((own, _)) if own == slug => self.require(Integration {
                key: key.to_owned(),
                scopes: Vec::new(),
                description: manner.description.clone(),
                optional: manner.optional,
                span: span.clone(),
            }),
            Some((own, _)) => self.findings.push(
                Diagnostic::new(
                    Rule::ProviderMismatch,
                    span.clone(),
                    format!(
                        "{} is a capability of {}, and stands below `{slug}`",
                        quoted(key),
                        quoted(own)
                    ),
                )
                .help("move it below its own provider"),
            ),
            None => self.findings.push(
                Diagnostic::new(
                    Rule::BadKey,
                    span.clone(),
                    format!("{} is not a capability of `{slug}`", quoted(key)),
                )
                .help("a capability has a dot: `x.tweet.read`"),
            ),
        }
    }

    fn integrations(&mut self, node: &Node<'_>, section: &str) {
        for item in self.items(node, section) {
            match &item.kind {
                Kind::Refused => {}
                Kind::Mapping(_) => self.integration(item),
                _ => {
                    if let Some(key) = self.string(item, "an entry")
                        && self.is_key(&key, &item.span)
                    {
                        self.require(Integration {
                            key,
                            scopes: Vec::new(),
                            description: None,
                            optional: false,
                            span: item.span.clone(),
                        });
                    }
                }
            }
        }
    }

    fn integration(&mut self, node: &Node<'_>) {
        let Some(fields) = self.fields(node, "an entry", &IN_INTEGRATION) else { return };
        let manner = self.manner(&fields);
        let scopes = fields.get("scopes").map(|list| self.scopes(list));
        if let Some(list) = fields.get("secrets") {
            self.secrets(list, &manner);
        }
        let Some((key, span)) = self.key(node, &fields) else { return };
        if !self.is_key(&key, &span) {
            return;
        }
        if let Some(scopes_span) = fields.span("scopes")
            && key.contains('.')
        {
            self.findings.push(
                Diagnostic::new(
                    Rule::ScopesOnCapability,
                    scopes_span,
                    format!("{} is a capability and has scopes of its own", quoted(&key)),
                )
                .help("remove `scopes`, or require the provider with raw scopes instead"),
            );
            return;
        }
        self.require(Integration {
            key,
            scopes: scopes.unwrap_or_default(),
            description: manner.description,
            optional: manner.optional,
            span,
        });
    }

    fn secrets(&mut self, node: &Node<'_>, around: &Manner) {
        for item in self.items(node, "secrets") {
            match &item.kind {
                Kind::Refused => {}
                Kind::Mapping(_) => {
                    let Some(fields) = self.fields(item, "a secret", &IN_SECRET) else { continue };
                    let manner = self.manner(&fields);
                    if let Some((name, span)) = self.key(item, &fields) {
                        let optional = manner.optional || around.optional;
                        self.secret(name, span, manner.description, optional);
                    }
                }
                _ => {
                    if let Some(name) = self.string(item, "a secret") {
                        self.secret(name, item.span.clone(), None, around.optional);
                    }
                }
            }
        }
    }

    fn secret(
        &mut self,
        name: String,
        span: Range<usize>,
        description: Option<String>,
        optional: bool,
    ) {
        if !is_variable(&name) {
            self.findings.push(
                Diagnostic::new(
                    Rule::BadSecretName,
                    span,
                    format!("{} cannot be the name of a variable", quoted(&name)),
                )
                .help("use letters, digits and `_`, and start with no digit: `FAL_KEY`"),
            );
        } else if self.is_first(&name, &span) {
            self.found.secrets.push(Secret { name, description, optional, span });
        }
    }

    fn require(&mut self, integration: Integration) {
        if self.is_first(&integration.key, &integration.span) {
            self.found.integrations.push(integration);
        }
    }

    fn is_first(&mut self, key: &str, span: &Range<usize>) -> bool {
        if let Some(first) = self.seen.get(key) {
            self.findings.push(
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

    /// The `key` of an entry, which every entry must have.
    fn key(&mut self, node: &Node<'_>, fields: &Fields<'_>) -> Option<(String, Range<usize>)> {
        let Some(value) = fields.get("key") else {
            if !fields.misspelled("key") {
                self.findings.push(
                    Diagnostic::new(Rule::MissingKey, node.span.clone(), "the entry has no `key`")
                        .help("say what is required: `key: x.tweet.read`"),
                );
            }
            return None;
        };
        self.string(value, "`key`").map(|key| (key, value.span.clone()))
    }

    fn manner(&mut self, fields: &Fields<'_>) -> Manner {
        Manner {
            description: fields.get("description").and_then(|d| self.string(d, "`description`")),
            optional: fields.get("optional").is_some_and(|o| self.boolean(o)),
        }
    }

    fn scopes(&mut self, list: &Node<'_>) -> Vec<Scope> {
        let scopes = self.strings(list, "scopes");
        scopes.into_iter().map(|(name, span)| Scope { name, span }).collect()
    }

    fn strings(&mut self, list: &Node<'_>, name: &str) -> Vec<(String, Range<usize>)> {
        let mut strings = Vec::new();
        for item in self.items(list, name) {
            if let Some(text) = self.string(item, &format!("an entry of `{name}`")) {
                strings.push((text, item.span.clone()));
            }
        }
        strings
    }

    /// The items of a list, which must have some.
    fn items<'n, 'a>(&mut self, node: &'n Node<'a>, name: &str) -> &'n [Node<'a>] {
        match &node.kind {
            Kind::Sequence(items) if !items.is_empty() => return items,
            Kind::Sequence(_) => self.empty_list(node, name),
            Kind::Refused => {}
            _ if node.is_null() => self.empty_list(node, name),
            _ => self.wrong_type(node, &format!("`{name}`"), "a list"),
        }
        &[]
    }

    fn empty_list(&mut self, node: &Node<'_>, name: &str) {
        self.findings.push(
            Diagnostic::new(Rule::EmptyList, node.span.clone(), format!("`{name}` has no entries"))
                .help("add an entry, or remove the section"),
        );
    }

    fn string(&mut self, node: &Node<'_>, what: &str) -> Option<String> {
        match &node.kind {
            Kind::Scalar(scalar) if scalar.resolve() == ScalarType::String => {
                Some(scalar.text.clone().into_owned())
            }
            Kind::Refused => None,
            _ => {
                self.wrong_type(node, what, "a string");
                None
            }
        }
    }

    fn boolean(&mut self, node: &Node<'_>) -> bool {
        let scalar = match &node.kind {
            Kind::Scalar(scalar) => scalar,
            Kind::Refused => return false,
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
        self.findings.push(match meant {
            Some(meant) => finding.label(format!("write {meant}")).fix(meant),
            None => finding,
        });
    }

    fn wrong_type(&mut self, node: &Node<'_>, what: &str, expected: &str) {
        if !matches!(node.kind, Kind::Refused) {
            self.findings.push(Diagnostic::new(
                Rule::WrongType,
                node.span.clone(),
                format!("{what} must be {expected}, and this is {}", node.describe()),
            ));
        }
    }

    /// The fields of a mapping, each of which must be one of `allowed`.
    fn fields<'n>(
        &mut self,
        node: &'n Node<'_>,
        what: &str,
        allowed: &[&'static str],
    ) -> Option<Fields<'n>> {
        let Kind::Mapping(entries) = &node.kind else {
            self.wrong_type(node, what, "a mapping");
            return None;
        };
        let mut misspelled = Vec::new();
        for entry in entries.iter().filter(|entry| !allowed.contains(&entry.key.as_ref())) {
            let finding = Diagnostic::new(
                Rule::UnknownField,
                entry.key_span.clone(),
                format!("{what} has no field {}", quoted(&entry.key)),
            )
            .help(format!("the fields are {}", list(allowed)));
            self.findings.push(match nearest(&entry.key, allowed.iter().copied()) {
                Some(meant) => {
                    misspelled.push(meant.to_owned());
                    finding.label(format!("did you mean `{meant}`?")).fix(meant)
                }
                None => finding,
            });
        }
        Some(Fields { entries, misspelled })
    }

    fn is_slug(&mut self, slug: &str, span: &Range<usize>) -> bool {
        if is_slug(slug) {
            return true;
        }
        let finding = Diagnostic::new(
            Rule::BadKey,
            span.clone(),
            format!("{} cannot be the name of a provider", quoted(slug)),
        );
        let lower = slug.trim().to_lowercase();
        self.findings.push(match slug.split_once('.') {
            Some((own, _)) if is_slug(own) => finding.help(format!(
                "write {} and list it among its `capabilities`",
                quoted(&format!("{own}:"))
            )),
            _ if is_slug(&lower) => finding.label(format!("did you mean `{lower}`?")).fix(lower),
            _ => finding.help("it has lower-case letters, digits and `-`: `x`"),
        });
        false
    }

    fn is_key(&mut self, key: &str, span: &Range<usize>) -> bool {
        if is_key(key) {
            return true;
        }
        let finding = Diagnostic::new(
            Rule::BadKey,
            span.clone(),
            format!("{} is not an integration key", quoted(key)),
        );
        let lower = key.trim().trim_matches('.').to_lowercase();
        self.findings.push(if is_variable(key) && key.contains('_') {
            finding.help("if it is a secret, list it in `secrets`")
        } else if is_key(&lower) {
            finding.label(format!("did you mean `{lower}`?")).fix(lower)
        } else {
            finding.help("write a capability such as `x.tweet.read`, or a provider such as `x`")
        });
        false
    }
}

/// The fields of a mapping.
struct Fields<'n> {
    entries: &'n [Entry<'n>],
    /// The fields that were probably meant by unknown ones.
    misspelled: Vec<String>,
}

impl<'n> Fields<'n> {
    fn get(&self, name: &str) -> Option<&'n Node<'n>> {
        self.entries.iter().find(|entry| entry.key == name).map(|entry| &entry.value)
    }

    fn span(&self, name: &str) -> Option<Range<usize>> {
        self.entries.iter().find(|entry| entry.key == name).map(|entry| entry.key_span.clone())
    }

    fn misspelled(&self, name: &str) -> bool {
        self.misspelled.iter().any(|meant| meant == name)
    }
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn is_slug(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(is_key_byte)
}

fn is_key(text: &str) -> bool {
    let mut parts = text.split('.');
    parts.next().is_some_and(is_slug)
        && parts.all(|part| !part.is_empty() && part.bytes().all(is_key_byte))
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
}

/// Whether a text can be the name of an environment variable (POSIX.1-2024, XBD 3.216 "Name").
fn is_variable(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
