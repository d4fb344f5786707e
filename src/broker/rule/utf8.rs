//! UTF-8 that comes in pieces (RFC 3629 section 4).

/// A reader of UTF-8: it says whether bytes can be a part of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Utf8 {
    /// The bytes that the character takes still.
    missing: u8,
    /// The least and the greatest value of the next of them.
    range: (u8, u8),
}

impl Utf8 {
    /// Takes a byte; `false` if the text is not UTF-8.
    pub(super) fn takes(&mut self, byte: u8) -> bool {
        if self.missing > 0 {
            let (least, greatest) = self.range;
            self.missing -= 1;
            self.range = (0x80, 0xbf);
            return (least..=greatest).contains(&byte);
        }
        (self.missing, self.range) = match byte {
            0x00..=0x7f => (0, (0, 0)),
            0xc2..=0xdf => (1, (0x80, 0xbf)),
            0xe0 => (2, (0xa0, 0xbf)),
            0xed => (2, (0x80, 0x9f)),
            0xe1..=0xef => (2, (0x80, 0xbf)),
            0xf0 => (3, (0x90, 0xbf)),
            0xf1..=0xf3 => (3, (0x80, 0xbf)),
            0xf4 => (3, (0x80, 0x8f)),
            _ => return false,
        };
        true
    }

    /// Returns whether no character is begun.
    pub(super) fn is_whole(self) -> bool {
        self.missing == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_utf8(bytes: &[u8]) -> bool {
        let mut reader = Utf8::default();
        bytes.iter().all(|byte| reader.takes(*byte)) && reader.is_whole()
    }

    /// Every beginning of a character, with every second byte.
    #[test]
    fn it_agrees_on_every_pair_of_bytes() {
        for pair in 0..=u16::MAX {
            let [first, second] = pair.to_be_bytes();
            let bytes = [first, second, 0x80, 0x80];
            for length in 1..=4 {
                let bytes = &bytes[..length];
                assert_eq!(is_utf8(bytes), std::str::from_utf8(bytes).is_ok(), "{bytes:x?}");
            }
        }
    }

    proptest! {
        /// It says what the standard library says, of text and of text with one byte replaced.
        #[test]
        fn it_agrees_with_the_standard_library(
            text in "\\PC{0,8}",
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            noise in proptest::collection::vec(0x7fu8.., 0..6),
        ) {
            prop_assert!(is_utf8(text.as_bytes()));
            let mut broken = text.into_bytes();
            if !broken.is_empty() {
                let at = at.index(broken.len());
                broken[at] = byte;
            }
            prop_assert_eq!(is_utf8(&broken), std::str::from_utf8(&broken).is_ok());
            prop_assert_eq!(is_utf8(&noise), std::str::from_utf8(&noise).is_ok());
        }
    }
}
