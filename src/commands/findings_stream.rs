//! Findings of one file after another, printed while they are found.

use crate::error::{Error, Exit, Result};
use crate::findings::listing::Listing;
use crate::findings::{Format, Piece, Tally, UnjudgedFile};
use crate::terminal::Terminal;

/// A listing that is printed.
pub(super) struct FindingsStream<'a> {
    format: Format,
    listing: Listing<'static>,
    terminal: &'a Terminal,
}

impl<'a> FindingsStream<'a> {
    /// Prints what stands before all findings. `tally` has what is known already.
    pub(super) fn begin(
        format: Format,
        title: &str,
        tally: Tally,
        terminal: &'a Terminal,
    ) -> Result<Self> {
        let (listing, opening) = Listing::begin(format.renderer(), Some(title), tally);
        terminal.print_in(format, &opening)?;
        Ok(Self { format, listing, terminal })
    }

    /// Prints the findings of the next file, or what keeps it from having any.
    pub(super) fn add(&mut self, piece: Result<Piece>) -> Result<()> {
        match piece {
            Ok(piece) => self.terminal.print_in(self.format, &self.listing.add(piece)),
            Err(error) => {
                self.failed(&error);
                Ok(())
            }
        }
    }

    /// Prints what keeps a file from having findings.
    pub(super) fn failed(&mut self, error: &Error) {
        self.terminal.report(error);
        self.listing.failed(UnjudgedFile::of(error));
    }

    /// Prints what stands behind all findings.
    pub(super) fn end(self) -> Result<Exit> {
        let (tally, closing) = self.listing.end();
        self.terminal.print_in(self.format, &closing)?;
        Ok(match &tally {
            tally if tally.is_clean() => Exit::Done,
            tally if tally.failures.is_empty() => Exit::Findings,
            _ => Exit::Usage,
        })
    }
}
