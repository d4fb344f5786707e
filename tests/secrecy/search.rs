//! Planted secrets, and the search for them, in whatever form they come.

use std::collections::HashMap;

/// How many bytes in a row of a canary are enough to call it a leak.
const WINDOW: usize = 12;

/// The count of digests.
const DIGESTS: usize = 1 << 20;

/// A secret that must not be seen again.
#[derive(Clone)]
pub struct Canary {
    /// What it stands for.
    pub name: &'static str,
    /// The secret itself.
    pub text: String,
}

/// Text by chance, always the same for a name: no secret is written out in these files.
pub fn random(name: &str, alphabet: &str, length: usize) -> String {
    // FNV-1a makes a state of the name, xorshift64 the rest of it.
    let mut state = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let alphabet: Vec<char> = alphabet.chars().collect();
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let index = (state >> 33) % alphabet.len() as u64;
        alphabet[usize::try_from(index).expect("an index is small")]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// The characters of X's tokens.
pub const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The characters that encodings change, and that a token may have (RFC 6749 appendix A.12).
pub const SPECIAL: &str = "\"\\%+/=&?#<>'`${}|^~!*;:,@[]()";

impl Canary {
    /// A token as X makes them, which a person or a program recognises as such.
    pub fn token(name: &'static str, length: usize) -> Self {
        Self { name, text: random(name, BASE64, length) }
    }

    /// A token that looks different in every encoding.
    pub fn odd_token(name: &'static str) -> Self {
        let text = [
            random(name, BASE64, 30),
            random(name, SPECIAL, 30),
            random(&format!("{name} end"), BASE64, 30),
        ];
        Self { name, text: text.concat() }
    }
}

/// All canaries, in all forms, ready to be looked for.
pub struct Search {
    /// By the digest of their first bytes: whether there are such windows. It spares most look-ups.
    begins: Vec<bool>,
    windows: HashMap<[u8; WINDOW], (&'static str, &'static str)>,
}

impl Search {
    /// A search for these canaries.
    pub fn new(canaries: &[&Canary]) -> Self {
        let mut windows = HashMap::new();
        let mut begins = vec![false; DIGESTS];
        for canary in canaries {
            for (form, text) in forms(canary.text.as_bytes()) {
                for window in text.to_ascii_lowercase().windows(WINDOW) {
                    begins[digest(window)] = true;
                    let window = window.try_into().expect("a window has its size");
                    windows.entry(window).or_insert((canary.name, form));
                }
            }
        }
        Self { begins, windows }
    }

    /// The first canary that is there: its name, its form, and what stands around it.
    pub fn find(&self, haystack: &[u8]) -> Option<String> {
        let haystack = haystack.to_ascii_lowercase();
        haystack.windows(WINDOW).enumerate().find_map(|(at, window)| {
            if !self.begins[digest(window)] {
                return None;
            }
            let (name, form) = self.windows.get(window)?;
            let around = &haystack[at.saturating_sub(80)..(at + 80).min(haystack.len())];
            Some(format!("the {name} ({form}) in …{}…", String::from_utf8_lossy(around)))
        })
    }
}

/// A number below [`DIGESTS`] that the first four bytes of a window give.
fn digest(window: &[u8]) -> usize {
    let begin = u32::from_le_bytes([window[0], window[1], window[2], window[3]]);
    (begin.wrapping_mul(0x9e37_79b1) >> 12) as usize
}

/// A text as it is, and as it may come back.
fn forms(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let string = String::from_utf8_lossy(text);
    let json = serde_json::to_string(&string).expect("a string is JSON").into_bytes();
    let percent = |byte: &u8| match byte {
        b'-' | b'.' | b'_' | b'~' => vec![*byte],
        _ if byte.is_ascii_alphanumeric() => vec![*byte],
        _ => format!("%{byte:02x}").into_bytes(),
    };
    let mut forms = vec![
        ("plain", text.to_vec()),
        ("JSON", json[1..json.len() - 1].to_vec()),
        ("Debug", format!("{string:?}").into_bytes()),
        ("percent-encoded", text.iter().flat_map(percent).collect()),
        ("hex", text.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()),
        ("bytes", format!("{text:?}").into_bytes()),
    ];
    // What stands before it shifts it: there are three ways to begin, and the first and the last
    // group of four may hold something else too.
    for start in 0..3 {
        let length = (text.len() - start) / 3 * 3;
        for alphabet in ["+/", "-_"] {
            forms.push(("base64", base64(&text[start..start + length], alphabet)));
        }
    }
    forms
}

/// RFC 4648 section 4, for whole groups of three bytes.
fn base64(bytes: &[u8], last_two: &str) -> Vec<u8> {
    let alphabet = [BASE64, last_two].concat().into_bytes();
    let group = |group: &[u8]| {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| alphabet[bits >> shift & 63])
    };
    bytes.chunks_exact(3).flat_map(group).collect()
}

#[test]
fn every_form_is_found() {
    let canary = Canary::odd_token("canary");
    let search = Search::new(&[&canary]);
    assert_eq!(base64(b"canary", "+/"), b"Y2FuYXJ5");
    for before in ["", "a", "ab", "abc"] {
        for (form, text) in forms(canary.text.as_bytes()) {
            let text = [before.as_bytes(), &text, b"\n"].concat();
            let found = search.find(&text).unwrap_or_else(|| panic!("not found as {form}"));
            assert!(found.starts_with("the canary "), "{found}");
            assert!(search.find(&text[..before.len() + WINDOW - 1]).is_none());
        }
        let inside = [before, &canary.text, "and more"].concat();
        let length = inside.len() / 3 * 3;
        assert!(search.find(&base64(&inside.as_bytes()[..length], "+/")).is_some());
    }
    assert!(search.find(b"stored x (default): tweet.read users.read; expires in 2h").is_none());
}
