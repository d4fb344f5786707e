//! One daemon a store.
//!
//! The lock is an advisory one (`flock`) on `daemon.lock` in the folder of the store, which holds the
//! number of the process for the process that finds it taken. The kernel gives it up when the process
//! ends, however it ends; the file stays.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::store::FolderStore;
use crate::sys::file_lock::{FileLock, LockFailure};
use crate::sys::files;

const NAME: &str = "daemon.lock";

/// The right to keep the grants of a store, as long as this lives.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct Lock {
    _held: FileLock,
}

impl Lock {
    /// Takes the lock, and makes the folders of the store if they are missing.
    ///
    /// # Errors
    ///
    /// [`Code::DaemonRunning`] if another process has it; [`Code::StoreUnwritable`].
    pub fn take(store: &FolderStore) -> Result<Self> {
        store.make()?;
        let path = store.home().data().join(NAME);
        let held = FileLock::acquire(&path, Duration::ZERO).map_err(|failed| match failed {
            LockFailure::Held(_) => running(&path),
            LockFailure::Unopened(error) | LockFailure::Failed(error) => unusable(&path, &error),
        })?;
        // Where the disk is full, the lock holds all the same.
        let mut file = held.file();
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _held: held })
    }
}

fn running(path: &Path) -> Error {
    let holder = fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<u32>().ok());
    let who = holder.map_or_else(String::new, |process| format!(" (process {process})"));
    let folder = path.parent().expect("it is in the folder of the store");
    Error::new(
        Code::DaemonRunning,
        format!("another daemon{who} keeps the grants in {}", folder.display()),
    )
    .with_hint("one is enough; to let it read the configuration again, send it SIGHUP")
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    let message = format!("cannot lock `{}`", path.display());
    let hint = "make the folder writable to you, or point `XREQ_HOME` to your own store";
    files::failure(Code::StoreUnwritable, &message, error, hint)
}
