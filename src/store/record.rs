//! Records: metadata for every reader of the store, and secrets that are sealed.

use std::fmt;
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::envelope::{Envelope, Head, Parts, VERSION};
use super::identity::Identities;
use super::mark::Mark;
use super::plaintext::{self, Plaintext};
use super::recipients::Recipients;
use super::seal::{self, UnsealFailure};
use crate::error::{Code, Error, Remedy, Result, advice};
use crate::signing::{PublicKey, Signature, Statement, WriterKey};
use crate::sys::home_file::LARGEST;

/// The context of what a writer signs of a record.
const CONTEXT: &str = "xreq record 1";

/// A kind of record: what it is called, and what of it is secret.
pub trait Record: Sized {
    /// The `format` of its files.
    const FORMAT: &'static str;
    /// The names of its secrets. Each is sealed on its own, beside the metadata; the first part is
    /// there even where it has no secret.
    const PARTS: &'static [&'static str];
    /// The name that tells one record from another of its kind.
    type Name: Clone + fmt::Debug + PartialEq;
    /// The part that can be read without a key. It is signed as it is serialized: a field of a later
    /// version is left out where it has its default.
    type Metadata: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned;

    /// Returns the name that the metadata state.
    fn name_in(metadata: &Self::Metadata) -> Self::Name;
    /// Returns the number that grows with what is written in the place of a record.
    fn generation(metadata: &Self::Metadata) -> u64;
    /// Returns the remedy that makes a record of this name anew.
    fn remedy(name: &Self::Name) -> Remedy;
    /// Returns why a record with these metadata is none of this kind, if it is none.
    fn refuse(_: &Self::Metadata) -> Option<&'static str> {
        None
    }
    /// Returns what can be read without a key.
    fn metadata(&self) -> &Self::Metadata;
    /// Returns the secrets, in the order of [`PARTS`](Self::PARTS).
    fn secrets(&self) -> Vec<Option<&SecretString>>;
    /// Makes a record of its metadata and its secrets, in the order of [`PARTS`](Self::PARTS); `None`
    /// where they do not go together.
    fn assemble(metadata: Self::Metadata, secrets: Vec<Option<SecretString>>) -> Option<Self>;

    /// Returns what is to be sealed: the parts by their names, as JSON.
    fn plaintexts(&self) -> Vec<(&'static str, Zeroizing<Vec<u8>>)> {
        let mut parts = Vec::new();
        for (name, secret) in Self::PARTS.iter().zip(self.secrets()) {
            if parts.is_empty() || secret.is_some() {
                parts.push((*name, plaintext::write(self.metadata(), name, secret)));
            }
        }
        parts
    }

    /// Returns the record whose parts were sealed; `None` where these are not the parts of one.
    fn from_plaintexts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let mut parts = parts.into_iter().map(|part| Plaintext::read(part, Self::PARTS));
        let first = parts.next()??;
        let Plaintext { metadata, secrets } =
            parts.try_fold(first, |known, part| known.merge(part?))?;
        Self::assemble(metadata, secrets)
    }
}

/// A record as it lies in the store: its metadata, and the rest still sealed.
#[derive(Debug)]
pub struct SealedRecord<R: Record> {
    /// The part that can be read without a key. It is proved right by [`unseal`](Self::unseal)
    /// only.
    pub metadata: R::Metadata,
    version: u64,
    parts: Parts,
    signature: Option<Signature>,
    name: R::Name,
    file: PathBuf,
}

impl<R: Record> SealedRecord<R> {
    /// Reads the content of the file of a record. It is to be the record of this name; `file` is
    /// what messages call it.
    ///
    /// # Errors
    ///
    /// [`Code::StoreCorrupt`] where this is no such file, [`Code::StoreTooNew`], and
    /// [`Code::StoreTampered`] where it is the file of another name, and [`Code::GrantNotLive`].
    pub fn parse(content: &[u8], name: &R::Name, file: PathBuf) -> Result<Self> {
        let envelope: Envelope<R::Metadata, String, Parts> = match serde_json::from_slice(content) {
            Ok(envelope) => envelope,
            Err(error) => return Err(unparsed::<R>(content, &error, name, &file)),
        };
        if envelope.format == R::FORMAT && envelope.version > VERSION {
            return Err(too_new(&file, envelope.version));
        }
        if envelope.format != R::FORMAT || !envelope.is_consistent() {
            let how = format!("it has no version of the format `{}`", R::FORMAT);
            return Err(corrupt::<R>(name, &file, &how));
        }
        if R::name_in(&envelope.metadata) != *name {
            return Err(tampered::<R>(name, &file, "it is the record of another name"));
        }
        let Envelope { version, metadata, sealed, signature, .. } = envelope;
        if let Some(why) = R::refuse(&metadata) {
            let message = format!("`{}` {why}", file.display());
            return Err(Error::new(Code::GrantNotLive, message)
                .with_hint(advice!["move it away, then run ", R::remedy(name).request()]));
        }
        Ok(Self { metadata, version, parts: sealed, signature, name: name.clone(), file })
    }

