//! The register of a store: the writers that this machine trusts, and the mark of `xreq reseal`.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Inventory, Remedy, Result, advice};
use crate::signing::PublicKey;

const SCHEMA_VERSION: u32 = 1;

/// The writers of a store that are trusted, and whether all records must be of one of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    schema_version: u32,
    /// The folder of the store, for who reads the file.
    store: String,
    /// The time at which every record was signed anew. From then on those of others are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) resealed_at: Option<Timestamp>,
    pub(super) writers: BTreeMap<PublicKey, TrustedWriter>,
}

/// A writer that is trusted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustedWriter {
    /// The user's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// The time at which it was added; the own one never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) added_at: Option<Timestamp>,
}

impl Register {
    /// Reads the register of a store; where there is none, nobody is trusted.
    pub(super) fn read(content: Option<&[u8]>, store: &Path, file: &Path) -> Result<Self> {
        let Some(content) = content else {
            return Ok(Self {
                schema_version: SCHEMA_VERSION,
                store: store.to_string_lossy().into_owned(),
                resealed_at: None,
                writers: BTreeMap::new(),
            });
        };
        match serde_json::from_slice::<Self>(content) {
            Ok(register) if register.schema_version == SCHEMA_VERSION => Ok(register),
            Ok(register) => Err(damaged(file, &format!("version {}", register.schema_version))),
            Err(error) => Err(damaged(file, &format!("line {}", error.line()))),
        }
    }

    /// Returns its content.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).expect("a register is plain JSON");
        text.push(b'\n');
        text
    }

    /// Returns the writers that are trusted, in the order of their keys.
    pub(crate) fn writers(&self) -> &BTreeMap<PublicKey, TrustedWriter> {
        &self.writers
    }

    /// Returns the time from which on only records of these writers are used, if there is one.
    pub(crate) fn resealed_at(&self) -> Option<Timestamp> {
        self.resealed_at
    }
}

fn damaged(file: &Path, how: &str) -> Error {
    let message = format!("`{}` is none that this version writes: {how}", file.display());
    Error::new(Code::TrustUnusable, message).with_hint(advice![
        "restore it; or remove it, see who wrote the records (",
        Remedy::List(Inventory::Writers).request(),
        "), run ",
        Remedy::Reseal.request(),
        ", and trust the other writers anew"
    ])
}
