//! The verification of a chain: lines in, findings out. It has no clock and no file.
//!
//! It goes on after a finding as far as it can be told what was meant, so that one fault gives one
//! finding, and not one for each line that follows.

use std::collections::HashMap;
use std::fmt;

use super::chain::{self, Chained, Link};
use super::key::Key;
use super::seal::Seal;
use super::state::Progress;

/// The place of a line: a file, by its position among the files, and the line there, from 1 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinePlace {
    /// The position of the file.
    pub file: usize,
    /// The number of the line in it.
    pub line: u64,
}

/// A fault in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A line is not as it was sealed under this key.
    Changed,
    /// A line without a chain stands behind one that has it.
    Unchained,
    /// Lines that were recorded are not there.
    Missing {
        /// The number of the first of them.
        first: u64,
        /// The number of the last of them.
        last: u64,
    },
    /// A line is there a second time.
    Repeated {
        /// Its number.
        seq: u64,
    },
    /// A line stands behind one that was recorded later.
    OutOfOrder {
        /// Its number.
        seq: u64,
    },
    /// A line follows another one than that before it.
    Unrelated {
        /// Its number.
        seq: u64,
    },
    /// A chain begins where another one was not at its end.
    BegunAnew,
}

impl Fault {
    /// Returns the name for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchained => "unchained",
            Self::Missing { .. } => "missing",
            Self::Repeated { .. } => "repeated",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::Unrelated { .. } => "unrelated",
            Self::BegunAnew => "begun_anew",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => f.write_str("not as it was sealed under this key"),
            Self::Unchained => f.write_str("no chain, although lines before it have one"),
            Self::Missing { first, last } if first == last => {
                write!(f, "record {first} is missing")
            }
            Self::Missing { first, last } => write!(f, "records {first} to {last} are missing"),
            Self::Repeated { seq } => write!(f, "record {seq} is repeated"),
            Self::OutOfOrder { seq } => write!(f, "record {seq} is out of order"),
            Self::Unrelated { seq } => {
                write!(f, "record {seq} belongs behind another record than the one before it")
            }
            Self::BegunAnew => {
                f.write_str("the chain begins anew: the record before it is unknown")
            }
        }
    }
}

/// A fault, and the lines that have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kind of fault.
    pub fault: Fault,
    /// The first line; of records that are missing, the one that follows them, or the last one that is
    /// there. `None` where no line is there at all.
    pub place: Option<LinePlace>,
    /// The last line of the same file that has the fault.
    pub through: u64,
}

/// The result of verifying a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// The faults, in the order of the lines.
    pub findings: Vec<Finding>,
    /// The number of lines.
    pub lines: u64,
    /// The first line that is proved, with its number in the chain.
    pub begin: Option<(LinePlace, u64)>,
    /// The number of the last record that is proved.
    pub last: u64,
    /// The number of the last record that rotation has removed, as the log says.
    pub dropped: u64,
    /// The lines before which a writer cut off a line without an end.
    pub torn: Vec<LinePlace>,
}

/// Goes through the lines of a log, the oldest first.
pub(super) struct Verifier<'a> {
    key: &'a Key,
    /// The progress of the log, if it is known.
    progress: Option<Progress>,
    proof: Proof,
    /// The last record that fits, and the place of the last line.
    last: Link,
    end: Option<LinePlace>,
    /// The number of lines since then that may be changed records, and of those before the first
    /// record that fits.
    loose: u64,
    loose_first: u64,
    seen: HashMap<u64, Seal>,
}

impl<'a> Verifier<'a> {
    pub(super) fn new(key: &'a Key, progress: Option<Progress>) -> Self {
        let dropped = progress.map_or(0, |progress| progress.dropped);
        Self {
            key,
            progress,
            proof: Proof { dropped, ..Proof::default() },
            last: Link::NONE,
            end: None,
            loose: 0,
            loose_first: 0,
            seen: HashMap::new(),
        }
    }

