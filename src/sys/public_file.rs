//! A file that other users may read, for as long as the process that wrote it serves them.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::files;
use super::transient_file::TransientFile;

/// The mode of the file: whoever gets into its folder reads it.
const MODE: u32 = 0o644;

/// Writes the file as a whole; its content begins with a mark, and no file without that mark is replaced. It goes with
/// what is returned.
///
/// # Errors
///
/// It cannot be written, or something else is there.
pub(crate) fn write(path: &Path, mark: &str, content: &str) -> io::Result<TransientFile> {
    if !may_be_replaced(path, mark)? {
        return Err(io::Error::new(ErrorKind::AlreadyExists, "something else is there"));
    }
    let folder = path.parent().unwrap_or(path);
    let content = format!("{mark}{content}");
    let temporary = files::temporary(folder, ".xreq~", content.as_bytes())?;
    temporary.as_file().set_permissions(Permissions::from_mode(MODE))?;
    let file: File = temporary.persist(path).map_err(|failed| failed.error)?;
    files::give(&file, path)?;
    Ok(TransientFile::at(path))
}

/// Returns whether nothing is at a path, or a file that begins with a mark.
fn may_be_replaced(path: &Path, mark: &str) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
        Ok(found) if !found.is_file() => Ok(false),
        Ok(_) => {
            let mut begin = Vec::with_capacity(mark.len());
            File::open(path)?.take(mark.len() as u64).read_to_end(&mut begin)?;
            Ok(begin == mark.as_bytes())
        }
    }
}
