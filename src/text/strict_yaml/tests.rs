use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::read;

fn fault_of<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str) -> String {
    read::<T>(text).expect_err("it is refused").to_string()
}

/// A document is what the core schema says, as JSON.
#[test]
fn values_are_those_of_the_core_schema() {
    let text = "a: [1, -2, 1.5, true, ~, '1', no, 2026-11-30]\nb: {c: \"d\\ne\"}\nf:\ng: |\n  two\n  lines\n";
    let expected = json!({
        "a": [1, -2, 1.5, true, null, "1", "no", "2026-11-30"],
        "b": {"c": "d\ne"}, "f": null, "g": "two\nlines\n",
    });
    assert_eq!(read::<Json>(text).expect("it is YAML"), expected);
    assert_eq!(read::<Json>("").expect("it is YAML"), Json::Null);
    assert_eq!(read::<Json>("--- a\n...\n").expect("it is YAML"), json!("a"));
}

/// JSON is YAML, and reads as `serde_json` reads it.
#[test]
fn json_reads_as_json() {
    let text = r#"{"a": [{"b": 12, "c": [true, null, "x: y", "é\u00e9"]}], "d": {}, "e": -0.25}"#;
    let expected: Json = serde_json::from_str(text).expect("it is JSON");
    assert_eq!(read::<Json>(text).expect("it is YAML"), expected);
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
struct Sample {
    name: String,
    #[serde(default)]
    level: Option<Level>,
    #[serde(default)]
    counts: BTreeMap<String, u8>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Level {
    Low,
    High,
}

#[test]
fn types_are_read() {
    let sample = |text: &str| read::<Sample>(text).expect("it is one");
    let counts = BTreeMap::from([("x".to_owned(), 7)]);
    let expected = Sample { name: "n".into(), level: Some(Level::High), counts };
    assert_eq!(sample("name: n\nlevel: high\ncounts: {x: 7}\n"), expected);
    let expected = Sample { name: "12".into(), level: None, counts: BTreeMap::new() };
    assert_eq!(sample("name: '12'\nlevel: ~\n"), expected);
}

/// A fault is named where it is: at the value, at the key, or where the mapping begins.
#[test]
fn faults_have_their_places() {
    for (text, expected) in [
        ("level: low", "1:1: the field `name` is missing"),
        ("name: n\nlevel: medium", "2:8: unknown value `medium`; known are `low`, `high`"),
        ("name: n\nlevel: lwo", "2:8: unknown value `lwo`; did you mean `low`?"),
        ("name: n\nlevel: 7", "2:8: a text is expected; put `7` into quotes"),
        ("name: n\nlevels: low", "2:1: unknown field `levels`; did you mean `level`?"),
        ("name: n\ncounts: [x]", "2:9: a mapping is expected"),
        ("name: n\ncounts: {x: 256}", "2:13: u8 is expected"),
        ("name: n\ncounts: {x: 1, x: 2}", "2:16: `x` is there twice"),
        ("name: n\ncounts: {[x]: 1}", "2:10: the key of a mapping must be a text"),
        ("name: n\ncounts: {7: 1}", "2:10: a text is expected; put `7` into quotes"),
        ("name: n\ncounts: {x: 0x7}", "2:13: a decimal number is expected"),
        ("name: &a n", "1:10: anchors and aliases are not supported; repeat the value"),
        ("name: *a", "1:7: anchors and aliases are not supported; repeat the value"),
        ("name: !!str n", "1:7: unsupported tag `!!str`"),
        ("<<: {}\nname: n", "1:1: merge keys are not supported; repeat the fields"),
        ("name: n\n---\nname: n", "2:1: a second document begins; a file has one"),
        ("- n", "1:1: a mapping is expected"),
    ] {
        assert_eq!(fault_of::<Sample>(text), expected, "{text:?}");
    }
}

#[test]
fn nesting_is_bounded() {
    for open in ["[", "- "] {
        let fault = fault_of::<Json>(&open.repeat(100_000));
        assert!(fault.ends_with(": recursion limit exceeded"), "{fault}");
    }
}

/// A text of which the type itself says what is wrong with it.
#[derive(Debug)]
struct Short(String);

impl<'de> Deserialize<'de> for Short {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_short = text.len() < 5;
        is_short.then_some(Self(text)).ok_or_else(|| serde::de::Error::custom("it is long"))
    }
}

#[test]
fn what_a_type_finds_is_told_at_the_value() {
    let of = |text: &str| read::<BTreeMap<String, Vec<Short>>>(text).map_err(|it| it.to_string());
    let read_texts = of("a: [b, c]").expect("they are short");
    assert_eq!(read_texts["a"].iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    for (text, expected) in
        [("a: [b, longer]", "1:8: it is long"), ("a:\n  - b\n  - longer\n", "3:5: it is long")]
    {
        assert_eq!(of(text).expect_err(text), expected);
    }
    let single = read::<BTreeMap<String, Short>>("a: b\nc:   longer\n").expect_err("it is long");
    assert_eq!(single.to_string(), "2:6: it is long");
}