    /// Seals a record.
    pub fn seal(record: &R, recipients: &Recipients) -> Self {
        let parts = record.plaintexts().into_iter();
        let parts = parts.map(|(name, part)| (name.to_owned(), seal::seal(&part, recipients)));
        let parts = Parts::Named(parts.collect());
        let metadata = record.metadata().clone();
        let name = R::name_in(&metadata);
        Self { metadata, version: VERSION, parts, signature: None, name, file: PathBuf::new() }
    }

    /// Returns the content of its file.
    pub fn content(&self) -> Vec<u8> {
        self.content_with(self.signature.clone())
    }

    /// Returns the content of its file, signed by another writer.
    pub(super) fn content_of(&self, writer: &WriterKey) -> Vec<u8> {
        self.content_with(Some(writer.sign(&self.statement())))
    }

    fn content_with(&self, signature: Option<Signature>) -> Vec<u8> {
        let Self { metadata, parts: sealed, .. } = self;
        let version = self.version;
        let envelope = Envelope { format: R::FORMAT, version, metadata, sealed, signature };
        let mut content = serde_json::to_vec_pretty(&envelope).expect("records are plain JSON");
        content.push(b'\n');
        content
    }

    /// Opens the sealed parts and proves that the metadata are those that were sealed.
    pub fn unseal(&self, identities: &Identities) -> Result<R> {
        let plaintexts = self.parts.iter().map(|part| self.open(part, identities));
        let plaintexts = plaintexts.collect::<Result<Vec<_>>>()?;
        let record = R::from_plaintexts(plaintexts.iter().map(|plaintext| plaintext.as_slice()))
            .ok_or_else(|| self.tampered("what is sealed in it is something else"))?;
        self.prove(record.metadata())?;
        Ok(record)
    }

    /// Opens the part that has the secret of this name, and no other; proves the metadata by it.
    pub(super) fn unseal_part(&self, name: &str, identities: &Identities) -> Result<SecretString> {
        let other = || self.tampered("what is sealed in it is something else");
        let part = self.parts.part(name).ok_or_else(other)?;
        let plaintext = self.open(part, identities)?;
        let Plaintext { metadata, secrets } =
            Plaintext::read(&plaintext, R::PARTS).ok_or_else(other)?;
        self.prove(&metadata)?;
        let mut named = R::PARTS.iter().zip(secrets);
        named.find_map(|(part, secret)| secret.filter(|_| *part == name)).ok_or_else(other)
    }

    /// Tells by the marks of its parts whether it was sealed to these recipients and nobody else.
    pub fn is_sealed_to(&self, recipients: &Recipients) -> bool {
        let wanted = Mark::of(recipients);
        self.parts.iter().all(|part| Mark::read(part).is_some_and(|mark| mark == wanted))
    }

    /// Returns who wrote it; `None` where it is not signed.
    ///
    /// # Errors
    ///
    /// [`Code::StoreTampered`]: its signature is of something else.
    pub(super) fn writer(&self) -> Result<Option<PublicKey>> {
        let Some(signature) = &self.signature else { return Ok(None) };
        let writer = signature.writer_of(&self.statement());
        writer.map(Some).ok_or_else(|| self.tampered("its signature is that of something else"))
    }

    /// Returns what is signed: everything but the signature.
    fn statement(&self) -> Statement {
        let statement = Statement::new(CONTEXT).field(R::FORMAT.as_bytes()).number(self.version);
        let parts = self.parts.named().into_iter();
        parts.fold(statement.json(&self.metadata), |statement, (name, part)| {
            statement.field(name.as_bytes()).field(part.as_bytes())
        })
    }

