//! A Unix socket at a path that the user chose.
//!
//! A process that was killed leaves its socket behind. Nobody answers there, so that the next one may take its
//! place; one on which somebody answers is never taken, nor is anything else that is there.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use rustix::fs::Mode;
use rustix::process::umask;

use super::files;
use super::transient_file::TransientFile;
use crate::error::{Code, Error, Parameter, Result, advice};

/// Listens on a socket of the user alone. Its file goes with what is returned.
///
/// # Errors
///
/// [`Code::SocketUnavailable`]: somebody listens there, there is something else, or it cannot be made.
pub(crate) fn listen(path: &Path) -> Result<(TransientFile, UnixListener)> {
    let failed = |error: io::Error| unlistenable(path, &error);
    clear(path)?;
    // No other thread makes files yet. There is no moment in which others could connect.
    let before = umask(Mode::from_raw_mode(0o177));
    let bound = UnixListener::bind(path);
    umask(before);
    let listener = bound.map_err(failed)?;
    files::give_at(path).map_err(failed)?;
    Ok((TransientFile::at(path), listener))
}

/// Removes the socket of a process that is no more.
fn clear(path: &Path) -> Result<()> {
    let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(unavailable(path, "there is something else"));
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(|error| unlistenable(path, &error))
        }
        Err(error) => Err(unlistenable(path, &error)),
        Ok(_) => Err(unavailable(path, "somebody listens there, such as another process of xreq")),
    }
}

fn unavailable(path: &Path, how: &str) -> Error {
    with_way_out(Error::new(
        Code::SocketUnavailable,
        format!("cannot listen on `{}`: {how}", path.display()),
    ))
}

fn unlistenable(path: &Path, error: &io::Error) -> Error {
    let message = format!("cannot listen on `{}`", path.display());
    with_way_out(Error::of_system(Code::SocketUnavailable, message, error))
}

fn with_way_out(error: Error) -> Error {
    error.with_hint(advice!["name another place with ", Parameter::Socket])
}
