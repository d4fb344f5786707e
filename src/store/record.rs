//! The one file format of the store, for whatever kind of record.
//!
//! ```json
//! {
//!   "format": "xreq-grant",
//!   "version": 2,
//!   "metadata": { "provider": "x", "account": "default", … },
//!   "sealed": "-----BEGIN AGE ENCRYPTED FILE-----\n…"
//! }
//! ```
//!
//! `sealed` opens with any age program and holds `{"metadata": …, <the secrets>}`. The metadata
//! inside is the truth; the one outside is there to be read without a key, and has to equal it.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::identity::Identities;
use super::place::Place;
use super::read::LARGEST;
use super::recipients::Recipients;
use super::seal::{self, Unopened};
use crate::error::{Code, Error, Result};
use crate::sys::home::Home;

/// A kind of record: what it is called, where it lies, and what of it is secret.
pub trait Record: Sized {
    /// The `format` of its files.
    const FORMAT: &'static str;
    /// The version of the format that is written. Older ones, from 1 on, are read.
    const VERSION: u64;
    /// What tells one record from another of its kind.
    type Name: Clone + fmt::Debug + PartialEq;
    /// What can be read without a key.
    type Metadata: fmt::Debug + PartialEq + Serialize + DeserializeOwned;

    /// The place of the record of this name.
    fn place(home: &Home, name: &Self::Name) -> Place;
    /// The name that the metadata state.
    fn name_in(metadata: &Self::Metadata) -> Self::Name;
    /// The command that makes a record of this name anew.
    fn command(name: &Self::Name) -> String;
    /// What can be read without a key.
    fn metadata(&self) -> &Self::Metadata;
    /// What is to be sealed, as JSON.
    fn to_plaintext(&self) -> Zeroizing<Vec<u8>>;
    /// The record that was sealed; `None` where this is no plaintext of such a record.
    fn from_plaintext(plaintext: &[u8]) -> Option<Self>;
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<M, S> {
    format: S,
    version: u64,
    metadata: M,
    sealed: S,
}

/// What every version of the format has.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

/// A record as it lies in the store: its metadata, and the rest still sealed.
#[derive(Debug)]
pub struct Sealed<R: Record> {
    /// What can be read without a key. It is proved right by [`unseal`](Self::unseal) only.
    pub metadata: R::Metadata,
    armored: String,
    name: R::Name,
    file: PathBuf,
}

impl<R: Record> Sealed<R> {
    /// Reads the content of the file of a record. It is to be the record of this name; `file` is
    /// what messages call it.
    ///
    /// # Errors
    ///
    /// [`Code::StoreCorrupt`] where this is no such file, [`Code::StoreTooNew`], and
    /// [`Code::StoreTampered`] where it is the file of another name.
    pub fn parse(content: &[u8], name: &R::Name, file: PathBuf) -> Result<Self> {
        let envelope: Envelope<R::Metadata, String> = match serde_json::from_slice(content) {
            Ok(envelope) => envelope,
            Err(error) => return Err(unparsed::<R>(content, &error, name, &file)),
        };
        if envelope.format != R::FORMAT || envelope.version == 0 {
            let how = format!("it has no version of the format `{}`", R::FORMAT);
            return Err(corrupt::<R>(name, &file, &how));
        }
        if envelope.version > R::VERSION {
            return Err(too_new::<R>(&file, envelope.version));
        }
        if R::name_in(&envelope.metadata) != *name {
            return Err(tampered::<R>(name, &file, "it is the record of another name"));
        }
        let Envelope { metadata, sealed, .. } = envelope;
        Ok(Self { metadata, armored: sealed, name: name.clone(), file })
    }

    /// The sealed part.
    pub(super) fn armored(&self) -> &str {
        &self.armored
    }

