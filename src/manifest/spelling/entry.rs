//! The entries of `integrations` and `credentials`.
//!
//! An entry of a list is a mapping that names what it requires, or the name alone as a string. A `key`
//! with a dot is a capability, one without is a provider, beside which raw `scopes` may stand. The
//! provider may also be called `slug` or `provider`, and more `capabilities` of it may be listed.
//!
//! Each may say which `kind` of credentials and which `part` of a consent serves it, and which variables
//! (`env`) the app's code reads.
//!
//! An entry of a mapping stands below its provider's name, and has `capabilities`, `scopes` and
//! `secrets`. One that lists secrets alone requires no provider: it is a group of secrets by that name.

use std::ops::Range;

use super::super::key::{self, Wanted, is_key, is_slug};
use super::super::node::{Node, NodeKind};
use super::super::value::Fields;
use super::super::{Integration, Scope};
use super::about::ABOUT;
use super::{List, Manner, Reader, missing_key};
use crate::findings::{Diagnostic, Rule};
use crate::text::escape::quoted;

const IN_LIST: [&str; 11] = [
    "key",
    "slug",
    "provider",
    "capabilities",
    "description",
    "optional",
    "scopes",
    "kind",
    "part",
    "env",
    "secrets",
];
const IN_MAPPING: [&str; 10] = [
    "capabilities",
    "scopes",
    "kind",
    "part",
    "env",
    "secrets",
    "optional",
    "description",
    "provider",
    "slug",
];

/// The fields of a list's entry that can name its provider. The first that is there decides.
const NAMES: [&str; 3] = ["slug", "provider", "key"];

/// The statements of an entry beside the names of what it requires.
struct Contents {
    manner: Manner,
    capabilities: Option<Vec<Word>>,
    scopes: Option<Vec<Scope>>,
}

/// A text and its place.
type Word = (String, Range<usize>);

