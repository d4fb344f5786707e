//! The encoding of texts that people and other programs write.
//!
//! Editors and shells of some systems put a byte order mark before UTF-8, which says nothing, or write
//! UTF-16. The one is skipped wherever a text is read; the other is refused by its name.

use std::mem;

use zeroize::Zeroizing;

/// The byte order mark in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The way out of a text in another encoding.
pub const AS_UTF8: &str = "save it as UTF-8";

/// Returns the bytes of a text behind its byte order mark, whatever they are otherwise.
///
/// # Errors
///
/// It is UTF-16 or UTF-32, as it says or as its zeros do; the words follow a name.
pub fn bytes(text: &[u8]) -> Result<&[u8], &'static str> {
    match text {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Err("is UTF-32, and not UTF-8"),
        _ if order(text).is_some() => Err("is UTF-16, and not UTF-8"),
        _ => Ok(text.strip_prefix(MARK).unwrap_or(text)),
    }
}

/// Returns a text in UTF-8 behind its byte order mark.
///
/// # Errors
///
/// It is none; the words follow a name.
pub fn decode(text: &[u8]) -> Result<&str, &'static str> {
    str::from_utf8(bytes(text)?).map_err(|_| "is not UTF-8")
}

/// Makes the answer of a server UTF-8, whatever it is: its content may be there only once. Bytes
/// that are no text in its encoding become replacement characters. Byte order marks and white space
/// that it begins with, in whatever number and order, are left out.
pub(crate) fn make_utf8(answer: &mut Zeroizing<Vec<u8>>) {
    if let Some(to_unit) = order(answer) {
        let units = answer.chunks_exact(2).map(|pair| to_unit([pair[0], pair[1]]));
        let mut text = Zeroizing::new(String::with_capacity(answer.len() * 2));
        let decoded = char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}'));
        text.extend(decoded.skip_while(|unit| *unit == '\u{feff}' || unit.is_ascii_whitespace()));
        *answer = Zeroizing::new(mem::take(&mut *text).into_bytes());
        return;
    }
    let mut rest = answer.trim_ascii_start();
    while let Some(behind) = rest.strip_prefix(MARK) {
        rest = behind.trim_ascii_start();
    }
    let start = answer.len() - rest.len();
    answer.drain(..start);
    if str::from_utf8(answer).is_err() {
        let text = String::from_utf8_lossy(answer).into_owned();
        *answer = Zeroizing::new(text.into_bytes());
    }
}

/// Returns the way in which two bytes make a unit of UTF-16, if a text is that: by its mark, or by
/// the zeros of two characters of ASCII.
fn order(text: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    match text {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        [one, 0, other, 0, ..] if *one != 0 && *other != 0 => Some(u16::from_le_bytes),
        [0, one, 0, other, ..] if *one != 0 && *other != 0 => Some(u16::from_be_bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_skipped_once_and_only_at_the_start() {
        assert_eq!(decode(b"\xef\xbb\xbfa"), Ok("a"));
        assert_eq!(decode(b"\xef\xbb\xbf"), Ok(""));
        assert_eq!(decode(b"\xef\xbb\xbf\xef\xbb\xbfa"), Ok("\u{feff}a"));
        assert_eq!(decode(b"a\xef\xbb\xbf"), Ok("a\u{feff}"));
        assert_eq!(decode("é".as_bytes()), Ok("é"));
    }

    #[test]
    fn other_encodings_are_refused_by_name() {
        let utf16 = |swap: bool, mark: &[u16]| -> Vec<u8> {
            let units = mark.iter().copied().chain("AGE".encode_utf16());
            units
                .flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect()
        };
        for text in
            [utf16(false, &[0xfeff]), utf16(true, &[0xfeff]), utf16(false, &[]), utf16(true, &[])]
        {
            assert_eq!(decode(&text), Err("is UTF-16, and not UTF-8"), "{text:?}");
        }
        assert_eq!(decode(b"\xff\xfe\0\0a\0\0\0"), Err("is UTF-32, and not UTF-8"));
        assert_eq!(decode(b"caf\xe9"), Err("is not UTF-8"));
    }

    #[test]
    fn an_answer_is_made_utf8() {
        for text in ["{\"a\":\"é😀\"}", ""] {
            let units = || text.encode_utf16();
            let with_mark = || std::iter::once(0xfeff).chain(units());
            for answer in [
                text.as_bytes().to_vec(),
                ["\u{feff}", text].concat().into_bytes(),
                ["\u{feff}\u{feff}", text].concat().into_bytes(),
                ["\r\n \u{feff}\n\u{feff}\t", text].concat().into_bytes(),
                "\u{feff}\u{feff} "
                    .encode_utf16()
                    .chain(units())
                    .flat_map(u16::to_le_bytes)
                    .collect(),
                with_mark().flat_map(u16::to_le_bytes).collect(),
                with_mark().flat_map(u16::to_be_bytes).collect(),
                units().flat_map(u16::to_le_bytes).collect(),
                units().flat_map(u16::to_be_bytes).collect(),
            ] {
                let mut answer = Zeroizing::new(answer);
                make_utf8(&mut answer);
                assert_eq!(str::from_utf8(&answer), Ok(text));
            }
        }
        let mut latin = Zeroizing::new(b"{\"a\":\"caf\xe9\"}".to_vec());
        make_utf8(&mut latin);
        assert_eq!(str::from_utf8(&latin), Ok("{\"a\":\"caf\u{fffd}\"}"));
    }
}
