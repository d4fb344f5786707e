//! A YAML document as a tree that knows the place of each value.

use super::position::Position;
use crate::text::scalar::Scalar;

/// A value and the place where it begins.
#[derive(Debug)]
pub struct Node<'t> {
    /// The position.
    pub position: Position,
    /// The value.
    pub value: Value<'t>,
}

/// A value of a document.
#[derive(Debug)]
pub enum Value<'t> {
    /// A text, a number, a boolean, or nothing.
    Scalar(Scalar<'t>),
    /// A list.
    Sequence(Vec<Node<'t>>),
    /// Keys with their values; each key is a scalar.
    Mapping(Vec<(Node<'t>, Node<'t>)>),
}
