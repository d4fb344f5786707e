//! The search for forms in a stream, with a bound on the work for each byte.
//!
//! To read a form at each place where it may begin is fast: almost always the first bytes decide. But
//! a form that repeats itself, in a text that does so too, is read nearly to its end at each place.
//! So each form has an allowance of steps, which grows with the text. Once it is used up, a
//! [scanner](super::scanner) looks for that form, whose work does not depend on what was read before.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::form::{Form, Reading};
use super::patterns::Patterns;
use super::scanner::Scanner;

/// The number of steps that a form may take in a stream.
#[derive(Clone, Copy)]
pub(super) struct Allowance {
    /// So many at once.
    pub(super) at_once: u64,
    /// So many more for each byte of the text.
    pub(super) a_byte: u64,
}

impl Default for Allowance {
    /// Allows some milliseconds at once, and a few seconds for a megabyte.
    fn default() -> Self {
        Self { at_once: 1 << 18, a_byte: 64 }
    }
}

/// The search for the forms of some secrets in one stream.
///
/// It keeps none of the secrets alive: a stream may be silent for longer than a secret is hidden.
pub(super) struct Search {
    /// The patterns that the readers are for.
    patterns: Weak<Patterns>,
    readers: Readers,
}

/// The readers of the forms.
struct Readers {
    allowance: Allowance,
    /// Number of bytes of the stream before the text.
    base: u64,
    /// The steps that each form has taken.
    spent: Vec<u64>,
    /// The scanner of each form that has taken too many.
    scanners: BTreeMap<usize, Scanner>,
    /// The readings of the scanners, by their places in the text.
    scanned: BTreeMap<usize, Reading>,
}

impl Search {
    pub(super) fn new(patterns: &Arc<Patterns>, allowance: Allowance) -> Self {
        let readers = Readers {
            allowance,
            base: 0,
            spent: vec![0; patterns.forms.len()],
            scanners: BTreeMap::new(),
            scanned: BTreeMap::new(),
        };
        Self { patterns: Arc::downgrade(patterns), readers }
    }

    /// Starts a search for other patterns in the rest of the stream.
    pub(super) fn again(&self, patterns: &Arc<Patterns>) -> Self {
        Self::new(patterns, self.readers.allowance)
    }

    /// Returns whether it is for these patterns.
    pub(super) fn is_for(&self, patterns: &Arc<Patterns>) -> bool {
        Weak::as_ptr(&self.patterns) == Arc::as_ptr(patterns)
    }

    /// Begins with a text: what was kept of the last one, and what follows it.
    pub(super) fn begin(&mut self, text: &[u8]) {
        let Readers { base, scanners, scanned, .. } = &mut self.readers;
        scanned.clear();
        for scanner in scanners.values_mut() {
            scanner.scan(text, *base);
            note(scanned, scanner.readings(*base));
        }
    }

    /// Ends with a text, of which the bytes from a place on are kept.
    pub(super) fn keep(&mut self, from: usize) {
        self.readers.base += from as u64;
    }

    /// Returns the first place of the text from a place on at which there is a form, or the beginning
    /// of one that the text ends with. The patterns are those that this is for.
    pub(super) fn next(
        &mut self,
        patterns: &Patterns,
        text: &[u8],
        mut from: usize,
    ) -> Option<(usize, Reading)> {
        let Self { readers, .. } = self;
        let probe = patterns.probe.as_ref()?;
        loop {
            let probed = probe.next(text, from);
            let place =
                readers.scanned.range(from..).next().map_or(probed, |(at, _)| probed.min(*at));
            let rest = text.get(place..).filter(|rest| !rest.is_empty())?;
            let mut reading = Reading::default();
            if place == probed {
                for &index in probe.forms(rest) {
                    reading.add(readers.read(&patterns.forms[index], index, text, place));
                }
            }
            if let Some(scanned) = readers.scanned.get(&place) {
                reading.add(*scanned);
            }
            if reading != Reading::default() {
                return Some((place, reading));
            }
            from = place + 1;
        }
    }

    /// Returns the most steps that a form has taken.
    #[cfg(test)]
    pub(super) fn most_spent(&self) -> u64 {
        self.readers.spent.iter().copied().max().unwrap_or(0)
    }
}

impl Readers {
    /// Reads a form at a place of the text, unless that is for its scanner.
    fn read(&mut self, form: &Form, index: usize, text: &[u8], place: usize) -> Reading {
        if self.scanners.contains_key(&index) {
            return Reading::default();
        }
        let Allowance { at_once, a_byte } = self.allowance;
        let (grown, spent) = ((self.base + place as u64) * a_byte, &mut self.spent[index]);
        *spent = (*spent).max(grown.saturating_sub(at_once));
        if let Some(reading) = form.read(&text[place..], spent, grown + at_once) {
            return reading;
        }
        let mut scanner = Scanner::new(form, self.base);
        scanner.scan(text, self.base);
        note(&mut self.scanned, scanner.readings(self.base));
        self.scanners.insert(index, scanner);
        Reading::default()
    }
}

fn note(scanned: &mut BTreeMap<usize, Reading>, readings: impl Iterator<Item = (usize, Reading)>) {
    for (place, reading) in readings {
        scanned.entry(place).or_default().add(reading);
    }
}
