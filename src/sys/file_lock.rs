//! Advisory locks on files and folders (`flock`), which the kernel gives up when their holder ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Code, Error};
use crate::sys::files;

const SHORTEST_NAP: Duration = Duration::from_millis(1);
const LONGEST_NAP: Duration = Duration::from_millis(50);

/// The lock of a file, as long as this value lives. No program that xreq starts inherits it.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub(crate) struct FileLock {
    file: File,
    waited: bool,
}

/// The reason why a file is not locked.
#[derive(Debug)]
pub(crate) enum LockFailure {
    /// It cannot be opened or made.
    Unopened(io::Error),
    /// Another process has held the lock for so long.
    Held(Duration),
    /// The file system cannot lock it.
    Failed(io::Error),
}

impl FileLock {
    /// Blocks until nobody else holds the lock of a file at a path, but not longer than `patience`.
    /// The file, and its folder, are made where they are not there.
    pub(crate) fn acquire(path: &Path, patience: Duration) -> Result<Self, LockFailure> {
        let folder = path.parent().unwrap_or(path);
        let opened = files::make_folder(folder).and_then(|()| files::own(path));
        Self::of(opened.map_err(LockFailure::Unopened)?, patience)
    }

    /// Blocks until nobody else holds the lock of what is open, but not longer than `patience`.
    pub(crate) fn of(file: File, patience: Duration) -> Result<Self, LockFailure> {
        let start = Instant::now();
        let mut nap = SHORTEST_NAP;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file, waited: nap > SHORTEST_NAP }),
                Err(TryLockError::WouldBlock) if start.elapsed() < patience => {
                    thread::sleep(nap.min(patience.saturating_sub(start.elapsed())));
                    nap = (nap * 2).min(LONGEST_NAP);
                }
                Err(TryLockError::WouldBlock) => return Err(LockFailure::Held(patience)),
                Err(TryLockError::Error(error)) => {
                    return Err(LockFailure::Failed(files::unlocked(error)));
                }
            }
        }
    }

    /// Returns what is locked.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Returns whether another process had the lock first.
    pub(crate) fn waited(&self) -> bool {
        self.waited
    }
}

/// Returns the error of a lock that another process has held for so long.
pub(crate) fn busy(path: &Path, patience: Duration) -> Error {
    let path = path.display();
    let seconds = patience.as_secs();
    Error::new(
        Code::StoreBusy,
        format!("another process has held the lock `{path}` for {seconds} seconds"),
    )
    .with_hint(format!("try again, or see who it is with `fuser {path}`"))
}
