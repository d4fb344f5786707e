//! The file format of a record, whatever its kind.
//!
//! ```json
//! {
//!   "format": "xreq-grant",
//!   "version": 3,
//!   "metadata": { "provider": "x", "account": "default", … },
//!   "sealed": {
//!     "access_token": "-----BEGIN AGE ENCRYPTED FILE-----\n…",
//!     "refresh_token": "-----BEGIN AGE ENCRYPTED FILE-----\n…"
//!   },
//!   "signature": { "key": "ed25519:…", "value": "…" }
//! }
//! ```
//!
//! Each part opens with any age program and holds `{"metadata": …, <the secret>}`. Until version 2,
//! `sealed` was one text with all secrets.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use crate::signing::Signature;

/// The version that is written. Older ones, from 1 on, are read.
pub(super) const VERSION: u64 = 3;

/// The last version whose parts are sealed as one.
pub(super) const LAST_WHOLE: u64 = 2;

/// A record as its file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Envelope<M, S, P> {
    pub(super) format: S,
    pub(super) version: u64,
    pub(super) metadata: M,
    pub(super) sealed: P,
    /// The signature of the writer of the record; none in those of older versions, and of writers that
    /// have no place for a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) signature: Option<Signature>,
}

impl<M, S> Envelope<M, S, Parts> {
    /// Returns whether the record is sealed, and signed, in the way of its version.
    pub(super) fn is_consistent(&self) -> bool {
        let has_parts = matches!(self.sealed, Parts::Named(_));
        let may_be_signed = has_parts || self.signature.is_none();
        self.version > 0 && has_parts == (self.version > LAST_WHOLE) && may_be_signed
    }
}

/// The fields that every version of the format has.
#[derive(Deserialize)]
pub(super) struct Head {
    pub(super) format: String,
    pub(super) version: u64,
}

/// The sealed parts of a record, in armor.
#[derive(Debug)]
pub(super) enum Parts {
    /// One part has everything.
    Whole(String),
    /// Each has its name, and no two the same.
    Named(Vec<(String, String)>),
}

impl Parts {
    /// Lists them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let (whole, named) = match self {
            Self::Whole(part) => (Some(part), None),
            Self::Named(parts) => (None, Some(parts)),
        };
        let named = named.into_iter().flatten().map(|(_, part)| part);
        whole.into_iter().chain(named).map(String::as_str)
    }

    /// Lists them with their names, in the order of these; what is sealed as a whole has none.
    pub(super) fn named(&self) -> Vec<(&str, &str)> {
        let (whole, named) = match self {
            Self::Whole(part) => (Some(("", part.as_str())), None),
            Self::Named(parts) => (None, Some(parts)),
        };
        let named = named.into_iter().flatten();
        let named = named.map(|(name, part)| (name.as_str(), part.as_str()));
        let mut all: Vec<_> = whole.into_iter().chain(named).collect();
        all.sort_unstable();
        all
    }

    /// Returns the part that has the secret of this name.
    pub(super) fn part(&self, name: &str) -> Option<&str> {
        match self {
            Self::Whole(part) => Some(part),
            Self::Named(parts) => {
                parts.iter().find(|(named, _)| named == name).map(|(_, part)| part.as_str())
            }
        }
    }
}

impl Serialize for Parts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(part) => serializer.serialize_str(part),
            Self::Named(parts) => {
                let mut map = serializer.serialize_map(Some(parts.len()))?;
                parts.iter().try_for_each(|(name, part)| map.serialize_entry(name, part))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Sealed;
        impl<'de> Visitor<'de> for Sealed {
            type Value = Parts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("what is sealed")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Parts, E> {
                Ok(Parts::Whole(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts, A::Error> {
                let mut parts: Vec<(String, String)> = Vec::new();
                while let Some((name, part)) = map.next_entry::<String, String>()? {
                    if parts.iter().any(|(known, _)| *known == name) {
                        return Err(de::Error::custom("a part is there twice"));
                    }
                    parts.push((name, part));
                }
                if parts.is_empty() {
                    return Err(de::Error::custom("there is no part"));
                }
                Ok(Parts::Named(parts))
            }
        }
        deserializer.deserialize_any(Sealed)
    }
}
