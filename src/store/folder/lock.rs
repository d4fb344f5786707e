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
use std::time::Duration;

use super::place::{FileRecord, Place};
use super::room::Room;
use crate::error::Result;
use crate::sys::file_lock::FileLock;
use crate::sys::home::Home;
use crate::sys::home_file::hold;

/// The longest wait for a lock that another process holds.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The right to write one record, as long as this value lives.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct Lock<R: FileRecord> {
    name: R::Name,
    place: Place,
    room: RefCell<Option<Room>>,
    held: FileLock,
}

impl<R: FileRecord> Lock<R> {
    /// Waits until no other process (and nobody else in this one) holds the lock, but not longer
    /// than `patience`.
    pub(super) fn acquire(home: &Home, name: R::Name, patience: Duration) -> Result<Self> {
        let place = R::place(home, &name);
        home.judge(place.folder())?;
        let held = hold(&place.lock_file(), patience)?;
        Ok(Self { name, place, room: RefCell::default(), held })
    }

    /// Returns the name of the record that may be written.
    pub fn name(&self) -> &R::Name {
        &self.name
    }

    /// Returns whether another process had the lock first.
    pub fn waited(&self) -> bool {
        self.held.waited()
    }

    pub(in crate::store) fn place(&self) -> &Place {
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
