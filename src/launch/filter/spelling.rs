//! Spellings of a character of a secret: as it is, percent-encoded, or escaped as in JSON.
//!
//! A program may escape one character and leave the next one as it is, and no two agree on which:
//! so each character is read in each spelling, whatever the others are in.

use zeroize::Zeroize;

/// Characters that introduce the code of an escaped character.
const ESCAPES: [u8; 2] = *b"%\\";

/// One way to write a character: a few bytes, of which some may be letters of either case.
#[derive(Clone, Copy)]
pub(super) struct Spelling {
    bytes: [u8; 12],
    length: usize,
    any_case: bool,
}

/// The start of a text, compared with a spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// With the spelling, which has so many bytes.
    Spelt(usize),
    /// With the first bytes of the spelling, and there it ends.
    Cut,
    /// With something else.
    Other,
}

impl Spelling {
    /// Returns every spelling of a character.
    pub(super) fn all(character: char) -> impl Iterator<Item = Self> {
        let others = [
            Some(Self::literal(character)),
            Some(Self::percent(character)),
            Some(Self::code(character)),
            short(character).map(|letter| Self::new([b'\\', letter], false)),
            (character == ' ').then(|| Self::new([b'+'], false)),
        ];
        others.into_iter().flatten()
    }

    /// Returns its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Returns whether letters may be of the other case.
    pub(super) fn is_of_any_case(&self) -> bool {
        self.any_case
    }

    /// Compares the start of a text with the spelling.
    pub(super) fn starts(&self, text: &[u8]) -> Start {
        let same = |(one, other): (&u8, &u8)| {
            one == other || (self.any_case && one.eq_ignore_ascii_case(other))
        };
        if !self.bytes().iter().zip(text).all(same) {
            Start::Other
        } else if text.len() < self.length {
            Start::Cut
        } else {
            Start::Spelt(self.length)
        }
    }

    fn new(bytes: impl IntoIterator<Item = u8>, any_case: bool) -> Self {
        let mut spelling = Self { bytes: [0; 12], length: 0, any_case };
        for byte in bytes {
            spelling.bytes[spelling.length] = byte;
            spelling.length += 1;
        }
        spelling
    }

    fn literal(character: char) -> Self {
        Self::new(character.encode_utf8(&mut [0; 4]).bytes(), false)
    }

    /// Spells as `%0A`, for each byte of UTF-8.
    fn percent(character: char) -> Self {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).bytes();
        Self::new(bytes.flat_map(|byte| [b'%', digit(byte >> 4), digit(byte)]), true)
    }

    /// Spells as `\u000a`, for each unit of UTF-16.
    fn code(character: char) -> Self {
        let mut buffer = [0; 2];
        let units = character.encode_utf16(&mut buffer).iter();
        let escape = |unit: &u16| {
            let [high, low] = unit.to_be_bytes();
            [b'\\', b'u', digit(high >> 4), digit(high), digit(low >> 4), digit(low)]
        };
        Self::new(units.flat_map(escape), true)
    }
}

impl Zeroize for Spelling {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
    }
}

/// Returns whether a byte begins an escaped character.
pub(super) fn is_escape(byte: u8) -> bool {
    ESCAPES.contains(&byte)
}

/// Returns the code of the escaped character that a text begins with, and its length: a byte of UTF-8 if
/// it is percent-encoded, a unit of UTF-16 otherwise. Short escapes are left out.
pub(super) fn escaped(text: &[u8]) -> Option<(u16, usize)> {
    let (escape, digits) = match text {
        [b'%', digits @ ..] => (1, digits.get(..2)?),
        [b'\\', b'u' | b'U', digits @ ..] => (2, digits.get(..4)?),
        _ => return None,
    };
    let mut code = 0;
    for digit in digits {
        code = code << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?;
    }
    Some((code, escape + digits.len()))
}

/// Returns the letter of JSON's short escape of a character (RFC 8259, section 7).
fn short(character: char) -> Option<u8> {
    Some(match character {
        '"' => b'"',
        '\\' => b'\\',
        '/' => b'/',
        '\u{8}' => b'b',
        '\u{c}' => b'f',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        _ => return None,
    })
}

/// Returns the lower half of a byte as a hexadecimal digit.
fn digit(half: u8) -> u8 {
    b"0123456789abcdef"[usize::from(half & 0xf)]
}
