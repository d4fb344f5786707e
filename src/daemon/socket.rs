//! The Unix socket that the daemon answers on, and the address for those that scrape it.
//!
//! A daemon that was killed leaves its socket behind. Nobody answers there, so that the next daemon
//! may take its place; one on which somebody answers is never taken.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::process::umask;

use crate::error::{Code, Error, Parameter, Result, advice};
use crate::http::server::Listener;
use crate::sys::env::Env;
use crate::sys::files;
use crate::sys::home::Home;
use crate::sys::runtime_folder::Runtime;

/// A socket, which goes with this.
#[derive(Debug)]
pub(super) struct Socket {
    path: PathBuf,
    inode: Option<u64>,
}

/// Returns the default path of the socket: in the runtime folder of the user.
///
/// # Errors
///
/// [`Code::RuntimeUnusable`].
pub(super) fn usual(env: &Env, home: &Home) -> Result<PathBuf> {
    Runtime::of(env, home).map(|runtime| runtime.path().join("daemon.sock"))
}

impl Socket {
    /// Listens on a socket of the user alone.
    ///
    /// # Errors
    ///
    /// [`Code::SocketUnavailable`]: somebody listens there, there is something else, or it cannot
    /// be made.
    pub(super) fn listen(path: &Path) -> Result<(Self, UnixListener)> {
        let failed = |error: io::Error| unlistenable(path, &error);
        clear(path)?;
        // No other thread makes files yet. There is no moment in which others could connect.
        let before = umask(Mode::from_raw_mode(0o177));
        let bound = UnixListener::bind(path);
        umask(before);
        let listener = bound.map_err(failed)?;
        files::give_at(path).map_err(failed)?;
        let inode = fs::symlink_metadata(path).map(|found| found.ino()).ok();
        Ok((Self { path: path.to_owned(), inode }, listener))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let found = fs::symlink_metadata(&self.path).map(|found| found.ino()).ok();
        if found.is_some() && found == self.inode {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Listens on an address of the network.
///
/// # Errors
///
/// [`Code::SocketUnavailable`].
pub(super) fn listen_on(address: SocketAddr) -> Result<Listener> {
    Listener::address(address).map_err(|error| {
        Error::of_system(Code::SocketUnavailable, format!("cannot listen on {address}"), &error)
            .with_hint(advice![
                "name another address with ",
                Parameter::Metrics,
                "; port 0 is a free one"
            ])
    })
}

/// Removes the socket of a daemon that is no more.
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
        Ok(_) => {
            Err(unavailable(path, "somebody listens there, such as the daemon of another store"))
        }
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
