//! No text makes xreq panic, and every finding points into its text.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use xreq::model::name::{Label, SecretName, Slug};
use xreq::model::scope::ScopeSet;
use xreq::text::redact::redact;

use crate::fuzz;

/// What means something in a manifest, or looks like it.
const WORDS: [&str; 56] = [
    "requirements:",
    "integrations:",
    "secrets:",
    "credentials:",
    "- ",
    "key: ",
    "x",
    "acme",
    "x.tweet.read",
    "x.twet.read",
    "scopes: ",
    "optional: ",
    "true",
    "no",
    "description: ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ": ",
    "\n",
    "\n  ",
    "\n    ",
    "\r\n",
    "\r",
    "\t",
    " ",
    "'",
    "\"",
    "\\",
    "\\u0000",
    "|",
    ">",
    "&a ",
    "*a",
    "!!str ",
    "!a ",
    "<<: ",
    "---",
    "...",
    "%YAML 1.2",
    "# ",
    "? ",
    "~",
    "null",
    "1e9",
    "0x1f",
    "é",
    "🙂",
    "e\u{301}",
    "\u{feff}",
    "\u{2028}",
    "\u{85}",
    "\0",
    "\u{7f}",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![12 => prop::sample::select(WORDS.to_vec()).prop_map(str::to_owned), 1 => ".{0,3}"]
}

/// A right manifest of the corpus with some of it taken away and something put there.
fn nearly_right() -> impl Strategy<Value = String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifest/ok");
    let files = fs::read_dir(folder).expect("the corpus is there");
    let files = files.map(|file| file.expect("it can be read").path());
    let manifests: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|extension| extension == "yaml"))
        .filter_map(|file| fs::read_to_string(file).ok())
        .filter(|text| text.len() < 2000)
        .collect();
    let edit = (any::<Index>(), 0..4_usize, prop::option::of(word()));
    let edits = prop::collection::vec(edit, 0..4);
    (prop::sample::select(manifests), edits).prop_map(|(text, edits)| {
        let mut characters: Vec<char> = text.chars().collect();
        for (at, taken, put) in edits {
            let at = at.index(characters.len() + 1);
            let end = characters.len().min(at + taken);
            characters.splice(at..end, put.unwrap_or_default().chars());
        }
        characters.into_iter().collect()
    })
}

fn any_text() -> impl Strategy<Value = String> {
    let words = prop::collection::vec(word(), 0..30).prop_map(|words| words.concat());
    prop_oneof![6 => nearly_right(), 3 => words, 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_manifest_is_read_or_refused(bytes in prop_oneof![
        6 => any_text().prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..200),
    ]) {
        fuzz::manifest::check(&bytes);
    }

    #[test]
    fn redaction_moves_nothing(text in prop_oneof![any_text(), with_tokens()]) {
        let redacted = redact(&text);
        prop_assert_eq!(redacted.len(), text.len());
        for (old, new) in text.bytes().zip(redacted.bytes()) {
            prop_assert!(old == new || (new == b'*' && old.is_ascii_graphic()));
        }
        prop_assert_eq!(redact(&redacted), redacted.as_ref());
    }

    #[test]
    fn a_token_response_is_read_or_refused(text in prop_oneof![
        any::<String>(),
        token_responses(),
        "[ -~]{0,60}",
    ]) {
        fuzz::token_response::is_read_or_refused(&text);
    }

    #[test]
    fn names_come_back(text in prop_oneof![any::<String>(), "[A-Za-z0-9._~/-]{0,70}", "[a-z0-9_-]{0,34}"]) {
        let label = text.parse::<Label>().map(|name| name.to_string());
        let slug = text.parse::<Slug>().map(|name| name.to_string());
        let secret = text.parse::<SecretName>().map(|name| name.to_string());
        for name in [label, slug, secret].into_iter().flatten() {
            prop_assert_eq!(&name, &text);
            let is_file_name = !name.is_empty()
                && name.len() <= 128
                && !name.starts_with('.')
                && !name.contains(['/', '~', '\0', '\n', '='])
                && name.is_ascii();
            prop_assert!(is_file_name, "{:?}", name);
        }
        let quoted = serde_json::to_string(&text).expect("a string is JSON");
        let read = serde_json::from_str::<Label>(&quoted).ok();
        prop_assert_eq!(read, text.parse::<Label>().ok());
    }

    #[test]
    fn scopes_come_back(text in prop_oneof![any::<String>(), "[a-z. ,]{0,60}"]) {
        let scopes = ScopeSet::parse(&text);
        prop_assert_eq!(&ScopeSet::parse(&scopes.to_string()), &scopes);
        prop_assert!(scopes.iter().all(|scope| !scope.is_empty() && !scope.contains([' ', ','])));
    }
}

/// Long words as chance makes them, between others.
fn with_tokens() -> impl Strategy<Value = String> {
    let separators = ["/", "+", "=", ":", ".", " ", "é", "-", "_", "`", "\n"].map(str::to_owned);
    let part = prop_oneof![
        2 => "[a-zA-Z0-9]{1,60}",
        3 => prop::sample::select(separators.to_vec()),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

fn token_responses() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("\"\"".to_owned()),
        Just("\"bearer\"".to_owned()),
        Just("\"a-token\"".to_owned()),
        Just("\"tweet.read users.read\"".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:e}")),
        any::<String>().prop_map(|text| serde_json::to_string(&text).expect("a string is JSON")),
    ];
    let names =
        ["access_token", "refresh_token", "token_type", "expires_in", "scope", "error", "a"];
    let field = (prop::sample::select(names.to_vec()), value);
    prop::collection::vec(field, 0..7).prop_map(|fields| {
        let fields: Vec<_> =
            fields.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", fields.join(","))
    })
}
