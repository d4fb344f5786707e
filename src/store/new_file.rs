//! New files and folders of the home.

use std::path::Path;

use super::fault::unwritable;
use crate::error::Result;
use crate::sys::files;

/// Makes a file that must not be there yet, together with its folder; `false` where it is.
pub(crate) fn create(file: &Path, content: &[u8]) -> Result<bool> {
    files::create(file, content).map_err(|error| unwritable(file, &error))
}

/// Makes a folder that only its owner can enter, and those above it, where they are missing.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    files::make_folder(folder).map_err(|error| unwritable(folder, &error))
}
