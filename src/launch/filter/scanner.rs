//! The scanner of a form: all ways to read it, from all places at once.
//!
//! For each place of the text it keeps how many characters of the form have been read up to there, by
//! any reading, each with the first place at which such a reading began. The readings that go on with
//! the same characters are one, so the work for a byte is bounded by the length of the form, whatever
//! the text is: a few machine words if little of the form is being read.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::form::{BEFORE_BREAK, Form, Reading, line_break};
use super::spelling::{Spelling, Start};

/// No place.
const NOWHERE: u64 = u64::MAX;

/// The bits of a word.
const BITS: usize = 64;

/// The scanner of one form in one stream, whose places are counted from the stream's beginning.
pub(super) struct Scanner {
    /// For each byte, the spellings that begin with it, each with the number of its character.
    spellings: Zeroizing<Vec<Vec<(usize, Spelling)>>>,
    /// For each character, where in the form it stands: a bit each.
    positions: Zeroizing<Vec<Vec<u64>>>,
    /// The number of the line feed, which is read as a line break is.
    line_feed: Option<usize>,
    /// Number of characters of the form, and the number that suffices.
    length: usize,
    least: usize,
    /// Whether line breaks are allowed within it.
    broken: bool,
    /// The readings up to each place that is not done.
    layers: BTreeMap<u64, Layer>,
    /// Up to here everything is done but what the text ended within.
    next: u64,
    /// Up to here ends are found.
    ended: u64,
    /// The start and the end of each form that was found: of those with the same end the longest.
    found: Vec<(u64, u64)>,
    /// The first start of a form of which the text has the first bytes.
    cut: u64,
    /// Layers that can be used again.
    spare: Vec<Layer>,
}

/// The readings up to a place.
struct Layer {
    states: States,
    /// The same with a line break behind it.
    after_break: States,
}

/// For each number of characters that may have been read, whether they were, and from where.
struct States {
    active: Vec<u64>,
    /// Without meaning if the bit is not set.
    starts: Vec<u64>,
}

impl Scanner {
    /// Creates a scanner of a text that begins at this place of the stream.
    pub(super) fn new(form: &Form, begins: u64) -> Self {
        let length = form.characters().count();
        let mut spellings = Zeroizing::new(vec![Vec::new(); 1 << 8]);
        let mut positions = Zeroizing::new(Vec::new());
        let mut numbers = BTreeMap::new();
        for (at, character) in form.characters().enumerate() {
            let number = *numbers.entry(character).or_insert_with(|| {
                positions.push(vec![0; words(length)]);
                if character != '\n' {
                    for spelling in Spelling::all(character) {
                        spellings[usize::from(spelling.bytes()[0])]
                            .push((positions.len() - 1, spelling));
                    }
                }
                positions.len() - 1
            });
            positions[number][at / BITS] |= 1 << (at % BITS);
        }
        Self {
            spellings,
            positions,
            line_feed: numbers.get(&'\n').copied(),
            length,
            least: form.least_characters(),
            broken: form.is_broken(),
            layers: BTreeMap::new(),
            next: begins,
            ended: begins,
            found: Vec::new(),
            cut: NOWHERE,
            spare: Vec::new(),
        }
    }

    /// Scans what of a text is new. The text begins at a place of the stream; what was found before it
    /// is forgotten.
    pub(super) fn scan(&mut self, text: &[u8], base: u64) {
        let end = base + text.len() as u64;
        self.found.retain(|(start, _)| *start >= base);
        self.cut = NOWHERE;
        let again: Vec<_> = self.layers.range(base..self.next).map(|(place, _)| *place).collect();
        self.layers = self.layers.split_off(&base);
        for place in again.into_iter().chain(self.next..end) {
            let at = usize::try_from(place - base).expect("it is in the text");
            self.step(place, &text[at..]);
        }
        self.next = end;
        if let Some(layer) = self.layers.get(&end) {
            for states in [&layer.states, &layer.after_break] {
                self.cut = self.cut.min(states.first_start(0, self.length));
            }
        }
        self.find_end(end);
    }

    /// Returns the readings found from a place of the stream on: the places are counted from there.
    pub(super) fn readings(&self, base: u64) -> impl Iterator<Item = (usize, Reading)> {
        let length = |bytes: u64| usize::try_from(bytes).expect("it is in the text");
        let found = self.found.iter().map(move |(start, end)| {
            let end = Some(length(end - start));
            (length(start - base), Reading { end, cut: false })
        });
        let cut = (self.cut != NOWHERE)
            .then(|| (length(self.cut - base), Reading { end: None, cut: true }));
        found.chain(cut)
    }

    /// Goes on from a place, at which this is the rest of the text.
    fn step(&mut self, place: u64, rest: &[u8]) {
        self.find_end(place);
        let mut layer = self.layers.remove(&place);
        let mut is_cut = false;
        for at in 0..self.spellings[usize::from(rest[0])].len() {
            let (character, spelling) = self.spellings[usize::from(rest[0])][at];
            is_cut |= self.go_on(place, layer.as_ref(), character, spelling.starts(rest));
        }
        if let Some(line_feed) = self.line_feed {
            is_cut |= self.go_on(place, layer.as_ref(), line_feed, line_break(rest));
        }
        if let (true, Some(layer)) = (self.broken, &layer) {
            is_cut |= self.break_line(place, layer, line_break(rest));
        }
        // The end of the text may begin more than one spelling, so the place is looked at again.
        if is_cut {
            let layer = layer.take().unwrap_or_else(|| self.spare_layer());
            self.layers.insert(place, layer);
        } else if let Some(layer) = layer {
            self.spare.push(layer.cleared());
        }
    }

