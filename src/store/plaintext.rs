//! The plaintext of a sealed part: the metadata of its record, and secrets by their names.

use std::fmt;
use std::io::{self, Write};
use std::marker::PhantomData;

use age::secrecy::{ExposeSecret, SecretString};
use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, Visitor,
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use zeroize::Zeroizing;

/// The name of the metadata in it.
const METADATA: &str = "metadata";

/// The content that is written into one part.
struct Written<'a, M> {
    metadata: &'a M,
    secret: Option<(&'static str, &'a SecretString)>,
}

impl<M: Serialize> Serialize for Written<'_, M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(METADATA, self.metadata)?;
        if let Some((name, secret)) = self.secret {
            map.serialize_entry(name, secret.expose_secret())?;
        }
        map.end()
    }
}

/// Writes the plaintext of a part: the metadata, and the secret where there is one.
pub(super) fn write<M: Serialize>(
    metadata: &M,
    name: &'static str,
    secret: Option<&SecretString>,
) -> Zeroizing<Vec<u8>> {
    to_json(&Written { metadata, secret: secret.map(|secret| (name, secret)) })
}

/// Serializes what is to be sealed. The length is counted first: a buffer that grows would leave
/// copies of the secrets behind.
fn to_json(value: &impl Serialize) -> Zeroizing<Vec<u8>> {
    struct Counter(usize);
    impl Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    serde_json::to_writer(&mut counter, value).expect("records are plain JSON");
    let mut plaintext = Zeroizing::new(Vec::with_capacity(counter.0));
    serde_json::to_writer(&mut *plaintext, value).expect("records are plain JSON");
    plaintext
}

/// The content that was read of a part: the metadata, and the secrets in the order of their names.
pub(super) struct Plaintext<M> {
    pub(super) metadata: M,
    pub(super) secrets: Vec<Option<SecretString>>,
}

impl<M: DeserializeOwned + PartialEq> Plaintext<M> {
    /// Reads the plaintext of a part of a record whose secrets have these names; `None` where it is that
    /// of no such record.
    pub(super) fn read(plaintext: &[u8], names: &'static [&'static str]) -> Option<Self> {
        let mut deserializer = serde_json::Deserializer::from_slice(plaintext);
        let fields = Fields { names, metadata: PhantomData };
        let plaintext = fields.deserialize(&mut deserializer).ok()?;
        deserializer.end().ok().map(|()| plaintext)
    }

    /// Takes over the secrets of another part of the same record; `None` where it is of another one,
    /// or has a secret that is there already.
    pub(super) fn merge(mut self, other: Self) -> Option<Self> {
        if self.metadata != other.metadata {
            return None;
        }
        for (known, secret) in self.secrets.iter_mut().zip(other.secrets) {
            match (&known, secret) {
                (Some(_), Some(_)) => return None,
                (None, secret @ Some(_)) => *known = secret,
                (_, None) => {}
            }
        }
        Some(self)
    }
}

/// The fields of a plaintext, of which those of the secrets have these names.
struct Fields<M> {
    names: &'static [&'static str],
    metadata: PhantomData<M>,
}

impl<'de, M: DeserializeOwned> DeserializeSeed<'de> for Fields<M> {
    type Value = Plaintext<M>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Plaintext<M>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, M: DeserializeOwned> Visitor<'de> for Fields<M> {
    type Value = Plaintext<M>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the metadata and the secrets of a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plaintext<M>, A::Error> {
        let mut metadata = None;
        let mut secrets: Vec<_> = self.names.iter().map(|_| None).collect();
        while let Some(field) = map.next_key::<String>()? {
            let part = self.names.iter().position(|name| *name == field);
            match part.and_then(|part| secrets.get_mut(part)) {
                Some(place @ None) => *place = Some(map.next_value::<SecretText>()?.0),
                None if field == METADATA && metadata.is_none() => {
                    metadata = Some(map.next_value()?);
                }
                // The name may be a secret that was put into the wrong place.
                _ => return Err(de::Error::custom("a field is unknown, or there twice")),
            }
        }
        let metadata = metadata.ok_or_else(|| de::Error::missing_field(METADATA))?;
        Ok(Plaintext { metadata, secrets })
    }
}

/// A secret on its way out of a plaintext: it goes from there to its own memory directly.
pub(crate) struct SecretText(pub(crate) SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = SecretText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretText, E> {
                Ok(SecretText(SecretString::from(text)))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plaintext_never_outgrows_its_buffer() {
        let plaintext = to_json(&["ä\n\"\u{1}", &"canary".repeat(100)]);
        assert_eq!(plaintext.capacity(), plaintext.len());
        assert_eq!(serde_json::from_slice::<[String; 2]>(&plaintext).unwrap()[0], "ä\n\"\u{1}");
    }
}
