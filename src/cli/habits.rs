//! The habits of people who know other tools: words that are no commands or options here, and what they
//! mean.
//!
//! A word that means exactly one thing here is taken for it, and is shown nowhere: there is one name for
//! one thing. Any other is answered with the line to type. None of this is looked at before the command
//! line turned out to be wrong, so that it costs a launch nothing.

mod commands;
mod habit;
mod options;
mod sentences;

pub(super) use commands::COMMANDS;
pub(super) use habit::{CommandHabit, Meaning, OptionHabit};
pub(super) use options::OPTIONS;
pub(super) use sentences::{BY_STDIN, UNPRINTED};
