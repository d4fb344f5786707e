//! The reader of a YAML document: a tree becomes a value of a type, by serde.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::fault::Fault;
use super::node::{Node, Value};
use super::position::Position;
use crate::text::nearest::nearest;
use crate::text::scalar::ScalarType;

/// The reason why a value is none of a type. The place is that of the innermost value that is known to be
/// wrong.
#[derive(Debug)]
pub struct Mistake {
    position: Option<Position>,
    what: String,
}

impl Mistake {
    /// Returns the same, at this place unless another one is known.
    fn at(mut self, position: Position) -> Self {
        self.position.get_or_insert(position);
        self
    }

    fn into_fault(self) -> Fault {
        Fault { position: self.position.unwrap_or(Position::START), what: self.what }
    }
}

impl std::error::Error for Mistake {}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { position: None, what: message.to_string() }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("{expected} is expected"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("{expected} is expected"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(unknown("value", variant, expected))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(unknown("field", field, expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format_args!("the field `{field}` is missing"))
    }
}

fn unknown(what: &str, word: &str, expected: &[&str]) -> String {
    let end = nearest(word, expected.iter().copied()).map_or_else(
        || {
            let known: Vec<_> = expected.iter().map(|word| format!("`{word}`")).collect();
            format!("known are {}", known.join(", "))
        },
        |meant| format!("did you mean `{meant}`?"),
    );
    format!("unknown {what} `{word}`; {end}")
}

impl Node<'_> {
    /// Reads the value into a type.
    ///
    /// # Errors
    ///
    /// The first fault of the value.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        T::deserialize(self).map_err(Mistake::into_fault)
    }

    /// Returns the text of a scalar that is one to every reader.
    fn text(&self) -> Result<&str, Mistake> {
        match &self.value {
            Value::Scalar(scalar) => match scalar.resolve() {
                ScalarType::String => Ok(&scalar.text),
                ScalarType::Null => Err(Mistake::custom("a text is expected")),
                ScalarType::Boolean(_) | ScalarType::Number => {
                    let text = &scalar.text;
                    Err(Mistake::custom(format_args!(
                        "a text is expected; put `{text}` into quotes"
                    )))
                }
            },
            _ => Err(Mistake::custom("a text is expected")),
        }
    }

    fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.resolve() == ScalarType::Null)
    }

    /// Hands the number that a text of the core schema is to a visitor.
    fn visit_number<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Mistake> {
        if let Ok(number) = text.parse::<u64>() {
            visitor.visit_u64(number)
        } else if let Ok(number) = text.parse::<i64>() {
            visitor.visit_i64(number)
        } else if let Ok(number) = text.parse::<f64>() {
            visitor.visit_f64(number)
        } else {
            Err(Mistake::custom("a decimal number is expected"))
        }
    }
}

impl<'de> Deserializer<'de> for &'de Node<'_> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let visited = match &self.value {
            Value::Scalar(scalar) => match scalar.resolve() {
                ScalarType::Null => visitor.visit_unit(),
                ScalarType::Boolean(truth) => visitor.visit_bool(truth),
                ScalarType::Number => Node::visit_number(&scalar.text, visitor),
                ScalarType::String => visitor.visit_borrowed_str(&scalar.text),
            },
            Value::Sequence(items) => visitor.visit_seq(Items(items.iter())),
            Value::Mapping(entries) => {
                visitor.visit_map(Entries { rest: entries.iter(), value: None })
            }
        };
        visited.map_err(|mistake| mistake.at(self.position))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let visited = self.text().and_then(|text| visitor.visit_borrowed_str(text));
        visited.map_err(|mistake| mistake.at(self.position))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let visited = self.text().and_then(|text| {
            let variant: StrDeserializer<'_, Mistake> = text.into_deserializer();
            visitor.visit_enum(variant)
        });
        visited.map_err(|mistake| mistake.at(self.position))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.value {
            Value::Sequence(_) => self.deserialize_any(visitor),
            _ => Err(Mistake::custom("a list is expected").at(self.position)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.value {
            Value::Mapping(_) => self.deserialize_any(visitor),
            _ => Err(Mistake::custom("a mapping is expected").at(self.position)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple
        tuple_struct ignored_any
    }
}

/// The values of a list.
struct Items<'de, 't>(std::slice::Iter<'de, Node<'t>>);

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistake> {
        let read = |item: &'de Node<'_>| {
            seed.deserialize(item).map_err(|mistake| mistake.at(item.position))
        };
        self.0.next().map(read).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The entries of a mapping.
struct Entries<'de, 't> {
    rest: std::slice::Iter<'de, (Node<'t>, Node<'t>)>,
    /// The value of the key that was read last.
    value: Option<&'de Node<'t>>,
}

impl<'de> MapAccess<'de> for Entries<'de, '_> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistake> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let value = self.value.take().expect("a value is read after its key");
        seed.deserialize(value).map_err(|mistake| mistake.at(value.position))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}