    /// Opens the sealed part and proves that the metadata are those that were sealed.
    pub fn unseal(&self, identities: &Identities) -> Result<R> {
        let plaintext = seal::unseal(&self.armored, identities).map_err(|error| match error {
            Unopened::ToOthers => Error::new(
                Code::StoreSealed,
                format!("{identities} does not open `{}`", self.file.display()),
            )
            .with_hint(format!(
                "name the identity that does with `XREQ_IDENTITY_FILE`, or run `{}`",
                R::command(&self.name)
            )),
            Unopened::Damaged => corrupt::<R>(&self.name, &self.file, "its sealed part is damaged"),
        })?;
        let tampered = |how: &str| tampered::<R>(&self.name, &self.file, how);
        let record = R::from_plaintext(&plaintext)
            .ok_or_else(|| tampered("what is sealed in it is something else"))?;
        if *record.metadata() != self.metadata {
            let fields = differing_fields(record.metadata(), &self.metadata);
            return Err(tampered(&format!("{fields} is not what was sealed")));
        }
        Ok(record)
    }
}

/// The content of the file of a record.
pub(super) fn seal<R: Record>(record: &R, recipients: &Recipients) -> Result<Vec<u8>> {
    let content = seal_any(record, recipients);
    if content.len() as u64 > LARGEST {
        return Err(Error::new(Code::StoreUnwritable, "the record would have more than 1 MiB")
            .with_hint("seal it to fewer recipients"));
    }
    Ok(content)
}

/// The same, however large it is.
pub(super) fn seal_any<R: Record>(record: &R, recipients: &Recipients) -> Vec<u8> {
    let sealed = seal::seal(&record.to_plaintext(), recipients);
    let envelope = Envelope {
        format: R::FORMAT,
        version: R::VERSION,
        metadata: record.metadata(),
        sealed: sealed.as_str(),
    };
    let mut content = serde_json::to_vec_pretty(&envelope).expect("records are plain JSON");
    content.push(b'\n');
    content
}

/// Serializes what is to be sealed. The length is counted first: a buffer that grows would leave
/// copies of the secrets behind.
pub(super) fn to_plaintext(value: &impl Serialize) -> Zeroizing<Vec<u8>> {
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

/// A secret on its way out of a plaintext: it goes from there to its own memory directly.
pub(crate) struct Secret(pub(crate) SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
                Ok(Secret(SecretString::from(text)))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Why a file could not be parsed. The parser's own message may quote the file, so only the
/// position is taken from it.
fn unparsed<R: Record>(
    content: &[u8],
    error: &serde_json::Error,
    name: &R::Name,
    file: &Path,
) -> Error {
    match serde_json::from_slice(content) {
        Ok(Head { format, version }) if format == R::FORMAT && version > R::VERSION => {
            too_new::<R>(file, version)
        }
        _ => {
            let how =
                format!("line {}, column {} is not as expected", error.line(), error.column());
            corrupt::<R>(name, file, &how)
        }
    }
}

fn too_new<R: Record>(file: &Path, version: u64) -> Error {
    Error::new(
        Code::StoreTooNew,
        format!(
            "`{}` has version {version} of its format, and this xreq knows version {}",
            file.display(),
            R::VERSION
        ),
    )
    .with_hint("update xreq")
}

fn corrupt<R: Record>(name: &R::Name, file: &Path, how: &str) -> Error {
    Error::new(Code::StoreCorrupt, format!("`{}` is damaged: {how}", file.display()))
        .with_hint(format!("restore it, or move it away and run `{}`", R::command(name)))
}

fn tampered<R: Record>(name: &R::Name, file: &Path, how: &str) -> Error {
    Error::new(Code::StoreTampered, format!("`{}` was tampered with: {how}", file.display()))
        .with_hint(format!(
            "find out who changed it, then restore it, or move it away and run `{}`",
            R::command(name)
        ))
}

/// The names of the metadata fields that differ.
fn differing_fields<M: Serialize>(sealed: &M, readable: &M) -> String {
    let fields = |metadata| match serde_json::to_value(metadata) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (sealed, readable) = (fields(sealed), fields(readable));
    let mut names: Vec<_> = sealed
        .keys()
        .chain(readable.keys())
        .filter(|name| sealed.get(*name) != readable.get(*name))
        .map(|name| format!("`{name}`"))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plaintext_never_outgrows_its_buffer() {
        let plaintext = to_plaintext(&["ä\n\"\u{1}", &"canary".repeat(100)]);
        assert_eq!(plaintext.capacity(), plaintext.len());
        assert_eq!(serde_json::from_slice::<[String; 2]>(&plaintext).unwrap()[0], "ä\n\"\u{1}");
    }
}