    /// Returns its generation, as its metadata state it.
    pub(super) fn generation(&self) -> u64 {
        R::generation(&self.metadata)
    }

    /// Returns the error of a record of nobody that is trusted, be it signed or not.
    pub(super) fn refused(&self, writer: Option<PublicKey>) -> Error {
        let file = self.file.display();
        if let Some(key) = writer {
            let message =
                format!("`{file}` was written by somebody whom this machine does not trust");
            let remedy = Remedy::TrustWriter { key: key.to_string() };
            return Error::new(Code::WriterUnknown, message).with_remedy(remedy);
        }
        let message =
            format!("`{file}` is not signed, and all records were when they were resealed");
        Error::new(Code::RecordUnsigned, message).with_hint(advice![
            "find out who wrote it, then restore it, or move it away and run ",
            R::remedy(&self.name).request()
        ])
    }

    /// Returns the warning of a record in whose place a later generation was seen.
    pub(super) fn older(&self, seen: u64) -> Error {
        let (file, generation) = (self.file.display(), self.generation());
        let message = format!(
            "`{file}` is older than what was there: generation {generation}, and {seen} was seen"
        );
        Error::new(Code::RecordOlder, message).with_hint(advice![
            "if you did not put it back, find out who did; ",
            R::remedy(&self.name).request(),
            " makes it anew, and ",
            Remedy::Reseal.request(),
            " takes it as it is"
        ])
    }

    fn open(&self, part: &str, identities: &Identities) -> Result<Zeroizing<Vec<u8>>> {
        seal::unseal(part, identities).map_err(|error| match error {
            UnsealFailure::ToOthers => Error::new(
                Code::StoreSealed,
                format!("{identities} does not open `{}`", self.file.display()),
            )
            .with_hint(advice![
                "name the identity that does with `XREQ_IDENTITY_FILE`, or run ",
                R::remedy(&self.name).request()
            ]),
            UnsealFailure::Damaged => {
                corrupt::<R>(&self.name, &self.file, "its sealed part is damaged")
            }
        })
    }

    fn prove(&self, sealed: &R::Metadata) -> Result<()> {
        if *sealed == self.metadata {
            return Ok(());
        }
        let fields = differing_fields(sealed, &self.metadata);
        Err(self.tampered(&format!("{fields} is not what was sealed")))
    }

    fn tampered(&self, how: &str) -> Error {
        tampered::<R>(&self.name, &self.file, how)
    }
}

/// Refuses the content of a file that could not be read again.
pub(super) fn fits(content: &[u8]) -> Result<()> {
    if content.len() as u64 <= LARGEST {
        return Ok(());
    }
    Err(Error::new(Code::StoreUnwritable, "the record would have more than 1 MiB")
        .with_hint("seal it to fewer recipients"))
}

/// Returns the error of a file that could not be parsed. The parser's own message may quote the
/// file, so only the position is taken from it.
fn unparsed<R: Record>(
    content: &[u8],
    error: &serde_json::Error,
    name: &R::Name,
    file: &Path,
) -> Error {
    match serde_json::from_slice(content) {
        Ok(Head { format, version }) if format == R::FORMAT && version > VERSION => {
            too_new(file, version)
        }
        _ => {
            let how =
                format!("line {}, column {} is not as expected", error.line(), error.column());
            corrupt::<R>(name, file, &how)
        }
    }
}

fn too_new(file: &Path, version: u64) -> Error {
    Error::new(
        Code::StoreTooNew,
        format!(
            "`{}` has version {version} of its format, and this xreq knows version {}",
            file.display(),
            VERSION
        ),
    )
    .with_hint("update xreq")
}

fn corrupt<R: Record>(name: &R::Name, file: &Path, how: &str) -> Error {
    Error::new(Code::StoreCorrupt, format!("`{}` is damaged: {how}", file.display()))
        .with_hint(advice!["restore it, or move it away and run ", R::remedy(name).request()])
}

fn tampered<R: Record>(name: &R::Name, file: &Path, how: &str) -> Error {
    Error::new(Code::StoreTampered, format!("`{}` was tampered with: {how}", file.display()))
        .with_hint(advice![
            "find out who changed it, then restore it, or move it away and run ",
            R::remedy(name).request()
        ])
}

/// Returns the names of the metadata fields that differ.
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
