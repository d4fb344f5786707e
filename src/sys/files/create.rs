//! Making files and folders that are there as a whole or not at all.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use tempfile::NamedTempFile;

use super::open::{give_at, is_folder};

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Makes a folder that only its owner can enter, and those above it, where they are missing.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if is_folder(folder)? {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make_folder(above)?;
        match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
            Ok(()) => {
                give_at(folder)?;
                return sync_folder(&File::open(above)?);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes a file that must not be there yet, together with its folder; `false` where it is.
pub(crate) fn create(file: &Path, content: &[u8]) -> io::Result<bool> {
    if file.symlink_metadata().is_ok() {
        return Ok(false);
    }
    let folder = file.parent().unwrap_or(file);
    make_folder(folder)?;
    match temporary(folder, ".xreq~", content)?.persist_noclobber(file) {
        Ok(_) => {
            give_at(file)?;
            sync_folder(&File::open(folder)?).map(|()| true)
        }
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(failed) => Err(failed.error),
    }
}

/// Makes a new file of the owner alone with this content, on the disk, that is removed when dropped.
pub(crate) fn temporary(folder: &Path, prefix: &str, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut temporary = tempfile::Builder::new()
        .prefix(prefix)
        .suffix(".tmp")
        .permissions(Permissions::from_mode(FILE_MODE))
        .tempfile_in(folder)?;
    temporary.write_all(content)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

/// Puts the names of a folder on the disk. Some file systems cannot, and say so.
pub(crate) fn sync_folder(folder: &File) -> io::Result<()> {
    match folder.sync_all() {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) =>
        {
            Ok(())
        }
        result => result,
    }
}
