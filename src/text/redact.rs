//! Redaction of what was pasted into the wrong place, so that it is not shown.
//!
//! No message is ever made from a secret that xreq knows to be one. But a token that was typed
//! where a name, a file or a scope belongs comes back in the message that refuses it, and from
//! there gets into logs. Tokens are made by chance, and names by people: that tells them apart.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

/// A random text has at least this many letters and digits,
const SHORTEST: usize = 20;

/// and changes between letters and digits at least this often. (In 40 characters of base64 that is
/// ten times on average, in hexadecimal digits twice as often. People write `prod-2024-11-eu`.)
const FEWEST_CHANGES: usize = 5;

/// Returns whether a text holds something that looks like a token or a key.
pub fn looks_secret(text: &str) -> bool {
    matches!(redact(text), Cow::Owned(_))
}

/// Returns the text with asterisks in the place of every word that looks like a token or a key.
///
/// The places of everything else stay as they are. A word that starts with a slash is the path of
/// a file, and is left alone.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut redacted = String::new();
    let mut copied = 0;
    let mut at = 0;
    for word in text.split(|c| !is_of_word(c)) {
        if word.len() >= SHORTEST
            && !word.starts_with('/')
            && word.split(|c| !is_of_part(c)).any(is_random)
        {
            redacted.push_str(&text[copied..at]);
            redacted.extend(std::iter::repeat_n('*', word.len()));
            copied = at + word.len();
        }
        at += word.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    redacted.push_str(&text[copied..]);
    Cow::Owned(redacted)
}

/// Hides what looks like a token in each of some names: what was pasted into the wrong place is a name,
/// too.
pub fn redact_all(mut names: Vec<String>) -> Vec<String> {
    for name in &mut names {
        if let Cow::Owned(hidden) = redact(name) {
            *name = hidden;
        }
    }
    names
}

