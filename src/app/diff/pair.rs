//! Two manifests to compare.

use crate::app::manifest_source::LoadedManifest;

/// An older and a newer manifest.
pub(crate) struct Pair {
    pub(crate) old: LoadedManifest,
    pub(crate) new: LoadedManifest,
}
