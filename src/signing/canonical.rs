//! JSON in the one form that is signed, whatever order and white space it was stored with.

use serde::Serialize;
use serde_json::Value;

/// Returns a value as RFC 8785 has it: without white space, the fields of an object in the order of
/// their names. Names are ASCII and numbers are integers, so that nothing else of it is needed.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    let value = serde_json::to_value(value).expect("what is signed is plain JSON");
    let mut text = Vec::new();
    write(&value, &mut text);
    text
}

fn write(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            list(text, *b"{}", fields, |(name, value), text| {
                scalar(name, text);
                text.push(b':');
                write(value, text);
            });
        }
        Value::Array(items) => list(text, *b"[]", items, write),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => scalar(value, text),
    }
}

fn list<T>(
    text: &mut Vec<u8>,
    [open, close]: [u8; 2],
    items: impl IntoIterator<Item = T>,
    mut item: impl FnMut(T, &mut Vec<u8>),
) {
    text.push(open);
    for (number, one) in items.into_iter().enumerate() {
        if number > 0 {
            text.push(b',');
        }
        item(one, text);
    }
    text.push(close);
}

fn scalar(value: &impl Serialize, text: &mut Vec<u8>) {
    serde_json::to_writer(text, value).expect("memory can be written");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn order_and_white_space_do_not_count() {
        let one: Value = serde_json::from_str(r#"{"b": [1, {"d": null, "c": "ä\n"}], "a": true}"#)
            .expect("it is JSON");
        let other: Value =
            serde_json::from_str(r#"{"a":true,"b":[1,{"c":"\u00e4\u000a","d":null}]}"#)
                .expect("it is JSON");
        assert_eq!(json(&one), json(&other));
        assert_eq!(json(&one), "{\"a\":true,\"b\":[1,{\"c\":\"ä\\n\",\"d\":null}]}".as_bytes());
        assert_ne!(json(&json!([1, 2])), json(&json!([2, 1])));
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-z_]{0,4}", inner), 0..4)
                    .prop_map(|fields| fields.into_iter().collect::<Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_is_the_same_value(value in values()) {
            let text = json(&value);
            let read: Value = serde_json::from_slice(&text).expect("it is JSON");
            prop_assert_eq!(&read, &value);
            prop_assert_eq!(json(&read), text);
        }
    }
}
