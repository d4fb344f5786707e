//! The forms of a secret: as it is, and as the parts of a base64 text that depend on it alone.

use std::mem;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use zeroize::Zeroizing;

use super::spelling::{Spelling, Start, escaped, is_escape};

/// From how many characters of base64 on a line may be broken. A line that ends with fewer of them
/// does so by chance, and is not to be held back.
pub(super) const BEFORE_BREAK: usize = 4;

/// Number of bytes, compared at once, that count as one step of reading.
const BYTES_A_STEP: usize = 1 << 12;

/// A text that gives a secret away.
#[derive(PartialEq, Eq)]
pub(super) struct Form {
    text: Zeroizing<String>,
    /// Number of bytes of the text that give the secret away. Further bytes of the form are hidden if
    /// they follow.
    least: usize,
    /// So many bytes at the start are characters that a text has as they are, or escaped.
    plain: usize,
    /// Whether line breaks are allowed within it.
    broken: bool,
}

/// The part of a form that a text begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// The end of the longest one.
    pub(super) end: Option<usize>,
    /// Whether there may be a longer one, of which the text has the first bytes.
    pub(super) cut: bool,
}

impl Reading {
    /// Adds what another form is read as at the same place.
    pub(super) fn add(&mut self, Self { end, cut }: Self) {
        self.end = self.end.max(end);
        self.cut |= cut;
    }
}

impl Form {
    /// Returns all forms of a secret, each once.
    pub(super) fn all(secret: &str) -> Vec<Self> {
        // Line breaks are read as they come: a terminal writes `\r\n` for `\n`.
        let mut forms = vec![Self::new(secret.replace("\r\n", "\n").into(), None)];
        for before in 0..3 {
            for form in [base64(secret, before, &STANDARD), base64(secret, before, &URL_SAFE)] {
                if !forms.contains(&form) {
                    forms.push(form);
                }
            }
        }
        forms
    }

    fn new(text: Zeroizing<String>, least_of_base64: Option<usize>) -> Self {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !is_escape(byte);
        let plain = text.bytes().take_while(|byte| is_plain(*byte)).count();
        let least = least_of_base64.unwrap_or(text.len());
        Self { text, least, plain, broken: least_of_base64.is_some() }
    }

    /// Returns its first characters.
    pub(super) fn characters(&self) -> impl Iterator<Item = char> + Clone {
        self.text.chars()
    }

    /// Returns the number of its characters that give the secret away.
    pub(super) fn least_characters(&self) -> usize {
        self.text[..self.least].chars().count()
    }

    /// Returns whether line breaks are allowed within it.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Reads the form at the start of a text. Almost always the first bytes decide. Counts its steps,
    /// and answers nothing if they become too many.
    pub(super) fn read(&self, text: &[u8], steps: &mut u64, most: u64) -> Option<Reading> {
        let plain = &self.text.as_bytes()[..self.plain];
        let (mut done, mut place) = (0, 0);
        while done < plain.len() {
            let same = common(&plain[done..], &text[place..]);
            *steps += 1 + (same / BYTES_A_STEP) as u64;
            if *steps > most {
                return None;
            }
            (done, place) = (done + same, place + same);
            let Some(expected) = plain.get(done) else { break };
            let end = (done >= self.least).then_some(place);
            let Some(next) = text.get(place) else { return Some(Reading { end, cut: true }) };
            if !is_escape(*next) && !next.is_ascii_control() {
                return Some(Reading { end, cut: false });
            }
            match escaped(&text[place..]) {
                Some((code, length)) if code == u16::from(*expected) => {
                    (done, place) = (done + 1, place + length);
                }
                Some((code, _)) if !is_break(code) => return Some(Reading { end, cut: false }),
                _ => break,
            }
        }
        self.read_slowly(done, text, place, steps, most)
    }

