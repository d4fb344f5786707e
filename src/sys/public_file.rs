//! A file that other users may read, for as long as the process that wrote it serves them.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::files;

/// The mode of the file: whoever gets into its folder reads it.
const MODE: u32 = 0o644;

/// A file, which goes with this.
#[derive(Debug)]
pub(crate) struct PublicFile {
    path: PathBuf,
    inode: Option<u64>,
}

impl PublicFile {
    /// Writes the file as a whole, in the place of what was there.
    ///
    /// # Errors
    ///
    /// It cannot be written, or there is a folder.
    pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<Self> {
        let folder = path.parent().unwrap_or(path);
        let temporary = files::temporary(folder, ".xreq~", content)?;
        temporary.as_file().set_permissions(Permissions::from_mode(MODE))?;
        let file: File = temporary.persist(path).map_err(|failed| failed.error)?;
        files::give(&file, path)?;
        Ok(Self { path: path.to_owned(), inode: file.metadata().ok().map(|found| found.ino()) })
    }
}

impl Drop for PublicFile {
    fn drop(&mut self) {
        let found = fs::symlink_metadata(&self.path).map(|found| found.ino()).ok();
        if found.is_some() && found == self.inode {
            let _ = fs::remove_file(&self.path);
        }
    }
}
