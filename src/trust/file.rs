//! The file of what is trusted: which manifest, by its path, with which authority.
//!
//! It lies in the state folder, and not in the home or the store, since others may have to write
//! there.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::authority::Authority;
use crate::error::{Code, Error, Remedy, Result, advice};
use crate::sys::env::Env;
use crate::sys::files::Trust;
use crate::sys::state::StateFolder;

const FILE: &str = "trust.json";

const SCHEMA_VERSION: u32 = 1;

/// The file.
#[derive(Debug)]
pub struct TrustFile {
    folder: StateFolder,
}

/// The manifests that are trusted, by their paths.
pub type Trusted = BTreeMap<String, TrustEntry>;

/// A manifest that is trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustEntry {
    /// Since when.
    pub trusted_at: Timestamp,
    /// With what.
    pub authority: Authority,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    schema_version: u32,
    manifests: Trusted,
}

impl TrustFile {
    /// Returns the file of this user, which only those of `trust` may own. Nothing is read or made
    /// yet.
    ///
    /// # Errors
    ///
    /// [`Code::HomeUnknown`]: the environment names no place for it.
    pub fn of(env: &Env, trust: &Trust) -> Result<Self> {
        Ok(Self { folder: StateFolder::of(env, trust)? })
    }

    /// Reads it; where there is none, nothing is trusted.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: somebody else could have written it, or it is damaged.
    pub fn load(&self) -> Result<Trusted> {
        self.read(self.folder.read(FILE)?.as_deref())
    }

    /// Returns the authority with which a manifest is trusted.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`], as [`TrustFile::load`].
    pub fn authority(&self, manifest: &Path) -> Result<Option<Authority>> {
        let Some(path) = manifest.to_str() else { return Ok(None) };
        Ok(self.load()?.remove(path).map(|entry| entry.authority))
    }

    /// Trusts a manifest with this authority, in the place of what was trusted of it before.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: the file cannot be used or written.
    /// [`Code::BadArgument`]: the path is no UTF-8.
    pub fn trust(&self, manifest: &Path, authority: Authority, now: Timestamp) -> Result<()> {
        let path = manifest.to_str().ok_or_else(|| {
            let message = format!("the path {} is no UTF-8", manifest.display());
            Error::new(Code::BadArgument, message).with_hint("rename the folder or the file")
        })?;
        self.update(|trusted| {
            trusted.insert(path.to_owned(), TrustEntry { trusted_at: now, authority });
        })
    }

    /// Trusts a manifest no longer; `false` where it was not trusted.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: the file cannot be used or written.
    pub fn forget(&self, manifest: &Path) -> Result<bool> {
        let Some(path) = manifest.to_str() else { return Ok(false) };
        if !self.load()?.contains_key(path) {
            return Ok(false);
        }
        let mut was_there = false;
        self.update(|trusted| was_there = trusted.remove(path).is_some())?;
        Ok(was_there)
    }

    fn update(&self, change: impl FnOnce(&mut Trusted)) -> Result<()> {
        self.folder.update(FILE, |before| {
            let mut trusted = self.read(before)?;
            change(&mut trusted);
            let content = Content { schema_version: SCHEMA_VERSION, manifests: trusted };
            let mut text = serde_json::to_vec_pretty(&content).expect("it is texts");
            text.push(b'\n');
            Ok(text)
        })
    }

    fn read(&self, text: Option<&[u8]>) -> Result<Trusted> {
        let Some(text) = text else { return Ok(Trusted::new()) };
        let content: Content =
            serde_json::from_slice(text).map_err(|error| self.damaged(&error))?;
        if content.schema_version != SCHEMA_VERSION {
            return Err(self.damaged(&format!("schema_version {}", content.schema_version)));
        }
        Ok(content.manifests)
    }

    fn damaged(&self, why: &dyn std::fmt::Display) -> Error {
        let path = self.folder.path().join(FILE);
        let message = format!("{} is none that this version writes: {why}", path.display());
        Error::new(Code::TrustUnusable, message).with_hint(advice![
            "remove it, and trust your manifests anew with ",
            Remedy::TrustManifest { path: None }.request()
        ])
    }
}
