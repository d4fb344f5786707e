//! Files of the home: read as a whole, made, locked, and the failures of each with what mends them.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use super::file_lock::{FileLock, LockFailure, busy};
use super::files::{self, Links, Trust};
use crate::error::{Code, Error, Result};

/// The maximum size of a file, in bytes. Nothing here comes near it but by accident or by intent.
pub(crate) const LARGEST: u64 = 1 << 20;

/// Reads the content of a file of the store; `None` where there is no such file.
///
/// The last part of the path is never followed where it is a symbolic link, and nothing but a
/// regular file is read: a pipe must not make xreq wait. The file does not change while it is
/// read, since writers replace it as a whole.
pub(crate) fn read(path: &Path, trust: Option<&Trust>) -> Result<Option<Vec<u8>>> {
    let opened = files::open(path, Links::Refused, trust);
    let Some((mut file, metadata)) = opened.or_else(|error| {
        refuse_symlink(path)?;
        Err(unreadable(path, &error))
    })?
    else {
        return Ok(None);
    };
    if metadata.len() > LARGEST {
        return Err(Error::new(
            Code::StoreCorrupt,
            format!("`{}` has more than 1 MiB, which no file of the store has", path.display()),
        )
        .with_hint("move it away: xreq did not make it"));
    }
    let length = usize::try_from(metadata.len()).expect("1 MiB fits in memory");
    let mut content = vec![0; length];
    file.read_exact(&mut content).map_err(|error| unreadable(path, &error))?;
    Ok(Some(content))
}

/// Makes a file that must not be there yet, together with its folder; `false` where it is.
pub(crate) fn create(file: &Path, content: &[u8]) -> Result<bool> {
    files::create(file, content).map_err(|error| unwritable(file, &error))
}

/// Makes a folder that only its owner can enter, and those above it, where they are missing.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    files::make_folder(folder).map_err(|error| unwritable(folder, &error))
}

/// Blocks until nobody else holds the lock of a file, but not longer than `patience`. The file, and its
/// folder, are made where they are not there.
pub(crate) fn hold(path: &Path, patience: Duration) -> Result<FileLock> {
    make_folder(path.parent().unwrap_or(path))?;
    FileLock::acquire(path, patience).or_else(|failed| {
        Err(match failed {
            LockFailure::Unopened(error) => {
                refuse_symlink(path)?;
                unwritable(path, &error)
            }
            LockFailure::Held(patience) => busy(path, patience),
            LockFailure::Failed(error) => {
                let message = format!("cannot lock `{}`", path.display());
                let hint = "point `XREQ_HOME` to your own store";
                files::failure(Code::StoreUnwritable, &message, &error, hint)
            }
        })
    })
}

/// Fails where the last part of the path is a symbolic link: anybody who could place it would
/// choose which file is read, and writing would silently take the link away.
pub(crate) fn refuse_symlink(path: &Path) -> Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
        return Err(Error::new(
            Code::StoreSymlink,
            format!("`{}` is a symbolic link{}", path.display(), to(path)),
        )
        .with_hint("put the file itself there; the folder that holds it may be a link"));
    }
    Ok(())
}

/// Returns the target of a link, to stand behind its name.
fn to(link: &Path) -> String {
    fs::read_link(link).map_or_else(|_| String::new(), |to| format!(" to `{}`", to.display()))
}

/// Returns the error of a file or a folder of the store that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Error {
    let message = format!("cannot read `{}`", path.display());
    let hint = match error.kind() {
        io::ErrorKind::Other => "move it away: xreq did not make it",
        _ => "make it readable to you, or point `XREQ_HOME` to your own store",
    };
    files::failure(Code::StoreUnreadable, &message, error, hint)
}

/// Returns the error of a file or a folder of the store that cannot be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::Other => "move it away: xreq did not make it",
        _ => "make the folder writable to you, or point `XREQ_HOME` to your own store",
    };
    let message = format!("cannot write `{}`", path.display());
    files::failure(Code::StoreUnwritable, &message, error, hint)
}
