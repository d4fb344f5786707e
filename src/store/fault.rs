//! The errors of files and folders of the store.

use std::fs;
use std::io;
use std::path::Path;

use crate::error::{Code, Error, Result};
use crate::sys::files;

/// Fails where the last part of the path is a symbolic link: anybody who could place it would
/// choose which file is read, and writing would silently take the link away.
pub(super) fn refuse_symlink(path: &Path) -> Result<()> {
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
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Error {
    let message = format!("cannot read `{}`", path.display());
    let hint = match error.kind() {
        io::ErrorKind::Other => "move it away: xreq did not make it",
        _ => "make it readable to you, or point `XREQ_HOME` to your own store",
    };
    files::failure(Code::StoreUnreadable, &message, error, hint)
}

/// Returns the error of a file or a folder of the store that cannot be written.
pub(super) fn unwritable(path: &Path, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::Other => "move it away: xreq did not make it",
        _ => "make the folder writable to you, or point `XREQ_HOME` to your own store",
    };
    let message = format!("cannot write `{}`", path.display());
    files::failure(Code::StoreUnwritable, &message, error, hint)
}
