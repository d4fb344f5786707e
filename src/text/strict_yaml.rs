//! YAML files that people write for xreq, read into a type: provider files and `config.yaml`.
//!
//! This is YAML without its surprises: one document, no anchors and aliases, no merge keys, no tags, no
//! texts that are really numbers, no key twice. The first fault ends the reading, with its place.
//!
//! A manifest is read with [`manifest::yaml`](crate::manifest::yaml) instead: it is somebody else's
//! file, of which all mistakes are to be found at once.

mod fault;
mod node;
mod parser;
mod position;
mod reader;

use serde::de::DeserializeOwned;

pub use fault::Fault;
pub use node::{Node, Value};
pub use parser::parse;
pub use position::Position;

/// Reads a text into a type.
///
/// # Errors
///
/// The first fault of the text.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    parse(text)?.read()
}

#[cfg(test)]
mod tests;
