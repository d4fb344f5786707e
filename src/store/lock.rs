//! One writer at a time, across processes.
//!
//! The lock is an advisory one (`flock`) on a file of its own beside the record. It cannot be on
//! the record, because writers replace the record: two of them could each hold the lock of
//! another file of the same name. For the same reason a lock file is never removed: somebody may
//! be waiting on it, and would get the lock of a file that is no longer there while a third one
//! makes and locks a new one. It is empty and stays.
//!
//! The kernel gives the lock up when the process ends, however it ends, and no program that xreq
//! starts inherits it.

use std::cell::RefCell;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::place::Place;
use super::record::Record;
use super::write::Room;
use super::{read, write};
use crate::error::{Code, Error, Result};
use crate::sys::files;
use crate::sys::home::Home;

/// How long to wait for a lock that another process holds.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

const SHORTEST_NAP: Duration = Duration::from_millis(1);
const LONGEST_NAP: Duration = Duration::from_millis(50);

/// The right to write one record, as long as this value lives.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct Lock<R: Record> {
    name: R::Name,
    place: Place,
    waited: bool,
    room: RefCell<Option<Room>>,
    _held: File,
}

impl<R: Record> Lock<R> {
    /// Waits until no other process (and nobody else in this one) holds the lock, but not longer
    /// than `patience`.
    pub(super) fn acquire(home: &Home, name: R::Name, patience: Duration) -> Result<Self> {
        let place = R::place(home, &name);
        home.judge(place.folder())?;
        let Held { file, waited } = hold(&place.lock_file(), patience)?;
        Ok(Self { name, place, waited, room: RefCell::default(), _held: file })
    }

    /// The name of the record that may be written.
    pub fn name(&self) -> &R::Name {
        &self.name
    }

    /// Whether another process had the lock first.
    pub fn waited(&self) -> bool {
        self.waited
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Keeps what was reserved for the next time that the record is written.
    pub(super) fn keep_room(&self, room: Room) {
        self.room.replace(Some(room));
    }

    /// Takes what was reserved, if anything was.
    pub(super) fn take_room(&self) -> Option<Room> {
        self.room.take()
    }
}

/// The lock of a file, as long as this value lives.
#[must_use = "the lock is released when this is dropped"]
pub(crate) struct Held {
    file: File,
    waited: bool,
}

/// Waits until nobody else holds the lock of a file, but not longer than `patience`. The file, and its
/// folder, are made where they are not there.
pub(crate) fn hold(path: &Path, patience: Duration) -> Result<Held> {
    let file = open(path)?;
    let start = Instant::now();
    let mut nap = SHORTEST_NAP;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Held { file, waited: nap > SHORTEST_NAP }),
            Err(TryLockError::WouldBlock) if start.elapsed() < patience => {
                thread::sleep(nap.min(patience.saturating_sub(start.elapsed())));
                nap = (nap * 2).min(LONGEST_NAP);
            }
            Err(TryLockError::WouldBlock) => return Err(busy(path, patience)),
            Err(TryLockError::Error(error)) => return Err(unlocked(path, error)),
        }
    }
}

fn open(path: &Path) -> Result<File> {
    write::make_folder(path.parent().expect("a lock is in a folder"))?;
    files::own(path).or_else(|error| {
        read::refuse_symlink(path)?;
        Err(write::unwritable(path, &error))
    })
}

fn unlocked(path: &Path, error: io::Error) -> Error {
    let message = format!("cannot lock `{}`", path.display());
    let hint = "point `XREQ_HOME` to your own store";
    files::failure(Code::StoreUnwritable, &message, &files::unlocked(error), hint)
}

fn busy(path: &Path, patience: Duration) -> Error {
    Error::new(
        Code::StoreBusy,
        format!(
            "another process has held the lock `{}` for {} seconds",
            path.display(),
            patience.as_secs()
        ),
    )
    .with_hint(format!("try again, or see who it is with `fuser {}`", path.display()))
}
