//! The filter, held against the plainest way to do the same: every spelling is tried everywhere.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

/// A text that gives a secret away: all that may stand for each character, and how many of them suffice.
type Plain = (Vec<Vec<String>>, usize);

/// Returns all spellings of a character.
fn spellings(character: char) -> Vec<String> {
    let one = character.to_string();
    let mut spellings = vec![one.clone(), percent_encoded(&one), in_codes(&one)];
    let json = serde_json::to_string(&one).unwrap();
    spellings.push(json[1..json.len() - 1].to_owned());
    match character {
        ' ' => spellings.push("+".to_owned()),
        '/' => spellings.push("\\/".to_owned()),
        '\n' => spellings.extend(["\r\n", "\\r\\n", "\r\r\n"].map(str::to_owned)),
        _ => {}
    }
    spellings
}

/// Returns all that may stand for the characters of a text, with or without line breaks within it.
fn alternatives(text: &str, is_broken: bool) -> Vec<Vec<String>> {
    let breaks = |at: usize| {
        let breaks = if is_broken && at >= 4 { spellings('\n') } else { Vec::new() };
        std::iter::once(String::new()).chain(breaks)
    };
    let all = |(at, character)| {
        let spellings = spellings(character);
        breaks(at)
            .flat_map(|before| spellings.iter().map(move |one| before.clone() + one))
            .collect()
    };
    text.chars().enumerate().map(all).collect()
}

/// Returns the last end of all ways to read a text from a place on.
fn end(form: &Plain, done: usize, text: &[u8], at: usize) -> Option<usize> {
    let here = (done >= form.1).then_some(at);
    let alternatives = form.0.get(done).into_iter().flatten();
    let read = alternatives.filter(|one| text[at..].starts_with(one.as_bytes()));
    read.filter_map(|one| end(form, done + 1, text, at + one.len())).chain(here).max()
}

/// Returns all that gives a secret away. The part that depends on it alone is the one that stays when
/// all around it changes.
fn forms(secret: &str) -> Vec<Plain> {
    let mut forms = vec![(alternatives(secret, false), secret.chars().count())];
    for before in 0..3 {
        for engine in [&STANDARD, &URL_SAFE] {
            let among = |fill: u8| {
                let fill = [fill; 3];
                engine.encode([&fill[..before], secret.as_bytes(), &fill].concat())
            };
            let (zeros, ones) = (among(0), among(0xff));
            let same: Vec<_> =
                zeros.chars().zip(ones.chars()).map(|(one, other)| one == other).collect();
            let first = same.iter().position(|same| *same).unwrap();
            let least = same[first..].iter().take_while(|same| **same).count();
            let whole = engine.encode([&[0; 2][..before], secret.as_bytes()].concat());
            forms.push((alternatives(&whole[first..], true), least));
        }
    }
    forms
}

/// Returns what has to be shown of a text: all that no form covers.
fn expected(secrets: &[String], text: &[u8]) -> Vec<u8> {
    let secrets =
        secrets.iter().map(|secret| secret.trim()).filter(|secret| secret.len() >= SHORTEST);
    let forms: Vec<_> = secrets.flat_map(forms).collect();
    let mut shown = Vec::new();
    let mut done = 0;
    for at in 0..text.len() {
        let end = forms.iter().filter_map(|form| end(form, 0, text, at)).max().unwrap_or(0);
        if end > done {
            if at >= done {
                shown.extend_from_slice(&text[done..at]);
                shown.extend_from_slice(MARK);
            }
            done = end;
        }
    }
    shown.extend_from_slice(&text[done..]);
    shown
}

/// Cuts a text in pieces of these lengths, over and over.
fn cut<'a>(mut text: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle() {
        let (piece, rest) = text.split_at(text.len().min(*length));
        pieces.push(piece);
        text = rest;
        if text.is_empty() {
            break;
        }
    }
    pieces
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// Writes a secret in some form.
fn written(secret: &str, form: u8) -> String {
    let every_other = |(at, byte): (usize, char)| {
        if at % 2 == 0 { percent_encoded(&byte.to_string()) } else { byte.to_string() }
    };
    match form {
        0 => percent_encoded(secret),
        1 => secret.chars().enumerate().map(every_other).collect(),
        2 => in_codes(secret),
        7 => secret.replace('\n', "\r\n"),
        3 => STANDARD.encode(secret),
        4 => STANDARD.encode(format!(":{secret}:")),
        5 => URL_SAFE.encode(format!("::{secret}")),
        6 => String::from_utf8(
            STANDARD.encode(secret).as_bytes().chunks(5).collect::<Vec<_>>().join(&b'\n'),
        )
        .unwrap(),
        _ => secret.to_owned(),
    }
}

/// Generates a text of secrets in some form, of parts of them, and of other bytes.
fn texts(secrets: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    let part = move |(which, form, from, less): (Index, u8, usize, usize)| {
        let secret: &String = which.get(&secrets);
        let word = written(secret, form).into_bytes();
        let to = word.len().saturating_sub(less);
        word.get(from..to).unwrap_or_default().to_vec()
    };
    let mostly_none = || prop_oneof![5 => Just(0), 1 => 1..4_usize];
    let part = (any::<Index>(), 0..10_u8, mostly_none(), mostly_none()).prop_map(part);
    let word = prop_oneof![4 => part, 1 => vec(any::<u8>(), 0..5)];
    vec(word, 0..8).prop_map(|words| words.concat())
}

/// Secrets that overlap with themselves and one another, and with their own spellings.
const SECRETS: &str =
    "[ab]{4,6}|[a%2561]{4,6}|[a\\\\u06n\"]{4,6}|[a-c+/ ]{2}[a-c]{3}|aé😀[a\n]{1,2}b|a[\na]{1,2}bc";

/// Generates secrets, a text, and the lengths of the pieces that it comes in.
fn cases() -> impl Strategy<Value = (Vec<String>, Vec<u8>, Vec<usize>)> {
    (vec(SECRETS, 1..4), vec(1..9_usize, 1..5))
        .prop_flat_map(|(secrets, lengths)| (Just(secrets.clone()), texts(secrets), Just(lengths)))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_the_pieces_all_forms_are_replaced((secrets, text, lengths) in cases()) {
        let some: Vec<_> = secrets.iter().map(String::as_str).collect();
        let filter = filter(&some);
        let expected = lossy(&expected(&secrets, &text));
        prop_assert_eq!(lossy(&shown(&filter, &[&text])), &*expected);
        prop_assert_eq!(lossy(&shown(&filter, &cut(&text, &lengths))), &*expected);
        // Scanners look from the beginning on, or from when reading took too long.
        for at_once in [0, 3, 20] {
            let stream = || filter.stream_with(Allowance { at_once, a_byte: 0 });
            prop_assert_eq!(lossy(&shown_by(stream(), &[&text])), &*expected);
            prop_assert_eq!(lossy(&shown_by(stream(), &cut(&text, &lengths))), &*expected);
        }
    }

    #[test]
    fn what_has_no_secret_stays_as_it_is(
        secret in "[A-Za-z0-9_-]{12,90}",
        text in vec(any::<u8>(), 0..5000),
        lengths in vec(1..99_usize, 1..5),
    ) {
        let filter = filter(&[&secret]);
        prop_assert_eq!(shown(&filter, &cut(&text, &lengths)), text);
    }
}
