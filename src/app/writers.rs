//! The writers of the store: listing them, and deciding whom this machine trusts.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::app::context::{Context, refuse_secret};
use crate::error::{Code, Error, Inventory, Remedy, Result};
use crate::signing::PublicKey;
use crate::store::{RecordName, Signer, TrustedWriter};

/// What this machine knows of the writers of the store.
pub(crate) struct KnownWriters {
    /// Those that are trusted, and those of records; the own one first.
    pub(crate) writers: Vec<KnownWriter>,
    /// Records that nobody signed.
    pub(crate) unsigned: Vec<RecordName>,
    /// The time from which on records of others than the trusted ones are refused, if there is one.
    pub(crate) resealed_at: Option<Timestamp>,
    /// Records that cannot be read.
    pub(crate) failed: Vec<Error>,
}

/// A writer.
pub(crate) struct KnownWriter {
    pub(crate) key: PublicKey,
    /// Whether the key is this user's on this machine.
    pub(crate) is_own: bool,
    /// What is known of it, if it is trusted.
    pub(crate) trusted: Option<TrustedWriter>,
    /// Its records.
    pub(crate) records: Vec<RecordName>,
}

/// Returns those that are trusted, and those of records.
pub(crate) fn list(context: &Context) -> Result<KnownWriters> {
    let store = context.store()?;
    let register = store.writers().register()?;
    let own = if store.writers().has_place() { store.writers().own()? } else { None };
    let trusted = register.writers().clone();
    let mut records: BTreeMap<PublicKey, Vec<RecordName>> = BTreeMap::new();
    for key in trusted.keys().chain(&own) {
        records.entry(*key).or_default();
    }
    let (mut unsigned, mut failed) = (Vec::new(), Vec::new());
    for name in store.record_names()? {
        match store.signer(&name) {
            Ok(Some(Signer::Writer(key))) => records.entry(key).or_default().push(name),
            Ok(Some(Signer::Nobody)) => unsigned.push(name),
            Ok(None) => {}
            Err(error) => failed.push(error),
        }
    }
    let known = |(key, records)| KnownWriter {
        is_own: own == Some(key),
        trusted: trusted.get(&key).cloned(),
        key,
        records,
    };
    let mut writers: Vec<_> = records.into_iter().map(known).collect();
    writers.sort_by_key(|writer| (!writer.is_own, writer.trusted.is_none()));
    Ok(KnownWriters { writers, unsigned, resealed_at: register.resealed_at(), failed })
}

/// Trusts a writer; `false` where it was trusted already, which only changes its name.
pub(crate) fn add(key: &str, name: Option<String>, context: &Context) -> Result<bool> {
    let key: PublicKey = key.parse()?;
    if let Some(name) = &name {
        refuse_secret("name of a writer", name)?;
    }
    let writer = TrustedWriter { name, added_at: Some(context.now) };
    context.store()?.writers().add(key, writer)
}

/// Trusts a writer no longer.
///
/// # Errors
///
/// [`Code::NotStored`]: it was not trusted.
/// [`Code::BadArgument`]: it is the own one, which is trusted as long as its key is there.
pub(crate) fn remove(key: &str, context: &Context) -> Result<()> {
    let key: PublicKey = key.parse()?;
    let store = context.store()?;
    let writers = store.writers();
    if writers.has_place() && writers.own()? == Some(key) {
        return Err(Error::new(Code::BadArgument, "this is the key that this machine signs with")
            .with_hint(
                "move `writer.key` in the state folder away: a new key is made at the next write",
            ));
    }
    if writers.remove(&key)? {
        return Ok(());
    }
    Err(Error::new(Code::NotStored, "no such writer is trusted")
        .with_remedy(Remedy::List(Inventory::Writers)))
}
