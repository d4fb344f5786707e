//! The manifest to begin with.

/// The manifest of an app that has none yet.
pub(crate) const MANIFEST: &str = include_str!("manifest.yaml");
