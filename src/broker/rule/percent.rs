//! Escapes with `%` (RFC 3986 section 2.1).

/// Returns the text that escapes stand for; `None` where one is broken.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            byte => byte,
        });
    }
    Some(decoded)
}

/// Returns the bytes that escapes of a text stand for, without those that stand for themselves.
pub(super) fn escaped(text: &str) -> Option<Vec<u8>> {
    let mut pieces = text.split('%');
    pieces.next();
    pieces
        .map(|piece| match piece.as_bytes() {
            [first, second, ..] => Some(hex(*first)? << 4 | hex(*second)?),
            _ => None,
        })
        .collect()
}

/// Returns whether a character stands for itself everywhere (RFC 3986 section 2.3): it needs no escape.
pub(super) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn hex(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_have_two_hexadecimal_digits() {
        assert_eq!(decoded("a%20b%C3%bc").as_deref(), Some("a bü".as_bytes()));
        assert_eq!(escaped("a%20b%C3%bc"), Some(vec![0x20, 0xc3, 0xbc]));
        for broken in ["%", "%2", "%zz", "%2g", "a%%20", "%+1", "%-1", "%2", "%\u{e9}0", "%u0041"] {
            assert_eq!((decoded(broken), escaped(broken)), (None, None), "{broken}");
        }
    }
}
