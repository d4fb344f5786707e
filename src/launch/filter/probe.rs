//! A fast search for the places of a text at which a form may begin.
//!
//! Each form begins with at least four characters, so two bytes of each begin within its first three
//! bytes. A table knows all such pairs; every second pair of a text is looked up, which finds the first
//! pair of a form or its second one. A reader rejects what begins with a pair by chance.

use zeroize::Zeroizing;

use super::form::Form;
use super::spelling::{Spelling, escaped, is_escape};

/// The places of a text at which it is worth to read.
pub(super) struct Probe {
    /// For each pair of bytes, whether a form may have it at its start or one byte behind.
    pairs: Zeroizing<Vec<bool>>,
    /// For three bytes, by their hash, whether a form may begin with them.
    beginnings: Zeroizing<Vec<bool>>,
    /// For each byte, the indices of the forms that may begin with it.
    by_byte: Zeroizing<Vec<Vec<usize>>>,
    /// For each character that is escaped, the indices of the forms that may begin with it then. All
    /// beyond ASCII are one.
    by_escaped: Zeroizing<Vec<Vec<usize>>>,
}

/// The index of all characters beyond ASCII.
const WIDE: usize = 0x80;

impl Probe {
    pub(super) fn new(forms: &[Form]) -> Self {
        let mut probe = Self {
            pairs: Zeroizing::new(vec![false; 1 << 16]),
            beginnings: Zeroizing::new(vec![false; 1 << 16]),
            by_byte: Zeroizing::new(vec![Vec::new(); 1 << 8]),
            by_escaped: Zeroizing::new(vec![Vec::new(); WIDE + 1]),
        };
        for (index, form) in forms.iter().enumerate() {
            let mut note = |bytes| probe.note(index, bytes);
            beginnings(Beginning::default(), form.characters(), &mut note);
            let first = form.characters().next().map_or(0, u32::from);
            probe.note_escaped(index, usize::try_from(first).map_or(WIDE, |first| first.min(WIDE)));
        }
        probe
    }

    /// Returns the indices of the forms that may stand at the start of a text.
    pub(super) fn forms(&self, text: &[u8]) -> &[usize] {
        match escaped(text) {
            Some((code, _)) => &self.by_escaped[usize::from(code).min(WIDE)],
            None => &self.by_byte[usize::from(text[0])],
        }
    }

    /// Returns the first place of a text, from a given one on, at which a form may begin, or part of one
    /// that the text ends with.
    pub(super) fn next(&self, text: &[u8], mut from: usize) -> usize {
        let is_known = |pair: &[u8]| self.pairs[pair_of(pair[0], pair[1])];
        while let Some(number) = text[from..].chunks_exact(2).position(is_known) {
            let found = from + 2 * number;
            for place in [found.saturating_sub(1).max(from), found] {
                let beginning = text[place..].first_chunk();
                if beginning.is_none_or(|bytes| self.beginnings[hash(*bytes)]) {
                    return place;
                }
            }
            from = found + 1;
        }
        from.max(text.len().saturating_sub(2))
    }

    /// Notes the first three bytes of a form.
    fn note(&mut self, index: usize, bytes: [u8; 3]) {
        let forms = &mut self.by_byte[usize::from(bytes[0])];
        if forms.last() != Some(&index) {
            forms.push(index);
        }
        self.pairs[pair_of(bytes[0], bytes[1])] = true;
        self.pairs[pair_of(bytes[1], bytes[2])] = true;
        self.beginnings[hash(bytes)] = true;
    }

    /// Notes the first character of a form. A character that begins an escaped one may also stand for
    /// itself.
    fn note_escaped(&mut self, index: usize, first: usize) {
        if u8::try_from(first).is_ok_and(is_escape) {
            self.by_escaped.iter_mut().for_each(|forms| forms.push(index));
        } else {
            self.by_escaped[first].push(index);
        }
    }
}

/// The first bytes of a form, up to three.
#[derive(Clone, Copy, Default)]
struct Beginning {
    bytes: [u8; 3],
    length: usize,
}

impl Beginning {
    fn with(mut self, byte: u8) -> Self {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
        self
    }

    fn is_whole(self) -> bool {
        self.length == self.bytes.len()
    }
}

/// Tells all beginnings of a text, in all spellings of its characters.
fn beginnings<C>(start: Beginning, mut characters: C, tell: &mut dyn FnMut([u8; 3]))
where
    C: Iterator<Item = char> + Clone,
{
    if start.is_whole() {
        return tell(start.bytes);
    }
    let all = characters.clone();
    let Some(character) = characters.next() else { return };
    for spelling in Spelling::all(character) {
        spell(start, &spelling, &mut |begun| beginnings(begun, characters.clone(), tell));
    }
    if character == '\n' {
        // Carriage returns may come before it.
        for spelling in Spelling::all('\r') {
            spell(start, &spelling, &mut |begun| beginnings(begun, all.clone(), tell));
        }
    }
}

/// Tells a beginning that goes on with a spelling: of hexadecimal digits each may be of its own case.
fn spell(start: Beginning, spelling: &Spelling, tell: &mut dyn FnMut(Beginning)) {
    for cases in 0..if spelling.is_of_any_case() { 4 } else { 1 } {
        let cased = |(at, byte): (usize, &u8)| {
            if cases >> (at % 2) & 1 == 1 { byte.to_ascii_uppercase() } else { *byte }
        };
        tell(spelling.bytes().iter().enumerate().map(cased).fold(start, Beginning::with));
    }
}

fn pair_of(first: u8, second: u8) -> usize {
    usize::from(u16::from_be_bytes([first, second]))
}

/// Returns a hash of 16 bits.
fn hash([first, second, third]: [u8; 3]) -> usize {
    let number = u32::from_be_bytes([0, first, second, third]);
    usize::try_from(number.wrapping_mul(0x9e37_79b1) >> 16).expect("16 bits are few")
}
