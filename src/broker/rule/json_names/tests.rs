use proptest::prelude::*;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::*;

fn names(bytes: &[u8]) -> Result<Vec<String>, &'static str> {
    let mut reader = JsonNames::default();
    let names = reader.read(bytes)?;
    reader.end()?;
    Ok(names)
}

/// Reads with serde, and refuses a name that is there twice.
struct Once;

impl<'de> DeserializeSeed<'de> for Once {
    type Value = Vec<String>;

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Vec<String>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_str<E>(self, _: &str) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_unit<E>(self) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        while list.next_element_seed(Self)?.is_some() {}
        Ok(Vec::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<String>, A::Error> {
        let mut names: Vec<String> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if names.contains(&name) {
                return Err(A::Error::custom("a name twice"));
            }
            names.push(name);
            map.next_value_seed(Self)?;
        }
        Ok(names)
    }
}

/// Returns whether both read the same names, or both refuse the text. A number that is too large for serde
/// is one nevertheless.
fn agree(bytes: &[u8]) -> bool {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Once.deserialize(&mut deserializer);
    match read.and_then(|found| deserializer.end().map(|()| found)) {
        Ok(found) => names(bytes) == Ok(found),
        Err(error) => names(bytes).is_err() || error.to_string().starts_with("number out of range"),
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e15..1e15f64).prop_map(Value::from),
        "\\PC{0,4}".prop_map(Value::from),
        ".{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(".{0,3}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    /// It reads what serde writes, in any pieces.
    #[test]
    fn it_reads_json_in_pieces(value in json(), is_pretty in any::<bool>(), size in 1usize..9) {
        let write = if is_pretty { serde_json::to_string_pretty } else { serde_json::to_string };
        let text = write(&value).expect("it is written");
        let expected: Vec<_> = value.as_object().into_iter().flat_map(|it| it.keys().cloned()).collect();
        let mut reader = JsonNames::default();
        let mut found = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            found.extend(reader.read(piece).expect("it is JSON"));
        }
        prop_assert_eq!(reader.end(), Ok(()));
        prop_assert_eq!(found, expected);
    }

    /// It takes a text with a few bytes changed when serde does, and reads the same names from it.
    #[test]
    fn it_agrees_with_serde_on_what_is_nearly_json(
        value in json(),
        changes in proptest::collection::vec(
            (any::<prop::sample::Index>(), prop_oneof![
                prop::sample::select(b"{}[]:,\"\\ue0-+. \n/'tn\x00\x1f\x7f\xc3\xed\xff".to_vec()),
                any::<u8>(),
            ], 0u8..3),
            1..4,
        ),
    ) {
        let mut text = value.to_string().into_bytes();
        for (at, byte, how) in changes {
            let at = at.index(text.len() + 1);
            match how {
                0 => text.insert(at, byte),
                1 if at < text.len() => text[at] = byte,
                _ if at < text.len() => drop(text.remove(at)),
                _ => {}
            }
        }
        prop_assert!(agree(&text), "{}", String::from_utf8_lossy(&text));
    }

    /// Bytes of chance are no JSON, or are what serde takes them for.
    #[test]
    fn bytes_of_chance_are_read_as_serde_does(
        text in "[\\[\\]{}:,\"\\\\0-9a-fnrtu.eE+ \u{e9}-]{0,24}",
        noise in proptest::collection::vec(any::<u8>(), 0..12),
    ) {
        for bytes in [text.as_bytes(), &noise] {
            prop_assert!(agree(bytes), "{}", String::from_utf8_lossy(bytes));
        }
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    for (text, part) in [
        (r#"{"a": 1, "a": 2}"#, "twice"),
        (r#"{"a": 1, "\u0061": 2}"#, "twice"),
        (r#"[{"b": {"a": 1, "a": 2}}]"#, "twice"),
        (r#"{"\ud800": 1}"#, "half a character"),
        (r#"{"a": "\udc00"}"#, "half a character"),
        (r#"{"a": "\ud800\ud800"}"#, "half a character"),
        (r#"{"a": "\ud800x"}"#, "UTF-8"),
        (r#"{"a": "\x"}"#, "escape"),
        (r#"{"a": "\u00g0"}"#, "escape"),
        ("{\"a\": \"\n\"}", "control"),
        (r#"{"a": 01}"#, "malformed"),
        (r#"{"a": .5}"#, "malformed"),
        (r#"{"a": 1.}"#, "malformed"),
        (r#"{"a": +1}"#, "malformed"),
        (r#"{"a": NaN}"#, "malformed"),
        (r#"{"a": tru}"#, "malformed"),
        (r#"{"a" 1}"#, "malformed"),
        (r"{1: 1}", "malformed"),
        (r"[1,]", "malformed"),
        (r"[1}", "malformed"),
        (r"[1", "not complete"),
        (r#""a"#, "not complete"),
        (r"-", "not complete"),
        (r"", "not complete"),
    ] {
        let fault = names(text.as_bytes()).expect_err("it has two readings");
        assert!(fault.contains(part), "{text}: {fault}");
    }
    let deep = format!("{}{}", "[".repeat(129), "]".repeat(129));
    assert!(names(deep.as_bytes()).is_err_and(|fault| fault.contains("deep")));
    let long = format!("{{\"{}\": 1}}", "a".repeat(1025));
    assert!(names(long.as_bytes()).is_err_and(|fault| fault.contains("long")));
    let many: Vec<_> = (0..=MOST_NAMES).map(|at| format!("\"{at}\":1")).collect();
    let many = format!("[{{{}}}]", many.join(","));
    assert!(names(many.as_bytes()).is_err_and(|fault| fault.contains("more names")));
}
