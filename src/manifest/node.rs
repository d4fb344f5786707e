//! The tree of a manifest's values, each with its place.

use std::borrow::Cow;
use std::ops::Range;

use crate::text::escape::quoted;
use crate::text::scalar::{Scalar, ScalarType};

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// The bytes that the value takes up, quotes included.
    pub span: Range<usize>,
    /// Its kind.
    pub kind: NodeKind<'a>,
}

/// The kind of a value.
#[derive(Clone, Debug)]
pub enum NodeKind<'a> {
    /// A scalar, still as text.
    Scalar(Scalar<'a>),
    /// A list.
    Sequence(Vec<Node<'a>>),
    /// A mapping, in the order of the text.
    Mapping(Vec<MappingEntry<'a>>),
    /// Something that was refused and reported already.
    Refused,
}

/// A key of a mapping and its value.
#[derive(Clone, Debug)]
pub struct MappingEntry<'a> {
    /// The key as text, whatever scalar it is.
    pub key: Cow<'a, str>,
    /// `true` if every reader takes the key for a text: `no` is not one, and `"no"` is.
    pub is_text: bool,
    /// The place of the key.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node<'a>,
}

impl Node<'_> {
    /// Describes the value, for a message: "a list", "the number 7".
    pub fn describe(&self) -> String {
        match &self.kind {
            NodeKind::Sequence(_) => "a list".to_owned(),
            NodeKind::Mapping(_) => "a mapping".to_owned(),
            NodeKind::Refused => "refused".to_owned(),
            NodeKind::Scalar(scalar) => match scalar.resolve() {
                ScalarType::Null => "nothing".to_owned(),
                ScalarType::Boolean(_) => format!("the boolean `{}`", scalar.text),
                ScalarType::Number => format!("the number {}", quoted(&scalar.text)),
                ScalarType::String => "a string".to_owned(),
            },
        }
    }

    /// Returns whether the value is nothing at all.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar(scalar) if scalar.resolve() == ScalarType::Null)
    }
}
