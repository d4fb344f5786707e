//! The document of provider files, held against the example.

use std::fs;

use serde_json::Value;

/// Returns whether a part of a document is in the whole.
fn is_in(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(name, part)| whole.get(name).is_some_and(|whole| is_in(part, whole)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.iter().all(|part| whole.iter().any(|whole| is_in(part, whole)))
        }
        _ => part == whole,
    }
}

#[test]
fn what_the_document_shows_is_in_the_example() {
    let read = |text: &str| -> Value {
        xreq::text::strict_yaml::read(text).unwrap_or_else(|fault| panic!("{fault}: {text}"))
    };
    let root = env!("CARGO_MANIFEST_DIR");
    let text = |path: &str| fs::read_to_string(format!("{root}/{path}")).expect("it is there");
    let nimbus = read(&text("examples/providers/nimbus.yaml"));
    let quorum = read(&text("examples/providers/quorum.yaml"));
    let document = text("docs/providers.md");
    let mut shown = Vec::new();
    for block in document.split("```yaml\n").skip(1) {
        let block = read(block.split("```").next().expect("a block ends"));
        let fields = block.as_object().expect("it has fields");
        if fields.contains_key("providers") {
            continue;
        }
        let example = if fields.contains_key("parts") { &quorum } else { &nimbus };
        for (name, value) in fields {
            let whole = example.get(name).unwrap_or_else(|| panic!("the example has no {name}"));
            assert!(is_in(value, whole), "{name}: {value}");
        }
        shown.extend(fields.keys().cloned());
    }
    for name in
        ["authorize", "token", "parts", "revoke", "env", "services", "url_variables", "quirks"]
    {
        assert!(shown.iter().any(|shown| shown == name), "{name} is not shown");
    }
}