impl Reader<'_> {
    pub(super) fn integrations(&mut self, node: &Node<'_>, list: List) {
        for item in self.values.items(node, list.name()) {
            match &item.kind {
                NodeKind::Refused => {}
                NodeKind::Mapping(_) => self.integration(item, list),
                _ => {
                    if let Some(key) = self.values.word(item, "an entry")
                        && self.is_key(&key, &item.span, Wanted::Key)
                    {
                        self.require((key, item.span.clone()), Vec::new(), Manner::default());
                    }
                }
            }
        }
    }

    /// Reads one provider of a `credentials` mapping.
    pub(super) fn provider(&mut self, slug: &str, span: &Range<usize>, node: &Node<'_>) {
        if !self.is_slug(slug, span, false) {
            return;
        }
        let owner = (slug.to_owned(), span.clone());
        if node.is_null() {
            self.require(owner, Vec::new(), Manner::default());
            return;
        }
        let Some(fields) = self.values.fields(node, &quoted(slug), &IN_MAPPING, &ABOUT) else {
            return;
        };
        self.about(&fields);
        if let Some(about) = fields.get("provider")
            && matches!(about.kind, NodeKind::Scalar(_))
        {
            self.values.wrong_type(about, "`provider`", "a mapping");
        }
        if let Some(again) = self.word(&fields, "slug") {
            self.agrees(&owner, &again);
        }
        let contents = self.contents(&fields);
        let is_group = contents.capabilities.is_none()
            && fields.get("secrets").is_some()
            && ["kind", "part", "env"].iter().all(|name| fields.get(name).is_none());
        self.parts(owner, contents, !is_group);
    }

    fn integration(&mut self, node: &Node<'_>, list: List) {
        let about = if list == List::Credentials { &ABOUT[..] } else { &[] };
        let Some(fields) = self.values.fields(node, "an entry", &IN_LIST, about) else { return };
        if list == List::Credentials {
            self.about(&fields);
        }
        let contents = self.contents(&fields);
        let Some((owner, capability)) = self.names(node, &fields, list) else { return };
        if let Some((key, span)) = &capability {
            if let Some(scopes) = fields.span("scopes") {
                let message = format!("{} is a capability and has scopes of its own", quoted(key));
                self.values.report(
                    Diagnostic::new(Rule::ScopesOnCapability, scopes, message)
                        .help("remove `scopes`, or require the provider with raw scopes instead"),
                );
                return;
            }
            self.capability(&owner.0, key, span, &contents.manner);
        }
        self.parts(owner, contents, capability.is_none());
    }

    /// Reads what names the provider of a list's entry, and the capability that is its `key`.
    fn names(
        &mut self,
        node: &Node<'_>,
        fields: &Fields<'_>,
        list: List,
    ) -> Option<(Word, Option<Word>)> {
        let is_name = |node: &Node<'_>| {
            list == List::Integrations || matches!(node.kind, NodeKind::Scalar(_))
        };
        let given = |name| fields.get(name).is_some_and(|node| name != "provider" || is_name(node));
        let given: Vec<_> = NAMES.into_iter().filter(|name| given(name)).collect();
        if given.is_empty() && !NAMES.iter().any(|name| fields.misspelled(name)) {
            self.values.report(missing_key(node));
        }
        let mut owner: Option<Word> = None;
        let mut capability = None;
        for name in given {
            let word = self.word(fields, name)?;
            let is_one = match name {
                "key" => self.is_key(&word.0, &word.1, Wanted::Key),
                _ => self.is_slug(&word.0, &word.1, true),
            };
            match &owner {
                _ if !is_one => return None,
                _ if word.0.contains('.') => capability = Some(word),
                Some(owner) => self.agrees(owner, &word),
                None => owner = Some(word),
            }
        }
        let of_capability =
            |(key, span): &Word| Some((key.split('.').next()?.to_owned(), span.clone()));
        let owner = owner.or_else(|| of_capability(capability.as_ref()?))?;
        Some((owner, capability))
    }

    fn word(&mut self, fields: &Fields<'_>, name: &str) -> Option<Word> {
        let node = fields.get(name)?;
        let text = self.values.word(node, &format!("`{name}`"))?;
        Some((text, node.span.clone()))
    }

    fn contents(&mut self, fields: &Fields<'_>) -> Contents {
        let manner = self.manner(fields);
        let list = fields.get("capabilities");
        let capabilities = list.map(|list| self.values.strings(list, "capabilities"));
        let scopes = fields.get("scopes").map(|list| self.scopes(list));
        if let Some(list) = fields.get("secrets") {
            self.secrets(list, &manner);
        }
        Contents { manner, capabilities, scopes }
    }

    /// Requires the capabilities that an entry lists, and its provider where there are scopes or, if
    /// `else_whole`, where it lists none.
    fn parts(&mut self, owner: Word, contents: Contents, else_whole: bool) {
        let Contents { manner, capabilities, scopes } = contents;
        for (key, span) in capabilities.iter().flatten() {
            self.capability(&owner.0, key, span, &manner);
        }
        match scopes {
            Some(scopes) => self.require(owner, scopes, manner),
            None if else_whole && capabilities.is_none() => self.require(owner, Vec::new(), manner),
            None => {}
        }
    }

    fn scopes(&mut self, list: &Node<'_>) -> Vec<Scope> {
        let scopes = self.values.strings(list, "scopes");
        scopes.into_iter().map(|(name, span)| Scope { name, span }).collect()
    }

    fn require(&mut self, (key, span): Word, scopes: Vec<Scope>, manner: Manner) {
        if self.is_first(&key, &span) {
            let Manner { description, kinds, parts, env, optional } = manner;
            self.found.integrations.push(Integration {
                key,
                scopes,
                description,
                kinds,
                parts,
                env,
                optional,
                span,
            });
        }
    }

    /// Reports a second name of an entry's provider, if it is another one.
    fn agrees(&mut self, owner: &Word, (again, span): &Word) {
        if *again != owner.0 {
            let message =
                format!("the entry is for {}, and for {}", quoted(&owner.0), quoted(again));
            self.values.report(
                Diagnostic::new(Rule::ProviderMismatch, span.clone(), message)
                    .related(owner.1.clone(), "the other one")
                    .help("keep one of the two names"),
            );
        }
    }

    fn capability(&mut self, slug: &str, key: &str, span: &Range<usize>, manner: &Manner) {
        if !self.is_key(key, span, Wanted::Capability) {
            return;
        }
        match key.split_once('.') {
            Some((own, _)) if own == slug => {
                self.require((key.to_owned(), span.clone()), Vec::new(), manner.clone());
            }
            Some((own, _)) => self.values.report(
                Diagnostic::new(
                    Rule::ProviderMismatch,
                    span.clone(),
                    format!(
                        "{} is a capability of {}, and stands below `{slug}`",
                        quoted(key),
                        quoted(own)
                    ),
                )
                .help(format!(
                    "write {} if it is one of `{slug}`; else move it below its own provider",
                    quoted(&format!("{slug}.{key}"))
                )),
            ),
            None => self.values.report(
                Diagnostic::new(
                    Rule::BadKey,
                    span.clone(),
                    format!("{} is not a capability of `{slug}`", quoted(key)),
                )
                .help("a capability has a dot: `x.tweet.read`"),
            ),
        }
    }

    fn is_slug(&mut self, slug: &str, span: &Range<usize>, in_list: bool) -> bool {
        let is_one = is_slug(slug);
        if !is_one {
            self.values.report(key::not_a_provider(slug, span.clone(), in_list));
        }
        is_one
    }

    fn is_key(&mut self, key: &str, span: &Range<usize>, wanted: Wanted) -> bool {
        let is_one = is_key(key);
        if !is_one {
            self.values.report(key::not_a_key(key, span.clone(), wanted));
        }
        is_one
    }
}
