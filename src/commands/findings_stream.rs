//! Findings of one file after another, printed while they are found.

use crate::error::{Error, Exit, Result};
use crate::findings::listed::Listed;
use crate::findings::{Failure, Format, Room, Tally};
use crate::terminal::Terminal;

/// What was printed of all files so far, and counted.
pub(super) struct Listing<'a> {
    format: Format,
    terminal: &'a Terminal,
    tally: Tally,
    room: Room,
    any: bool,
}

impl<'a> Listing<'a> {
    /// Prints what stands before all findings. `tally` has what is known already.
    pub(super) fn begin(format: Format, tally: Tally, terminal: &'a Terminal) -> Result<Self> {
        terminal.print(&format.opening())?;
        Ok(Self { format, terminal, tally, room: Room::of(format), any: false })
    }

    /// Prints the findings of the next file, or what keeps it from having any.
    pub(super) fn add(&mut self, listed: Result<Listed>) -> Result<()> {
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) => {
                self.failed(&error);
                return Ok(());
            }
        };
        self.tally.files += 1;
        self.tally.errors += listed.errors;
        self.tally.warnings += listed.warnings;
        let text = self.room.take(listed.text, listed.shown);
        if text.is_empty() {
            return Ok(());
        }
        let before = self.format.between(!self.any);
        self.any = true;
        self.terminal.print(&format!("{before}{text}"))
    }

    pub(super) fn failed(&mut self, error: &Error) {
        self.terminal.report(error);
        let failure = Failure { code: error.code().name(), message: error.to_string() };
        self.tally.failures.push(failure);
    }

    /// Prints what stands behind all findings.
    pub(super) fn end(mut self) -> Result<Exit> {
        self.tally.left_out = self.room.left_out();
        self.terminal.print(&self.format.closing(&self.tally))?;
        Ok(match &self.tally {
            tally if tally.is_clean() => Exit::Done,
            tally if tally.failures.is_empty() => Exit::Findings,
            _ => Exit::Usage,
        })
    }
}
