//! Trusting a provider file of the config folder with hosts of other providers.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::app::context::Context;
use crate::app::host_agreement::{agreed, is_trusted};
use crate::catalog::HostClaim;
use crate::error::Result;
use crate::trust::TrustFile;

/// A provider file that is to be trusted with hosts of others.
pub(crate) struct HostRequest {
    file: TrustFile,
    /// The file.
    pub(crate) path: PathBuf,
    /// All hosts of its provider.
    hosts: BTreeSet<String>,
    /// Those that belong to others.
    pub(crate) claims: Vec<HostClaim>,
    /// Whether it was trusted with all of its hosts before.
    pub(crate) is_known: bool,
}

impl HostRequest {
    /// Reads a provider file of the config folder; `None` if this is no such file.
    pub(crate) fn of(path: &Path, context: &Context) -> Result<Option<Self>> {
        let Some(home) = context.known_home()? else { return Ok(None) };
        let (Ok(path), Ok(folder)) = (path.canonicalize(), home.providers().canonicalize()) else {
            return Ok(None);
        };
        if path.parent() != Some(&folder) {
            return Ok(None);
        }
        let found = RefCell::new(None);
        context.catalog_agreed(context.config()?, &[], &|file, new, claims| {
            if is_same(file, &path) {
                *found.borrow_mut() = Some((new.hosts(), claims.to_vec()));
                return Ok(());
            }
            agreed(&context.env, &context.trust, file, new, claims)
        })?;
        let file = TrustFile::of(&context.env, &context.trust)?;
        let (hosts, claims) = found.into_inner().unwrap_or_default();
        let is_known = claims.is_empty() || is_trusted(&file, &path, &hosts)?;
        Ok(Some(Self { file, path, hosts, claims, is_known }))
    }

    /// Trusts the file with all of its hosts; returns its path.
    pub(crate) fn grant(self, context: &Context) -> Result<PathBuf> {
        if !self.claims.is_empty() {
            self.file.trust_hosts(&self.path, self.hosts, context.now)?;
        }
        Ok(self.path)
    }
}

fn is_same(file: &Path, path: &Path) -> bool {
    file.canonicalize().is_ok_and(|file| file == *path)
}
