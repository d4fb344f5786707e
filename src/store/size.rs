//! The size of the files of the store.

/// The maximum size of a file, in bytes. Nothing here comes near it but by accident or by intent.
pub(crate) const LARGEST: u64 = 1 << 20;
