//! A fault of a YAML file, and its place.

use std::fmt::{self, Write};

use super::position::Position;

/// A fault at a place of a file.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The position.
    pub position: Position,
    /// The fault, in words.
    pub what: String,
}

impl fmt::Display for Fault {
    /// Writes out control characters that are quoted from the file, so that they do nothing to a
    /// terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.position)?;
        for c in self.what.chars() {
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}
