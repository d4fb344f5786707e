//! YAML as a tree that knows the place of each node.
//!
//! The parser gives events with byte ranges; the tree keeps them, so that every later finding can
//! point at its place. The dialect is narrow on purpose. Anchors, aliases, merge keys, tags,
//! directives and further documents are refused by name: they make a file mean something else than
//! a reviewer reads, and they are how a small file becomes a large one. Scalars follow the core
//! schema of YAML 1.2.2 (section 10.3.2), in which `no` is a word and not a boolean.
//!
//! Size, nesting and the number of values are bounded. A construct that is refused but leaves the
//! structure intact is reported and reading goes on, so that one run reports all of it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, options};

use super::look_alike;
use super::node::{MappingEntry, Node, NodeKind};
use super::syntax;
use super::word;
use crate::findings::{Diagnostic, Rule};
use crate::text::escape::quoted;
use crate::text::scalar::{Scalar, ScalarType};

/// The most bytes that a manifest may have.
pub const MAX_BYTES: usize = 1024 * 1024;
/// The most lists and mappings around a value.
pub const MAX_DEPTH: usize = 64;
/// The most values in a manifest.
pub const MAX_NODES: usize = 20_000;

/// Reads a text: its one document, where there is one, and all that was refused on the way.
pub fn load(text: &str) -> (Option<Node<'_>>, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    if text.len() > MAX_BYTES {
        findings.push(too_large());
        return (None, findings);
    }
    if let Some(at) = text.find('\0') {
        findings.push(
            Diagnostic::new(Rule::Nul, at..at + 1, "NUL character")
                .help("remove it: a manifest is text"),
        );
        return (None, findings);
    }
    if let Some(conflict) = syntax::conflict(text) {
        return (None, vec![conflict]);
    }
    let mut loader = Loader::new(text);
    let root = loader.document();
    if let Err(stop) = root {
        loader.findings.push(*stop);
        return (None, loader.findings);
    }
    (root.ok().flatten(), loader.findings)
}

/// Returns the finding for a text of more than [`MAX_BYTES`].
pub fn too_large() -> Diagnostic {
    Diagnostic::new(
        Rule::TooLarge,
        0..0,
        format!("the file is larger than {} KiB, the most a manifest can have", MAX_BYTES / 1024),
    )
}

/// A finding after which reading cannot go on.
type Stop = Box<Diagnostic>;

struct Loader<'a> {
    text: &'a str,
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    findings: Vec<Diagnostic>,
    aliases: HashSet<&'a str>,
    nodes: usize,
    /// The brackets around the next event.
    flow: usize,
    /// The ends of the last two events.
    ends: [usize; 2],
}

impl<'a> Loader<'a> {
    fn new(text: &'a str) -> Self {
        let options = options! {
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
            disallow_directives: true,
            flow_nesting_limit: MAX_DEPTH + 1,
            block_nesting_limit: MAX_DEPTH + 1,
        };
        Self {
            text,
            parser: Parser::new_from_str_with_options(text, options),
            findings: Vec::new(),
            aliases: HashSet::new(),
            nodes: 0,
            flow: 0,
            ends: [0, 0],
        }
    }

