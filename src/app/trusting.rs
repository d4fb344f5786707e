//! Trusting a manifest on this machine: what it may decide.

use std::path::{Path, PathBuf};

use crate::app::context::Context;
use crate::app::display_paths::{STDIN, display_name};
use crate::app::manifest_discovery::locate;
use crate::app::manifest_source::LoadedManifest;
use crate::error::{Code, Error, Inventory, Remedy, Result};
use crate::text::escape::legible;
use crate::trust::{Authority, TrustFile};

/// The authority that a manifest asks for.
pub(crate) struct TrustRequest {
    file: TrustFile,
    /// The manifest.
    pub(crate) path: PathBuf,
    authority: Authority,
    /// Part of it that was not trusted yet.
    pub(crate) growth: Authority,
    /// Whether something of it was trusted before.
    pub(crate) is_known: bool,
}

impl TrustRequest {
    /// Reads a manifest, and what was trusted of it.
    pub(crate) fn of(
        manifest: Option<&Path>,
        catalog: &[PathBuf],
        context: &Context,
    ) -> Result<Self> {
        let file = TrustFile::of(&context.env, &context.trust)?;
        let place = locate(manifest, context)?;
        place.announce(context);
        refuse_stdin(&place.path)?;
        let declared = LoadedManifest::read(&place, display_name(&place.path))?;
        declared.needs(&context.catalog(catalog)?, context)?;
        let path = declared.real_path()?.ok_or_else(|| {
            let name = display_name(&place.path);
            Error::new(Code::BadArgument, format!("{name} has no path to trust"))
                .with_hint("write the manifest to a file, and name it")
        })?;
        let authority = Authority::of(&declared.requirements);
        let known = file.authority(&path)?;
        let growth = authority.beyond(known.as_ref().unwrap_or(&Authority::default()));
        Ok(Self { file, path, authority, growth, is_known: known.is_some() })
    }

    /// Returns whether there is anything that was not trusted yet.
    pub(crate) fn is_new(&self) -> bool {
        !self.is_known || !self.growth.is_empty()
    }

    /// Trusts the manifest with all that it asks for; returns its path.
    pub(crate) fn grant(self, context: &Context) -> Result<PathBuf> {
        self.file.trust(&self.path, self.authority, context.now)?;
        Ok(self.path)
    }
}

/// Trusts a manifest no longer; returns its path. One that is gone can be named as it was listed.
///
/// # Errors
///
/// [`Code::NotStored`]: it was not trusted.
pub(crate) fn forget(manifest: Option<&Path>, context: &Context) -> Result<PathBuf> {
    let file = TrustFile::of(&context.env, &context.trust)?;
    let place = locate(manifest, context)?;
    refuse_stdin(&place.path)?;
    let path = place.path.canonicalize().or_else(|_| {
        std::path::absolute(&place.path).map_err(|error| {
            Error::of_system(Code::BadArgument, "the working directory is unknown", &error)
        })
    })?;
    if file.forget(&path)? {
        return Ok(path);
    }
    let name = legible(&path.display().to_string());
    Err(Error::new(Code::NotStored, format!("{name} is not trusted"))
        .with_remedy(Remedy::List(Inventory::TrustedManifests)))
}

fn refuse_stdin(path: &Path) -> Result<()> {
    if path == Path::new(STDIN) {
        return Err(Error::new(Code::BadArgument, "standard input has no path to trust")
            .with_hint("write the manifest to a file, and name it"));
    }
    Ok(())
}