/// Hides what looks like a token in every text of a JSON value. The names of `file`s stay as they
/// are: some folders are called by chance.
pub fn redact_json(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(redacted) = redact(text) {
                *text = redacted;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact_json),
        Value::Object(fields) => {
            let others = fields.iter_mut().filter(|(name, _)| *name != "file");
            others.for_each(|(_, value)| redact_json(value));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Returns the text with a sign in the place of every character of some places but white space.
/// Each sign is as long as what it hides, in UTF-8 and in UTF-16, so that all places stay as they
/// are.
pub fn masked(text: String, places: &[Range<usize>]) -> String {
    let mut bytes = text.into_bytes();
    for place in places {
        let Some(Ok(hidden)) = bytes.get(place.clone()).map(str::from_utf8) else { continue };
        let signs: String = hidden.chars().map(sign).collect();
        bytes[place.clone()].copy_from_slice(signs.as_bytes());
    }
    String::from_utf8(bytes).expect("signs are as long as what they hide")
}

fn sign(hidden: char) -> char {
    match hidden.len_utf8() {
        _ if hidden.is_whitespace() => hidden,
        1 => '*',
        2 => '×',
        3 => '•',
        _ => '\u{1f512}',
    }
}

/// Returns somebody else's words, fit for a terminal and a page: without what controls either,
/// without what looks like a token, and at most so many characters of it. The cut comes last: the
/// rest of a token would look like nothing.
pub fn quotable(words: &str, most: usize) -> String {
    let shown = visible(words);
    redact(shown.trim()).chars().take(most).collect::<String>().trim_end().to_owned()
}

/// Returns somebody else's words, without what controls a terminal or a page.
pub fn visible(words: &str) -> String {
    let shown = words.chars().filter(|c| !is_invisible(*c));
    shown.map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Returns whether a character shows nothing, or changes the direction of those around it.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Returns whether a character occurs in base64, percent-encoding, JSON Web Tokens or URLs.
fn is_of_word(c: char) -> bool {
    is_of_part(c) || matches!(c, '+' | '/' | '=' | '%' | '~' | '.' | ':' | '@')
}

fn is_of_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn is_random(part: &str) -> bool {
    let characters = || part.bytes().filter(u8::is_ascii_alphanumeric);
    let changes = || {
        let pairs = characters().zip(characters().skip(1));
        pairs.filter(|(one, next)| one.is_ascii_digit() != next.is_ascii_digit())
    };
    characters().count() >= SHORTEST && changes().count() >= FEWEST_CHANGES
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a text that looks like a token; none is written out, so that no scanner finds one
    /// here.
    fn random(alphabet: &str, length: usize) -> String {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let index = state % alphabet.len() as u64;
            alphabet.as_bytes()[usize::try_from(index).expect("an index is small")] as char
        };
        std::iter::repeat_with(next).take(length).collect()
    }

    #[test]
    fn no_part_of_a_token_is_left_by_the_cut() {
        let token = random(BASE64, 91);
        let words = format!("no such token: {token} {token}");
        for most in 0..words.len() + 2 {
            let shown = quotable(&words, most);
            assert!(shown.chars().count() <= most, "{most}");
            assert!(!shown.contains(&token[..4]), "{most}: {shown}");
        }
        let tricks = "\u{1b}[2Jno\u{202e}\r\nyes\u{feff} \u{200b}";
        assert_eq!(quotable(tricks, 80), "[2Jno  yes");
    }

    const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    #[test]
    fn what_chance_makes_is_hidden() {
        let secrets = [
            random(BASE64, 91),
            random(BASE64, 40),
            random("0123456789abcdef", 32),
            format!("AGE-SECRET-KEY-1{}", random("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
            format!("{}/{}+{}==", random(BASE64, 30), random(BASE64, 5), random(BASE64, 7)),
            format!("key:{}", random(BASE64, 40)),
            format!("https://me:{}@example.org/a", random(BASE64, 40)),
        ];
        for secret in &secrets {
            assert!(looks_secret(secret), "{secret}");
            let shown = redact(&format!("é `{secret}`, ü")).into_owned();
            assert_eq!(shown, format!("é `{}`, ü", "*".repeat(secret.len())));
        }
        let [first, .., last] = &secrets;
        assert_eq!(redact(&format!("{first} and {last}")).matches("and").count(), 1);
    }

    #[test]
    fn what_is_masked_keeps_its_places() {
        let text = "a: sé\u{20ac}😀 \n b # x".to_owned();
        let shown = masked(text.clone(), &[3..17, 4..6, 0..99]);
        assert_eq!(shown, "a: *×•\u{1f512} \n * # x");
        assert_eq!(shown.len(), text.len());
        assert_eq!(shown.encode_utf16().count(), text.encode_utf16().count());
    }

    #[test]
    fn json_hides_texts_and_keeps_the_names_of_files() {
        let token = random(BASE64, 40);
        let value = |text: &str| {
            let list = [serde_json::json!(text), 1.into()];
            serde_json::json!({ "a": text, "b": { "c": list, "d": format!("e {text}") }, "file": token })
        };
        let mut redacted = value(&token);
        redact_json(&mut redacted);
        assert_eq!(redacted, value(&"*".repeat(40)));
    }

    #[test]
    fn what_people_write_is_shown() {
        for text in [
            "",
            "x.tweet.read",
            "marketing-2024-prod-berlin",
            "internationalSalesDepartment2024",
            "MY_VERY_LONG_APPLICATION_SECRET_KEY_2",
            "https://www.googleapis.com/auth/gmail.readonly",
            "tests/manifest/ok/06-spelling-2-v1.yaml",
            "2026-11-22T04:41:09Z",
            "`/nix/store/0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f-app/xreq.yaml`",
            "keine Anmeldung für äöü 1 2 3 4 5 6 7 8 9",
        ] {
            assert_eq!(redact(text), text);
            assert!(!looks_secret(text), "{text}");
        }
    }
}
