//! A scope as a provider file defines it: the text alone, or with how the scope stands to others.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::consent_part::part_names;
use super::field::present;
use crate::model::credential_id::Part;

/// A scope: what it allows, and how it stands to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeDefinition {
    /// What it allows, for people.
    pub text: String,
    /// The scopes that it includes: whoever has it has these as well.
    pub implies: Vec<String>,
    /// What it leaves out, if it admits calls and sees less than the other scopes that they take.
    pub narrow: Option<String>,
    /// What it opens, if that is more than any key says: completes a sentence.
    pub wide: Option<String>,
    /// The parts of a consent that can have it; none are all.
    pub parts: Vec<Part>,
}

/// A definition that says more than the text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LongForm {
    text: String,
    #[serde(default)]
    implies: Vec<String>,
    #[serde(default, deserialize_with = "present")]
    narrow: Option<String>,
    #[serde(default, deserialize_with = "present")]
    wide: Option<String>,
    #[serde(default, deserialize_with = "part_names")]
    parts: Vec<Part>,
}

impl<'de> Deserialize<'de> for ScopeDefinition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Definition;

        impl<'de> Visitor<'de> for Definition {
            type Value = ScopeDefinition;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a mapping with `text`,")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ScopeDefinition, E> {
                self.visit_string(text.to_owned())
            }

            fn visit_string<E: Error>(self, text: String) -> Result<ScopeDefinition, E> {
                let (implies, parts) = (Vec::new(), Vec::new());
                Ok(ScopeDefinition { text, implies, narrow: None, wide: None, parts })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ScopeDefinition, A::Error> {
                let LongForm { text, implies, narrow, wide, parts } =
                    LongForm::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ScopeDefinition { text, implies, narrow, wide, parts })
            }
        }

        deserializer.deserialize_any(Definition)
    }
}