    /// Reads on character by character. If one may also start an escaped one, there are several places
    /// to go on from.
    fn read_slowly(
        &self,
        mut done: usize,
        text: &[u8],
        place: usize,
        steps: &mut u64,
        most: u64,
    ) -> Option<Reading> {
        let mut reading = Reading::default();
        let mut places = vec![place];
        let mut next = Vec::new();
        for character in self.text[done..].chars() {
            if done >= self.least {
                reading.end = places.last().copied().max(reading.end);
            }
            *steps += places.len() as u64;
            if *steps > most {
                return None;
            }
            for place in places.drain(..) {
                reading.cut |= self.go_on(done, character, text, place, &mut next);
            }
            if next.is_empty() {
                return Some(reading);
            }
            mem::swap(&mut places, &mut next);
            places.sort_unstable();
            places.dedup();
            done += character.len_utf8();
        }
        reading.end = places.last().copied().max(reading.end);
        Some(reading)
    }

    /// Notes the places behind a character at a place, and answers whether the text ends within it.
    fn go_on(
        &self,
        done: usize,
        character: char,
        text: &[u8],
        place: usize,
        next: &mut Vec<usize>,
    ) -> bool {
        if character == '\n' {
            return note(line_break(&text[place..]), place, next);
        }
        let mut cut = false;
        let mut spell = |place: usize| {
            for spelling in Spelling::all(character) {
                cut |= note(spelling.starts(&text[place..]), place, next);
            }
        };
        spell(place);
        if self.broken && done >= BEFORE_BREAK {
            match line_break(&text[place..]) {
                Start::Spelt(length) => spell(place + length),
                Start::Cut => cut = true,
                Start::Other => {}
            }
        }
        cut
    }
}

/// Returns the characters of a base64 text that depend on a secret alone, which stands in the encoded
/// text behind so many bytes of a group of three: the first and the last one may be mixed with others'
/// bits. If the secret ends the text, the last one is not, and padding follows.
fn base64(secret: &str, before: usize, engine: &impl Engine) -> Form {
    let mut bytes = Zeroizing::new(Vec::with_capacity(before + secret.len()));
    bytes.resize(before, 0);
    bytes.extend_from_slice(secret.as_bytes());
    let encoded = Zeroizing::new(engine.encode(&*bytes));
    let first = (before * 8).div_ceil(6);
    let whole = bytes.len() * 8 / 6;
    Form::new(Zeroizing::new(encoded[first..].to_owned()), Some(whole - first))
}

/// Returns the length of the common prefix of two texts, in bytes.
fn common(one: &[u8], other: &[u8]) -> usize {
    const STEP: usize = 16;
    let steps = one.chunks_exact(STEP).zip(other.chunks_exact(STEP));
    let same = STEP * steps.take_while(|(one, other)| one == other).count();
    let bytes = one[same..].iter().zip(&other[same..]);
    same + bytes.take_while(|(one, other)| one == other).count()
}

/// Returns whether a code is that of a character of a line break.
fn is_break(code: u16) -> bool {
    [b'\r', b'\n'].map(u16::from).contains(&code)
}

/// Reads a line break: any number of carriage returns, and a line feed.
pub(super) fn line_break(text: &[u8]) -> Start {
    let mut at = 0;
    loop {
        match spelt('\r', &text[at..]) {
            Start::Spelt(length) => at += length,
            Start::Cut => return Start::Cut,
            Start::Other => break,
        }
    }
    match spelt('\n', &text[at..]) {
        Start::Spelt(length) => Start::Spelt(at + length),
        other => other,
    }
}

/// Reads a character that begins no escaped one.
fn spelt(character: char, text: &[u8]) -> Start {
    let mut start = Start::Other;
    for spelling in Spelling::all(character) {
        match spelling.starts(text) {
            Start::Other => {}
            Start::Cut => start = Start::Cut,
            found @ Start::Spelt(_) => return found,
        }
    }
    start
}

/// Notes the place behind what was read at a place, and answers whether the text ended within it.
fn note(start: Start, place: usize, next: &mut Vec<usize>) -> bool {
    if let Start::Spelt(length) = start {
        next.push(place + length);
    }
    start == Start::Cut
}
