//! Findings in a text: one type, one table of rules, one file per output format.
//!
//! A [`Diagnostic`] names its [`Rule`], points into a [`Source`] with byte ranges, and may carry a
//! [`Fix`]. The code that finds it knows nothing of lines, columns, colours or formats.

mod diagnostic;
mod fingerprint;
mod format;
pub mod github;
pub mod gitlab;
pub mod json;
mod level;
mod levels;
pub mod listing;
pub mod markdown;
mod place;
mod renderer;
pub mod report;
mod room;
mod rule;
pub mod sarif;
pub mod source;
mod tally;
pub mod text;

pub use diagnostic::{Diagnostic, Fix, MOST_FINDINGS};
pub use format::Format;
pub use level::Level;
pub use levels::{Levels, Setting};
pub use renderer::{Frame, Piece, Renderer};
pub use room::Room;
pub use rule::{Rule, Stage};
pub use source::Source;
pub use tally::{Tally, UnjudgedFile};
