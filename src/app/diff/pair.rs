//! Two manifests to compare.

use crate::app::manifest_source::Declared;

/// An older and a newer manifest.
pub(crate) struct Pair {
    pub(crate) old: Declared,
    pub(crate) new: Declared,
}
