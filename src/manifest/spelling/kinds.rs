//! The statements of an entry about credentials: which kinds of them and which parts of a consent may serve
//! it, and which variables the app's code reads them from.

use std::ops::Range;

use super::super::key::is_variable;
use super::super::node::{MappingEntry, Node, NodeKind};
use super::super::{Spanned, VariableName};
use super::Reader;
use crate::findings::{Diagnostic, Rule};
use crate::model::credential_id::{Kind, Part};
use crate::model::variable_content::VariableContent;
use crate::text::escape::quoted;
use crate::text::nearest::{is_slip, nearest};

impl Reader<'_> {
    /// Reads `kind`: one name, or a list of names in order of preference.
    pub(super) fn kinds(&mut self, node: &Node<'_>) -> Vec<Spanned<Kind>> {
        let mut kinds = Vec::new();
        for (word, span) in self.words(node, "kind") {
            if let Ok(kind) = word.parse::<Kind>() {
                self.list(&mut kinds, kind, (kind.name(), span));
                continue;
            }
            let message = format!("{} is no kind of credentials", quoted(&word));
            let finding = Diagnostic::new(Rule::BadValue, span, message);
            self.bad(finding, &word, Kind::ALL.map(Kind::name));
        }
        kinds
    }

    /// Reads `part`: one name of a token, or a list of names in order of preference.
    pub(super) fn named_parts(&mut self, node: &Node<'_>) -> Vec<Spanned<Part>> {
        let mut parts = Vec::new();
        for (word, span) in self.words(node, "part") {
            if let Ok(part) = word.parse::<Part>() {
                self.list(&mut parts, part, (&word, span));
                continue;
            }
            let message = format!("{} cannot be the name of a token", quoted(&word));
            let finding = Diagnostic::new(Rule::BadValue, span, message);
            self.values.report(finding.help("a provider names its tokens as it is named: `bot`"));
        }
        parts
    }

    /// Reads one word, or a list of words.
    fn words(&mut self, node: &Node<'_>, field: &str) -> Vec<(String, Range<usize>)> {
        match &node.kind {
            NodeKind::Scalar(_) if !node.is_null() => {
                let word = self.values.word(node, &format!("`{field}`"));
                word.map(|word| (word, node.span.clone())).into_iter().collect()
            }
            _ => self.values.strings(node, field),
        }
    }

    /// Adds a value to a list, if that does not have it.
    fn list<T: PartialEq>(
        &mut self,
        listed: &mut Vec<Spanned<T>>,
        value: T,
        (name, span): (&str, Range<usize>),
    ) {
        let Some(first) = listed.iter().find(|known| known.value == value) else {
            listed.push(Spanned { value, span });
            return;
        };
        let finding = Diagnostic::new(Rule::BadValue, span, format!("`{name}` is listed twice"));
        let finding = finding.related(first.span.clone(), "first here");
        self.values.report(finding.help("keep one of the two"));
    }

    /// Reads `env`: variables by their contents.
    pub(super) fn variable_names(&mut self, node: &Node<'_>) -> Vec<VariableName> {
        let NodeKind::Mapping(entries) = &node.kind else {
            if !matches!(node.kind, NodeKind::Refused) {
                self.values.wrong_type(node, "`env`", "a mapping");
            }
            return Vec::new();
        };
        if entries.is_empty() {
            self.values.empty_list(node, "env");
        }
        let mut names = Vec::new();
        for MappingEntry { key, key_span, value, .. } in entries {
            let Some(content) = VariableContent::named(key) else {
                let message =
                    format!("{} is nothing that an agent gets in a variable", quoted(key));
                let finding = Diagnostic::new(Rule::BadValue, key_span.clone(), message);
                self.bad(finding, key, VariableContent::ALL.map(VariableContent::name));
                continue;
            };
            let Some(name) = self.values.word(value, "the name of a variable") else { continue };
            if is_variable(&name) {
                names.push(VariableName { content, name, span: value.span.clone() });
            } else {
                let message = format!("{} cannot be the name of a variable", quoted(&name));
                let finding = Diagnostic::new(Rule::BadValue, value.span.clone(), message);
                let help = "use letters, digits and `_`, and start with no digit: \
                            `TWITTER_ACCESS_TOKEN`";
                self.values.report(finding.help(help));
            }
        }
        names
    }

    /// Reports a word that is none of several, and asks for what was meant.
    fn bad<const N: usize>(&mut self, finding: Diagnostic, word: &str, known: [&'static str; N]) {
        let finding = if let Some(meant) = nearest(word, known) {
            let finding = finding.label(format!("did you mean `{meant}`?"));
            if is_slip(word, meant) { finding.fix(meant) } else { finding }
        } else {
            let known: Vec<_> = known.iter().map(|known| format!("`{known}`")).collect();
            finding.help(format!("known are {}", known.join(", ")))
        };
        self.values.report(finding);
    }
}