    /// Takes the next line, without its line break.
    pub(super) fn line(&mut self, place: LinePlace, text: &[u8]) {
        self.proof.lines += 1;
        self.end = Some(place);
        let Some(chained) = Chained::parse(text) else {
            if chain::is_mentioned(text) {
                self.changed(place);
            } else if self.proof.begin.is_some() || self.loose > 0 {
                self.find(Fault::Unchained, place);
            }
            return;
        };
        if !chained.is_whole(self.key) {
            self.changed(place);
            return;
        }
        if self.proof.begin.is_none() {
            self.begin(place, &chained);
        }
        self.follow(place, &chained);
    }

    /// Says what came of it. A log that is `complete` begins with its first record, or behind those
    /// that rotation has removed.
    pub(super) fn end(mut self, complete: bool) -> Proof {
        self.check_begin(complete);
        if let Some(Progress { last: recorded, .. }) = self.progress {
            self.check_end(recorded);
        }
        self.proof.last = self.last.seq;
        self.proof
    }

    /// Begins the chain with this line: the records before it are looked at in the end.
    fn begin(&mut self, place: LinePlace, Chained { link, prev, .. }: &Chained<'_>) {
        self.proof.begin = Some((place, link.seq));
        self.loose_first = std::mem::take(&mut self.loose);
        self.last = Link { seq: link.seq - 1, mac: *prev };
        if link.seq == 1 && *prev != Seal::NONE {
            self.find(Fault::Unrelated { seq: 1 }, place);
        }
    }

    fn changed(&mut self, place: LinePlace) {
        self.loose += 1;
        self.find(Fault::Changed, place);
    }

    fn follow(&mut self, place: LinePlace, chained: &Chained<'_>) {
        let Chained { link, prev, remarks, .. } = *chained;
        self.proof.dropped = self.proof.dropped.max(remarks.dropped);
        if remarks.torn > 0 {
            self.proof.torn.push(place);
        }
        let (expected, seq) = (self.last.seq + 1, link.seq);
        if seq < expected {
            let fault = match self.seen.get(&seq) {
                Some(seen) if *seen == link.mac => Fault::Repeated { seq },
                _ if seq == 1 && prev == Seal::NONE => Fault::BegunAnew,
                _ => Fault::OutOfOrder { seq },
            };
            self.find(fault, place);
            if fault == Fault::BegunAnew {
                self.seen.clear();
                self.advance(link);
            }
            return;
        }
        let between = seq - expected;
        if between > self.loose {
            self.find(Fault::Missing { first: expected + self.loose, last: seq - 1 }, place);
        } else if between == 0 && prev != self.last.mac {
            self.find(Fault::Unrelated { seq }, place);
        }
        if self
            .progress
            .is_some_and(|progress| progress.last.seq == seq && progress.last.mac != link.mac)
        {
            self.find(Fault::Unrelated { seq }, place);
        }
        self.advance(link);
    }

    fn advance(&mut self, link: Link) {
        self.seen.insert(link.seq, link.mac);
        (self.last, self.loose) = (link, 0);
    }

    fn check_begin(&mut self, complete: bool) {
        let Some((place, first)) = self.proof.begin.filter(|_| complete) else { return };
        let dropped = self.proof.dropped;
        if first > dropped + 1 + self.loose_first {
            let fault = Fault::Missing { first: dropped + 1, last: first - 1 - self.loose_first };
            let finding = Finding { fault, place: Some(place), through: place.line };
            self.proof.findings.insert(0, finding);
        }
    }

    fn check_end(&mut self, recorded: Link) {
        let there = self.last.seq + self.loose;
        if there < recorded.seq {
            let first = (there + 1).max(self.proof.dropped + 1).min(recorded.seq);
            let fault = Fault::Missing { first, last: recorded.seq };
            let through = self.end.map_or(0, |place| place.line);
            self.proof.findings.push(Finding { fault, place: self.end, through });
        }
    }

    /// Adds a finding. Lines one after the other that have the same fault are one finding.
    fn find(&mut self, fault: Fault, place: LinePlace) {
        if let Some(Finding { fault: last, place: Some(first), through }) =
            self.proof.findings.last_mut()
            && (*last, first.file, *through + 1) == (fault, place.file, place.line)
        {
            *through = place.line;
            return;
        }
        self.proof.findings.push(Finding { fault, place: Some(place), through: place.line });
    }
}

#[cfg(test)]
mod tests;
