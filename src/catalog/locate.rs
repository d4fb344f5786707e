//! The place of a part of a provider in its file.
//!
//! The model holds no positions, since the built-in provider needs none. When a check finds a
//! mistake, it names the place by its path, and the text is walked once more to find line and
//! column.

use std::fmt;

use serde_yaml::granit_parser::{Event, Marker, Parser, Span, StrInput};

/// The way to a part of a provider, from the top of its file: `capabilities.acme.read.published`.
#[derive(Clone, Debug)]
pub(super) struct Place(Vec<Step>);

#[derive(Clone, Debug)]
enum Step {
    /// The value of a field.
    Field(String),
    /// A field's name itself.
    Name(String),
    /// A value of a sequence, counted from 0.
    Index(usize),
    /// The value of a sequence that is this text.
    Item(String),
}

impl Place {
    /// Creates the place of a field at the top of the file.
    pub(super) fn top(field: &str) -> Self {
        Self(vec![Step::Field(field.to_owned())])
    }

    /// Returns the place of a field of the mapping at this place.
    pub(super) fn field(&self, name: &str) -> Self {
        self.then(Step::Field(name.to_owned()))
    }

    /// Returns the place of the name of a field of the mapping at this place.
    pub(super) fn name(&self, name: &str) -> Self {
        self.then(Step::Name(name.to_owned()))
    }

    /// Returns the place of a value of the sequence at this place.
    pub(super) fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    /// Returns the place of the value of the sequence at this place that is `text`.
    pub(super) fn item(&self, text: &str) -> Self {
        self.then(Step::Item(text.to_owned()))
    }

    fn then(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// Returns the line and the column, both from 1 and in characters, where this place begins in a
    /// text; where the text does not have it, those of the nearest part around it.
    pub(super) fn locate(&self, text: &str) -> (usize, usize) {
        let mut walk = Walk(Parser::new_from_str(text));
        let found = loop {
            match walk.next() {
                Some((Event::StreamStart | Event::DocumentStart(..), _)) => {}
                Some((event, span)) => break walk.find(&event, span, &self.0),
                None => break None,
            }
        };
        found.map_or((1, 1), |at| (at.line(), at.col() + 1))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) | Step::Name(name) if at == 0 => f.write_str(name)?,
                Step::Field(name) | Step::Name(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Item(_) => {}
            }
        }
        Ok(())
    }
}

/// The events of a text that is known to be well-formed.
struct Walk<'t>(Parser<'t, StrInput<'t>>);

impl<'t> Walk<'t> {
    fn next(&mut self) -> Option<(Event<'t>, Span)> {
        self.0.next().and_then(Result::ok)
    }

    /// Follows `steps` through the node that begins with `event`.
    fn find(&mut self, event: &Event<'t>, span: Span, steps: &[Step]) -> Option<Marker> {
        let Some((step, rest)) = steps.split_first() else { return Some(span.start) };
        let found = match (event, step) {
            (Event::MappingStart(..), Step::Field(wanted) | Step::Name(wanted)) => loop {
                let (key, key_span) = self.next()?;
                match key {
                    Event::MappingEnd => break None,
                    Event::Scalar(name, ..) if name == wanted.as_str() => {
                        if matches!(step, Step::Name(_)) {
                            break Some(key_span.start);
                        }
                        let (value, value_span) = self.next()?;
                        break self.find(&value, value_span, rest);
                    }
                    other => {
                        self.skip(&other)?;
                        let (value, _) = self.next()?;
                        self.skip(&value)?;
                    }
                }
            },
            (Event::SequenceStart(..), Step::Index(_) | Step::Item(_)) => {
                let mut index = 0;
                loop {
                    let (item, item_span) = self.next()?;
                    let is_it = match (&item, step) {
                        (Event::SequenceEnd, _) => break None,
                        (Event::Scalar(text, ..), Step::Item(wanted)) => text == wanted.as_str(),
                        (_, Step::Index(wanted)) => index == *wanted,
                        _ => false,
                    };
                    if is_it {
                        break self.find(&item, item_span, rest);
                    }
                    self.skip(&item)?;
                    index += 1;
                }
            }
            _ => None,
        };
        found.or(Some(span.start))
    }

    /// Passes over the rest of the node that begins with `event`.
    fn skip(&mut self, event: &Event<'t>) -> Option<()> {
        let mut depth = depth_change(event);
        while depth > 0 {
            depth += depth_change(&self.next()?.0);
        }
        Some(())
    }
}

fn depth_change(event: &Event<'_>) -> i32 {
    match event {
        Event::MappingStart(..) | Event::SequenceStart(..) => 1,
        Event::MappingEnd | Event::SequenceEnd => -1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# a comment
title: é
\"scopes\": {a: b, ü: c, 'd': e}
capabilities:
  acme.read:
    published: [a, {x: [y]}, ü]
    api:
    - a
    - d
operations:
  - method: GET
    path: /
  - path: /things
";

    #[test]
    fn finds_every_kind_of_place() {
        let capability = Place::top("capabilities").field("acme.read");
        let operations = Place::top("operations");
        for (place, text, at) in [
            (Place::top("title"), "title", (2, 8)),
            (Place::top("scopes"), "scopes", (3, 11)),
            (Place::top("scopes").field("ü"), "scopes.ü", (3, 21)),
            (Place::top("scopes").name("ü"), "scopes.ü", (3, 18)),
            (Place::top("scopes").name("d"), "scopes.d", (3, 24)),
            (Place::top("capabilities").name("acme.read"), "capabilities.acme.read", (5, 3)),
            (capability.field("published").item("ü"), "capabilities.acme.read.published", (6, 30)),
            (capability.field("api").item("d"), "capabilities.acme.read.api", (9, 7)),
            (operations.index(1).field("path"), "operations[1].path", (13, 11)),
            (operations.index(1), "operations[1]", (13, 5)),
        ] {
            assert_eq!((place.to_string().as_str(), place.locate(TEXT)), (text, at));
        }
    }

    #[test]
    fn what_is_not_there_is_where_it_should_be() {
        assert_eq!(Place::top("operations").index(1).field("method").locate(TEXT), (13, 5));
        assert_eq!(Place::top("operations").index(7).locate(TEXT), (11, 3));
        assert_eq!(Place::top("title").field("x").locate(TEXT), (2, 8));
        assert_eq!(Place::top("website").locate(TEXT), (2, 1));
        assert_eq!(Place::top("website").locate(""), (1, 1));
    }
}
