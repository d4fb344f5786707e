//! The size of the files of the store.

/// How large a file may be. Nothing here comes near it but by accident or by intent.
pub(crate) const LARGEST: u64 = 1 << 20;
