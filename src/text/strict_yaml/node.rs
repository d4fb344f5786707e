//! A YAML document as a tree that knows the place of each value.

use std::fmt;

use serde::de::DeserializeOwned;

use super::fault::Fault;
use super::reader::Mistake;
use crate::text::scalar::Scalar;

/// A line and a column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Position {
    /// The beginning of a file.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

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

impl Node<'_> {
    /// Reads the value into a type.
    ///
    /// # Errors
    ///
    /// The first fault of the value.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        T::deserialize(self).map_err(Mistake::into_fault)
    }
}