    fn document(&mut self) -> Result<Option<Node<'a>>, Stop> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(Box::new(
                        Diagnostic::new(
                            Rule::SecondDocument,
                            self.range(span),
                            "a second document starts here",
                        )
                        .help("a manifest is one document: move the other to a file of its own"),
                    ));
                }
                Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::MappingStart(..)
                | Event::Alias(_)
                | Event::UnresolvedAlias(_) => root = Some(self.node(event, span, 0)?),
                _ => {}
            }
        }
        Ok(root)
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Stop> {
        loop {
            let (event, span) = match self.parser.next_event() {
                None => return Ok(None),
                Some(Ok(next)) => next,
                Some(Err(error)) => return Err(Box::new(self.stop(&error))),
            };
            self.ends = [self.ends[1], self.range(span).end];
            let Event::Anchor(_, name) = &event else { return Ok(Some((event, span))) };
            let range = self.range(span);
            self.findings.push(
                Diagnostic::new(
                    Rule::Anchor,
                    range,
                    format!("anchor {} is refused", quoted(&format!("&{name}"))),
                )
                .help("write the value out where it is needed"),
            );
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node<'a>, Stop> {
        let range = self.range(span);
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Box::new(Diagnostic::new(
                Rule::TooManyNodes,
                range,
                format!("the file has more than {MAX_NODES} values, the most a manifest can have"),
            )));
        }
        if depth > MAX_DEPTH {
            return Err(Box::new(too_deep(range)));
        }
        self.refuse_tag(&event, span);
        match event {
            Event::Scalar(text, style, ..) => {
                let plain = style == ScalarStyle::Plain;
                if plain && self.flow > 0 {
                    self.findings.extend(word::mark(self.text, &range));
                }
                let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let span = if is_block { self.with_header(range) } else { range };
                Ok(Node { span, kind: NodeKind::Scalar(Scalar { text, plain }) })
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                let flow = usize::from(self.is_flow(&range));
                self.flow += flow;
                let is_sequence = matches!(event, Event::SequenceStart(..));
                let node = if is_sequence {
                    self.sequence(range, depth)
                } else {
                    self.mapping(range, depth)
                };
                self.flow -= flow;
                node
            }
            _ => {
                self.refuse_alias(range.clone());
                Ok(Node { span: range, kind: NodeKind::Refused })
            }
        }
    }

    fn sequence(&mut self, start: Range<usize>, depth: usize) -> Result<Node<'a>, Stop> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.inside()?;
            if event == Event::SequenceEnd {
                let end = items.last().map_or(start.end, |last: &Node<'_>| last.span.end);
                let span = start.start..end.max(self.flow_end(span));
                return Ok(Node { span, kind: NodeKind::Sequence(items) });
            }
            items.push(self.node(event, span, depth + 1)?);
        }
    }

    fn mapping(&mut self, start: Range<usize>, depth: usize) -> Result<Node<'a>, Stop> {
        let mut entries: Vec<MappingEntry<'a>> = Vec::new();
        let mut keys = Keys::default();
        loop {
            let (event, span) = self.inside()?;
            if event == Event::MappingEnd {
                let end = entries.last().map_or(start.end, |last| last.value.span.end);
                let first = entries.first().map_or(start.start, |first| first.key_span.start);
                let span = start.start.min(first)..end.max(self.flow_end(span));
                return Ok(Node { span, kind: NodeKind::Mapping(entries) });
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.inside()?;
            let value = self.node(event, span, depth + 1)?;
            let NodeKind::Scalar(scalar) = key.kind else {
                if !matches!(key.kind, NodeKind::Refused) {
                    self.findings.push(Diagnostic::new(
                        Rule::NonStringKey,
                        key.span.clone(),
                        format!(
                            "the key of a mapping must be a string, and this is {}",
                            key.describe()
                        ),
                    ));
                }
                continue;
            };
            if scalar.plain
                && let Some(finding) = look_alike::indentation(&scalar.text, key.span.start)
            {
                self.findings.push(finding);
                continue;
            }
            if scalar.plain && scalar.text == "<<" {
                self.findings.push(
                    Diagnostic::new(Rule::MergeKey, key.span, "merge key `<<` is refused")
                        .help("write the merged fields out"),
                );
                continue;
            }
            if let Some(first) = keys.find(&entries, &scalar.text) {
                self.findings.push(
                    Diagnostic::new(
                        Rule::DuplicateKey,
                        key.span,
                        format!("key {} is here twice", quoted(&scalar.text)),
                    )
                    .related(first.key_span.clone(), "first here")
                    .help("keep one of the two"),
                );
                continue;
            }
            if scalar.plain && self.flow > 0 {
                self.findings.extend(word::bare_colon(self.text, &key.span));
            }
            let is_text = scalar.resolve() == ScalarType::String && !scalar.is_ambiguous();
            entries.push(MappingEntry { key: scalar.text, is_text, key_span: key.span, value });
        }
    }

    /// Reads the next event inside a collection, which the parser always closes.
    fn inside(&mut self) -> Result<(Event<'a>, Span), Stop> {
        self.next()?.ok_or_else(|| {
            Box::new(Diagnostic::new(
                Rule::Syntax,
                self.text.len()..self.text.len(),
                "the file ends inside a list or mapping",
            ))
        })
    }

    /// Returns the end of a flow collection, and 0 for a block collection; the end of a block
    /// collection is a place further on, which is no part of it.
    fn flow_end(&self, end: Span) -> usize {
        let range = self.range(end);
        if range.is_empty() { 0 } else { range.end }
    }

    /// Returns the whole of a block scalar, whose content alone is what the parser points at: from
    /// the `|` or `>` of its header to the last line that is not empty. So it can be replaced like
    /// any value.
    fn with_header(&self, content: Range<usize>) -> Range<usize> {
        let mut at = self.ends[0];
        let before = self.text.get(at..content.start).unwrap_or_default();
        for line in before.split_inclusive('\n') {
            let is_comment = line.trim_start().starts_with('#');
            let comment = if is_comment { 0 } else { line.find(" #").unwrap_or(line.len()) };
            if let Some(header) = line[..comment].find(['|', '>']) {
                let start = at + header;
                return start..start + self.text[start..content.end].trim_end().len();
            }
            at += line.len();
        }
        content
    }

    /// Refuses an alias, once for each name: bombs are made of the use of few names often.
    fn refuse_alias(&mut self, range: Range<usize>) {
        let alias = &self.text[range.clone()];
        if self.aliases.insert(alias) {
            self.findings.push(
                Diagnostic::new(Rule::Alias, range, format!("alias {} is refused", quoted(alias)))
                    .help("write the value out where it is needed"),
            );
        }
    }

    fn is_flow(&self, start: &Range<usize>) -> bool {
        self.text[start.start..].starts_with(['[', '{'])
    }

    fn refuse_tag(&mut self, event: &Event<'a>, span: Span) {
        let Some(tag) = event.tag() else { return };
        let range = span.tag_span().map_or_else(|| self.range(span), |tag| self.range(tag));
        self.findings.push(
            Diagnostic::new(
                Rule::Tag,
                range,
                format!("tag {} is refused", quoted(&tag.original())),
            )
            .help("remove the tag: the plain value is enough"),
        );
    }

    fn stop(&self, error: &ScanError) -> Diagnostic {
        let at = error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len());
        let at = self.text.floor_char_boundary(at);
        let width = self.text[at..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => too_deep(at..at + width),
            ErrorKind::DirectiveDisallowed => {
                Diagnostic::new(Rule::Directive, at..at + width, "directives are refused")
                    .help("remove the line")
            }
            _ => syntax::finding(self.text, error),
        }
    }

    fn range(&self, span: Span) -> Range<usize> {
        let range = span.byte_range().unwrap_or(0..0);
        range.start.min(self.text.len())..range.end.min(self.text.len())
    }
}

/// Finds keys of a mapping: one by one while there are few, else by an index.
#[derive(Default)]
struct Keys<'a> {
    index: HashMap<Cow<'a, str>, usize>,
}

impl<'a> Keys<'a> {
    /// Finds the entry of a key; the keys of `entries` differ, and none is ever removed.
    fn find<'e>(
        &mut self,
        entries: &'e [MappingEntry<'a>],
        key: &str,
    ) -> Option<&'e MappingEntry<'a>> {
        const FEW: usize = 16;
        if entries.len() <= FEW {
            return entries.iter().find(|entry| entry.key == key);
        }
        let known = self.index.len();
        let unknown = entries.iter().enumerate().skip(known);
        self.index.extend(unknown.map(|(at, entry)| (entry.key.clone(), at)));
        self.index.get(key).map(|at| &entries[*at])
    }
}

fn too_deep(place: Range<usize>) -> Diagnostic {
    Diagnostic::new(
        Rule::TooDeep,
        place,
        format!("more than {MAX_DEPTH} lists and mappings inside one another"),
    )
}
