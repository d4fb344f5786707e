//! The parser of a YAML document: a text becomes a tree, or is refused.

use std::collections::HashSet;

use granit_parser::{Event, Marker, Parser as Events, ScalarStyle, Span, StrInput, options};

use super::fault::Fault;
use super::node::{Node, Value};
use super::position::Position;
use crate::text::ambiguous;
use crate::text::scalar::Scalar;

/// The most lists and mappings around a value.
const MAX_DEPTH: usize = 64;

/// Parses the one document of a text; an empty text is an empty scalar.
///
/// # Errors
///
/// The first fault of the text.
pub fn parse(text: &str) -> Result<Node<'_>, Fault> {
    if let Some((at, ambiguous)) = ambiguous::characters(text).into_iter().next() {
        let what = format!("{}; {}", ambiguous.fault(), ambiguous.way_out());
        return Err(Fault { position: position_of(text, at), what });
    }
    Parser::new(text).document()
}

struct Parser<'t> {
    events: Events<'t, StrInput<'t>>,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        let options = options! {
            emit_unresolved_aliases: true,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        Self { events: Events::new_from_str_with_options(text, options) }
    }

    fn document(&mut self) -> Result<Node<'t>, Fault> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(fault(span.start, "a second document begins; a file has one"));
                }
                Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentStart(..)
                | Event::DocumentEnd => {}
                event => root = Some(self.node(event, span)?),
            }
        }
        let empty = || Value::Scalar(Scalar { text: "".into(), plain: true });
        Ok(root.unwrap_or_else(|| Node { position: Position::START, value: empty() }))
    }

    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, Fault> {
        let next = self.events.next_event().transpose();
        next.map_err(|error| fault(*error.marker(), error.info()))
    }

    /// Returns the next event of a list or a mapping, which the parser of events always ends.
    fn inside(&mut self) -> Result<(Event<'t>, Span), Fault> {
        Ok(self.next()?.unwrap_or((Event::StreamEnd, Span::default())))
    }

    /// Parses the value that begins with an event.
    fn node(&mut self, event: Event<'t>, span: Span) -> Result<Node<'t>, Fault> {
        if let Some(tag) = event.tag() {
            let at = span.tag_start.unwrap_or(span.start);
            return Err(fault(at, format!("unsupported tag `{}`", tag.original())));
        }
        let value = match event {
            Event::Scalar(text, style, 0, _) => {
                Value::Scalar(Scalar { text, plain: style == ScalarStyle::Plain })
            }
            Event::SequenceStart(_, 0, _) => self.sequence()?,
            Event::MappingStart(_, 0, _) => self.mapping()?,
            _ => {
                let what = "anchors and aliases are not supported; repeat the value";
                return Err(fault(span.start, what));
            }
        };
        Ok(Node { position: position(span.start), value })
    }

    fn sequence(&mut self) -> Result<Value<'t>, Fault> {
        let mut items = Vec::new();
        loop {
            match self.inside()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(Value::Sequence(items)),
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Value<'t>, Fault> {
        let mut entries = Vec::new();
        let mut names = HashSet::new();
        loop {
            let (event, span) = self.inside()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                return Ok(Value::Mapping(entries));
            }
            let key = self.node(event, span)?;
            let Value::Scalar(name) = &key.value else {
                return Err(fault(span.start, "the key of a mapping must be a text"));
            };
            if name.plain && name.text == "<<" {
                let what = "merge keys are not supported; repeat the fields";
                return Err(fault(span.start, what));
            }
            if !names.insert(name.text.clone()) {
                return Err(fault(span.start, format!("`{}` is there twice", name.text)));
            }
            let (event, span) = self.inside()?;
            entries.push((key, self.node(event, span)?));
        }
    }
}

fn fault(at: Marker, what: impl Into<String>) -> Fault {
    Fault { position: position(at), what: what.into() }
}

fn position(at: Marker) -> Position {
    Position { line: at.line(), column: at.col() + 1 }
}

/// Returns the place of a byte of a text.
fn position_of(text: &str, at: usize) -> Position {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Position { line, column }
}
