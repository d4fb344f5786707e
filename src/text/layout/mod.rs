//! The layout of text for people: styles, wrapping, and alignment in columns.
//!
//! At a terminal a text is as wide as that; elsewhere each line stays whole, so that a program can
//! read it.

mod blocks;
mod phrase;
mod style;
mod width;
mod wrap;

pub use blocks::Layout;
pub use phrase::Phrase;
pub use style::Style;
pub use width::{cut, width};
pub use wrap::{lines, whole, wrapped};
