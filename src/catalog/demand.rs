//! The scopes that are demanded of a user token: one set, or several of which one is enough.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

use crate::model::alternatives::Alternatives;
use crate::model::scope::ScopeSet;

/// The scopes that are demanded of a user token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    first: ScopeSet,
    others: Vec<ScopeSet>,
}

impl Demand {
    /// Returns the sets of which one is enough.
    pub fn alternatives(&self) -> Alternatives<'_> {
        Alternatives::new(&self.first, &self.others)
    }

    /// Returns whether any user token will do, whatever its scopes.
    pub fn is_empty(&self) -> bool {
        self.alternatives().iter().any(ScopeSet::is_empty)
    }

    /// Changes every set.
    pub(super) fn change(&mut self, mut change: impl FnMut(&mut ScopeSet)) {
        change(&mut self.first);
        self.others.iter_mut().for_each(change);
    }
}

impl From<Alternatives<'_>> for Demand {
    fn from(alternatives: Alternatives<'_>) -> Self {
        let others = alternatives.others().to_vec();
        Self { first: alternatives.first().clone(), others }
    }
}

impl From<ScopeSet> for Demand {
    fn from(first: ScopeSet) -> Self {
        Self { first, others: Vec::new() }
    }
}

/// A demand of which one alternative is enough.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyOf {
    #[serde(deserialize_with = "alternatives")]
    any_of: Vec<ScopeSet>,
}

/// Reads alternatives: at least one.
pub(super) fn alternatives<'de, D>(deserializer: D) -> Result<Vec<ScopeSet>, D::Error>
where
    D: Deserializer<'de>,
{
    let alternatives = Vec::deserialize(deserializer)?;
    if alternatives.is_empty() {
        return Err(D::Error::invalid_value(Unexpected::Seq, &"at least one list of scopes"));
    }
    Ok(alternatives)
}

impl<'de> Deserialize<'de> for Demand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;

        impl<'de> Visitor<'de> for Form {
            type Value = Demand;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of scopes, or a mapping with `any_of`,")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, scopes: A) -> Result<Demand, A::Error> {
                ScopeSet::deserialize(SeqAccessDeserializer::new(scopes)).map(Demand::from)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Demand, A::Error> {
                let AnyOf { any_of } = AnyOf::deserialize(MapAccessDeserializer::new(map))?;
                let mut sets = any_of.into_iter();
                Ok(Demand { first: sets.next().unwrap_or_default(), others: sets.collect() })
            }
        }

        deserializer.deserialize_any(Form)
    }
}
