//! The file of what is trusted: which manifest, by its path, with which authority, and which provider
//! file with which hosts.
//!
//! It lies in the state folder, and not in the home or the store, since others may have to write
//! there.

use std::collections::{BTreeMap, BTreeSet};
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

/// The provider files that are trusted with hosts of others, by their paths.
pub type TrustedHosts = BTreeMap<String, HostEntry>;

/// A provider file that is trusted with hosts of others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostEntry {
    /// Since when.
    pub trusted_at: Timestamp,
    /// All hosts of its provider.
    pub hosts: BTreeSet<String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    schema_version: u32,
    manifests: Trusted,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    providers: TrustedHosts,
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
    pub fn load(&self) -> Result<(Trusted, TrustedHosts)> {
        let Content { manifests, providers, .. } = self.read(self.folder.read(FILE)?.as_deref())?;
        Ok((manifests, providers))
    }

    /// Returns the authority with which a manifest is trusted.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`], as [`TrustFile::load`].
    pub fn authority(&self, manifest: &Path) -> Result<Option<Authority>> {
        let Some(path) = manifest.to_str() else { return Ok(None) };
        Ok(self.load()?.0.remove(path).map(|entry| entry.authority))
    }

    /// Returns the hosts with which a provider file is trusted.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`], as [`TrustFile::load`].
    pub fn hosts(&self, provider_file: &Path) -> Result<Option<BTreeSet<String>>> {
        let Some(path) = provider_file.to_str() else { return Ok(None) };
        Ok(self.load()?.1.remove(path).map(|entry| entry.hosts))
    }

    /// Trusts a manifest with this authority, in the place of what was trusted of it before.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: the file cannot be used or written.
    /// [`Code::BadArgument`]: the path is no UTF-8.
    pub fn trust(&self, manifest: &Path, authority: Authority, now: Timestamp) -> Result<()> {
        let path = as_text(manifest)?;
        self.update(|content| {
            content.manifests.insert(path, TrustEntry { trusted_at: now, authority });
        })
    }

    /// Trusts a provider file with these hosts, in the place of those that it was trusted with before.
    ///
    /// # Errors
    ///
    /// As [`TrustFile::trust`].
    pub fn trust_hosts(
        &self,
        provider_file: &Path,
        hosts: BTreeSet<String>,
        now: Timestamp,
    ) -> Result<()> {
        let path = as_text(provider_file)?;
        self.update(|content| {
            content.providers.insert(path, HostEntry { trusted_at: now, hosts });
        })
    }

    /// Trusts a manifest or a provider file no longer; `false` where it was not trusted.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: the file cannot be used or written.
    pub fn forget(&self, file: &Path) -> Result<bool> {
        let Some(path) = file.to_str() else { return Ok(false) };
        let (manifests, providers) = self.load()?;
        if !manifests.contains_key(path) && !providers.contains_key(path) {
            return Ok(false);
        }
        let mut was_there = false;
        self.update(|content| {
            let manifest = content.manifests.remove(path).is_some();
            was_there = content.providers.remove(path).is_some() || manifest;
        })?;
        Ok(was_there)
    }

    fn update(&self, change: impl FnOnce(&mut Content)) -> Result<()> {
        self.folder.update(FILE, |before| {
            let mut content = self.read(before)?;
            change(&mut content);
            content.schema_version = SCHEMA_VERSION;
            let mut text = serde_json::to_vec_pretty(&content).expect("it is texts");
            text.push(b'\n');
            Ok(text)
        })
    }

    fn read(&self, text: Option<&[u8]>) -> Result<Content> {
        let Some(text) = text else { return Ok(Content::default()) };
        let content: Content =
            serde_json::from_slice(text).map_err(|error| self.damaged(&error))?;
        if content.schema_version != SCHEMA_VERSION {
            return Err(self.damaged(&format!("schema_version {}", content.schema_version)));
        }
        Ok(content)
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

fn as_text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        let message = format!("the path {} is no UTF-8", path.display());
        Error::new(Code::BadArgument, message).with_hint("rename the folder or the file")
    })
}
