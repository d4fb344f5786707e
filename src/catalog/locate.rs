//! The place of a part of a provider in its file.
//!
//! The model holds no places, since the built-in providers need none. When a check finds a mistake, it
//! names the part by its path, which leads to the place in the document.

use std::fmt;

use crate::text::strict_yaml::{Node, Position, Value};

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

    /// Returns the place where this part begins in a document; where the document does not have it, that of
    /// the nearest part around it.
    pub(super) fn locate(&self, document: &Node<'_>) -> Position {
        let mut place = document.position;
        let mut node = Some(document);
        for step in &self.0 {
            let Some((found, value)) = node.and_then(|node| step.within(node)) else { break };
            (place, node) = (found, value);
        }
        place
    }
}

impl Step {
    /// Returns the place of this part of a value, and the value there unless it is a name.
    fn within<'d, 't>(&self, node: &'d Node<'t>) -> Option<(Position, Option<&'d Node<'t>>)> {
        match (&node.value, self) {
            (Value::Mapping(entries), Self::Field(wanted) | Self::Name(wanted)) => {
                let (key, value) = entries.iter().find(|(key, _)| is_text(key, wanted))?;
                match self {
                    Self::Name(_) => Some((key.position, None)),
                    _ => Some((value.position, Some(value))),
                }
            }
            (Value::Sequence(items), Self::Index(index)) => {
                items.get(*index).map(|item| (item.position, Some(item)))
            }
            (Value::Sequence(items), Self::Item(wanted)) => {
                let item = items.iter().find(|item| is_text(item, wanted))?;
                Some((item.position, Some(item)))
            }
            _ => None,
        }
    }
}

fn is_text(node: &Node<'_>, wanted: &str) -> bool {
    matches!(&node.value, Value::Scalar(scalar) if scalar.text == wanted)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::strict_yaml::parse;

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

    fn locate(place: &Place, text: &str) -> (usize, usize) {
        let Position { line, column } = place.locate(&parse(text).unwrap());
        (line, column)
    }

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
            assert_eq!((place.to_string().as_str(), locate(&place, TEXT)), (text, at));
        }
    }

    #[test]
    fn what_is_not_there_is_where_it_should_be() {
        assert_eq!(locate(&Place::top("operations").index(1).field("method"), TEXT), (13, 5));
        assert_eq!(locate(&Place::top("operations").index(7), TEXT), (11, 3));
        assert_eq!(locate(&Place::top("title").field("x"), TEXT), (2, 8));
        assert_eq!(locate(&Place::top("website"), TEXT), (2, 1));
        assert_eq!(locate(&Place::top("website"), ""), (1, 1));
    }
}