    /// Reads a character, and answers whether the text ended within it.
    fn go_on(&mut self, place: u64, layer: Option<&Layer>, character: usize, read: Start) -> bool {
        let begins = self.positions[character][0] & 1 == 1;
        match read {
            Start::Other => false,
            Start::Cut => {
                let mut first = if begins { place } else { NOWHERE };
                for states in layer.into_iter().flat_map(Layer::both) {
                    first = first.min(states.first_start_at(&self.positions[character]));
                }
                self.cut = self.cut.min(first);
                first != NOWHERE
            }
            Start::Spelt(length) => {
                let has = |states: &States| states.has_any_at(&self.positions[character]);
                if !begins && !layer.is_some_and(|layer| layer.both().into_iter().any(has)) {
                    return false;
                }
                let mut target = self.take_layer(place + length as u64);
                for states in layer.into_iter().flat_map(Layer::both) {
                    target.states.add_next(states, &self.positions[character]);
                }
                if begins {
                    target.states.add(1, place);
                }
                self.layers.insert(place + length as u64, target);
                false
            }
        }
    }

    /// Reads a line break within the form, and answers whether the text ended within it.
    fn break_line(&mut self, place: u64, layer: &Layer, read: Start) -> bool {
        let first = layer.states.first_start(BEFORE_BREAK, self.length);
        match read {
            Start::Spelt(length) if first != NOWHERE => {
                let mut target = self.take_layer(place + length as u64);
                target.after_break.add_all(&layer.states, BEFORE_BREAK, self.length);
                self.layers.insert(place + length as u64, target);
                false
            }
            Start::Cut => {
                self.cut = self.cut.min(first);
                first != NOWHERE
            }
            Start::Spelt(_) | Start::Other => false,
        }
    }

    /// Notes what ends at a place, once.
    fn find_end(&mut self, place: u64) {
        if place <= self.ended {
            return;
        }
        self.ended = place;
        let Some(layer) = self.layers.get(&place) else { return };
        let start = layer.states.first_start(self.least, self.length + 1);
        if start != NOWHERE {
            self.found.push((start, place));
        }
    }

    fn take_layer(&mut self, place: u64) -> Layer {
        self.layers.remove(&place).unwrap_or_else(|| self.spare_layer())
    }

    fn spare_layer(&mut self) -> Layer {
        let new = || States::none(self.length);
        self.spare.pop().unwrap_or_else(|| Layer { states: new(), after_break: new() })
    }
}

impl Layer {
    fn both(&self) -> [&States; 2] {
        [&self.states, &self.after_break]
    }

    fn cleared(mut self) -> Self {
        self.states.clear();
        self.after_break.clear();
        self
    }
}

impl States {
    fn none(length: usize) -> Self {
        let words = words(length);
        Self { active: vec![0; words], starts: vec![0; words * BITS] }
    }

    fn clear(&mut self) {
        self.active.fill(0);
    }

    /// Notes that so many characters were read from a start.
    fn add(&mut self, read: usize, start: u64) {
        let (word, bit) = (&mut self.active[read / BITS], 1 << (read % BITS));
        let first = if *word & bit == 0 { start } else { self.starts[read].min(start) };
        *word |= bit;
        self.starts[read] = first;
    }

    /// Notes what comes of others, in a range.
    fn add_all(&mut self, others: &Self, from: usize, to: usize) {
        for read in others.bits(from, to) {
            self.add(read, others.starts[read]);
        }
    }

    /// Notes what comes of others if the next character is one that stands at these positions.
    fn add_next(&mut self, others: &Self, positions: &[u64]) {
        for (word, (active, positions)) in others.active.iter().zip(positions).enumerate() {
            let mut hits = active & positions;
            let from = word * BITS;
            if hits == u64::MAX && self.active[word] <= 1 && self.active[word + 1] & 1 == 0 {
                let starts = &others.starts[from..from + BITS];
                self.starts[from + 1..=from + BITS].copy_from_slice(starts);
                self.active[word] |= hits << 1;
                self.active[word + 1] |= 1;
                continue;
            }
            while hits != 0 {
                let read = from + hits.trailing_zeros() as usize;
                self.add(read + 1, others.starts[read]);
                hits &= hits - 1;
            }
        }
    }

    fn has_any_at(&self, positions: &[u64]) -> bool {
        self.active.iter().zip(positions).any(|(active, positions)| active & positions != 0)
    }

    /// Returns the first start among the readings that go on with a character at these positions.
    fn first_start_at(&self, positions: &[u64]) -> u64 {
        let is_hit = |read: &usize| positions[read / BITS] >> (read % BITS) & 1 == 1;
        let hits = self.bits(0, self.starts.len()).filter(is_hit);
        hits.map(|read| self.starts[read]).min().unwrap_or(NOWHERE)
    }

    /// Returns the first start among the readings whose number of read characters is in a range.
    fn first_start(&self, from: usize, to: usize) -> u64 {
        self.bits(from, to).map(|read| self.starts[read]).min().unwrap_or(NOWHERE)
    }

    /// Returns the noted numbers in a range.
    fn bits(&self, from: usize, to: usize) -> impl Iterator<Item = usize> {
        let words = self.active.iter().enumerate().take(to.div_ceil(BITS)).skip(from / BITS);
        let bits = words.filter(|(_, word)| **word != 0).flat_map(|(at, word)| {
            let word = *word;
            (0..BITS).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * BITS + bit)
        });
        bits.filter(move |read| (from..to).contains(read))
    }
}

/// Returns the number of words that have a bit for each number of characters that may be read of so
/// many, and one more.
fn words(length: usize) -> usize {
    length / BITS + 2
}
