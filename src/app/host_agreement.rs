//! The user's agreement to provider files of the config folder with hosts of other providers.

use std::collections::BTreeSet;
use std::path::Path;

use crate::catalog::{HostClaim, Provider};
use crate::error::{Code, Error, Remedy, Result, advice};
use crate::sys::env::Env;
use crate::sys::files::Trust;
use crate::text::escape::legible;
use crate::trust::TrustFile;

/// Makes sure that the user agreed to a provider file with hosts of others. A host more is another file:
/// what is sent there has not been agreed to.
///
/// # Errors
///
/// [`Code::NotTrusted`].
pub(super) fn agreed(
    env: &Env,
    trust: &Trust,
    file: &Path,
    new: &Provider,
    claims: &[HostClaim],
) -> Result<()> {
    let trusted = TrustFile::of(env, trust)?;
    let path = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    if is_trusted(&trusted, &path, &new.hosts())? {
        return Ok(());
    }
    let claims: Vec<_> = claims.iter().map(ToString::to_string).collect();
    let message = format!(
        "{}: nobody agreed to its URLs, which lead to hosts of others: {}",
        legible(&file.display().to_string()),
        claims.join(", ")
    );
    Err(Error::new(Code::NotTrusted, message).with_hint(advice![
        "remove the file; or, if this provider is to get codes and tokens for these hosts, ",
        Remedy::TrustManifest { path: Some(file.to_owned()) }.request()
    ]))
}

/// Returns whether a provider file is trusted with all of these hosts.
pub(super) fn is_trusted(
    trusted: &TrustFile,
    path: &Path,
    hosts: &BTreeSet<String>,
) -> Result<bool> {
    Ok(trusted.hosts(path)?.is_some_and(|known| hosts.is_subset(&known)))
}
