//! Findings of one file after another, each printed while the next are looked for.

use super::renderer::{Frame, Piece, Renderer};
use super::room::Room;
use super::tally::{Tally, UnjudgedFile};
use crate::text::escape::defused;

/// A listing in progress, with its counts.
pub struct Listing<'a> {
    renderer: &'a dyn Renderer,
    tally: Tally,
    room: Room,
    any: bool,
}

impl<'a> Listing<'a> {
    /// Begins a listing, and returns what stands before all findings. `tally` has what is known
    /// already.
    pub fn begin(renderer: &'a dyn Renderer, title: Option<&str>, tally: Tally) -> (Self, String) {
        let opening = renderer.opening(title);
        (Self { renderer, tally, room: renderer.room(), any: false }, opening)
    }

    /// Counts the findings of the next file, and returns what to print of them.
    pub fn add(&mut self, piece: Piece) -> String {
        self.tally.files += 1;
        self.tally.errors += piece.errors;
        self.tally.warnings += piece.warnings;
        let text = self.room.take(piece.text, piece.shown);
        if text.is_empty() {
            return text;
        }
        let before = self.renderer.between(!self.any);
        self.any = true;
        format!("{before}{text}")
    }

    /// Counts what keeps a file from having findings.
    pub fn failed(&mut self, failure: UnjudgedFile) {
        self.tally.failures.push(failure);
    }

    /// Ends the listing, and returns what stands behind all findings.
    pub fn end(mut self) -> (Tally, String) {
        self.tally.left_out = self.room.left_out();
        let closing = self.renderer.closing(&self.tally);
        (self.tally, closing)
    }
}

/// Returns a whole that is a listing of the findings of its pieces, with their summaries behind it
/// where the format has a log.
pub(super) fn whole(
    renderer: &dyn Renderer,
    pieces: Vec<Piece>,
    frame: &Frame<'_>,
    has_log: bool,
) -> String {
    let (mut listing, mut text) = Listing::begin(renderer, None, frame.tally.clone());
    let mut summaries = String::new();
    for piece in pieces {
        summaries.push_str(&defused(&piece.summary));
        text.push_str(&listing.add(piece));
    }
    if has_log {
        text.push_str(&summaries);
    }
    text + &listing.end().1
}
