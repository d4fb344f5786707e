//! Characters that mean something else to other readers of YAML.
//!
//! YAML 1.1 has three line breaks that are ordinary characters in YAML 1.2 (section 5.4): what stands
//! behind one in a comment is hidden from one reader and read by the other. A carriage return alone
//! is a line break in both, and not to every reader. A byte order mark that is not the first
//! character is skipped by some readers, and a part of the next word to others.

/// Such a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ambiguous {
    character: char,
    /// Its code point and its name in Unicode, and what it is to whom.
    fault: &'static str,
}

const BYTE_ORDER_MARK: char = '\u{feff}';

const ALL: [Ambiguous; 5] = [
    Ambiguous {
        character: '\u{85}',
        fault: "U+0085 (next line) ends a line for some readers of YAML and not for others",
    },
    Ambiguous {
        character: '\u{2028}',
        fault: "U+2028 (line separator) ends a line for some readers of YAML and not for others",
    },
    Ambiguous {
        character: '\u{2029}',
        fault: "U+2029 (paragraph separator) ends a line for some readers of YAML and not for others",
    },
    Ambiguous {
        character: '\r',
        fault: "a carriage return without a line feed ends a line for some readers of YAML and not \
                for others",
    },
    Ambiguous {
        character: BYTE_ORDER_MARK,
        fault: "U+FEFF (byte order mark) inside of a file is nothing to some readers of YAML and a \
                letter to others",
    },
];

/// Returns the first of each such character in a text, with the byte at which it stands, in the order
/// of the text. A byte order mark that begins the text has to be taken off before.
pub fn characters(text: &str) -> Vec<(usize, Ambiguous)> {
    let mut found = Vec::new();
    if text.is_ascii() && !text.contains('\r') {
        return found;
    }
    for ambiguous in ALL {
        let mut places = text.match_indices(ambiguous.character).map(|(at, _)| at);
        let counts = |at: &usize| ambiguous.character != '\r' || !text[at + 1..].starts_with('\n');
        found.extend(places.find(counts).map(|at| (at, ambiguous)));
    }
    found.sort_by_key(|(at, _)| *at);
    found
}

impl Ambiguous {
    /// Returns how many bytes it takes up in a line; one that ends a line is no part of it.
    pub fn length(self) -> usize {
        if self.character == '\r' { 0 } else { self.character.len_utf8() }
    }

    /// Returns what is wrong with it, as a sentence.
    pub fn fault(self) -> &'static str {
        self.fault
    }

    /// Returns what to write instead.
    pub fn way_out(self) -> String {
        if self.character == '\r' {
            return "end every line with a line feed, or with both".to_owned();
        }
        let code = u32::from(self.character);
        format!("remove it; between double quotes it can be written as `\\u{code:04x}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_character_is_found_once_where_it_is_first() {
        let places = |text| characters(text).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(places("a\r\nb\né\u{a0}\u{2003}"), [0; 0]);
        assert_eq!(places("a\r\nb\rc\r"), [4]);
        assert_eq!(places("é\u{2029}\u{85}\u{2029}\u{85}\u{2028}\u{feff}"), [2, 5, 12, 15]);
        assert_eq!(places("\r\r\n"), [0]);
    }
}
