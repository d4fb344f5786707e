//! Writing a file so that a reader, at whatever moment, finds the old one or the new one.
//!
//! The new content goes to a temporary in the same folder and is on the disk before the rename;
//! the rename is on the disk before the writer goes on. A process that is killed in between
//! leaves at worst a temporary behind, which the next writer of the same record writes over: it
//! holds the lock, so nobody else can be using it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

use super::lock::Lock;
use super::place::FileRecord;
use super::room::Room;
use crate::error::Result;
use crate::sys::files;
use crate::sys::home_file::{LARGEST, refuse_symlink, unwritable};

/// The beginning of the name of a record that the store did not take.
pub(crate) const RESCUED: &str = "xreq-rescued-";

/// Replaces the record whose lock is held, or makes it.
pub(super) fn replace<R: FileRecord>(lock: &Lock<R>, content: &[u8]) -> Result<()> {
    let place = lock.place();
    let file = place.file();
    refuse_symlink(&file)?;
    let room = lock.take_room().map_or_else(|| Room::open(place), Ok);
    room.and_then(|room| room.fill(place, content)).map_err(|error| {
        // What is left of it would be in the way of nobody, but takes room on a full disk.
        let _ = unlink(&place.temporary());
        unwritable(&file, &error)
    })
}

/// Makes sure that there is room for so many bytes of the record whose lock is held, on the disk and
/// among the descriptors of the process: the next [`replace`] uses what is taken here. A machine that
/// stops needs it no more, so that nothing waits for the disk.
pub(super) fn reserve<R: FileRecord>(lock: &Lock<R>, bytes: usize) -> Result<()> {
    let temporary = lock.place().temporary();
    let reserved = may_be_written().and_then(|()| {
        let mut room = Room::open(lock.place())?;
        match rustix::fs::fallocate(room.temporary(), FallocateFlags::empty(), 0, bytes as u64) {
            // Some file systems cannot, and say so.
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
                room.write(&vec![b' '; bytes])?;
            }
            allocated => allocated?,
        }
        Ok(room)
    });
    reserved.map(|room| lock.keep_room(room)).map_err(|error| {
        let _ = unlink(&temporary);
        unwritable(&lock.place().file(), &error)
    })
}

/// Fails where the process may not write the largest record (`setrlimit(2)`): how long new tokens are,
/// nobody knows before they are there.
fn may_be_written() -> io::Result<()> {
    match getrlimit(Resource::Fsize).current {
        Some(most) if most < LARGEST => Err(Errno::FBIG.into()),
        _ => Ok(()),
    }
}

/// Gives back what was reserved.
pub(super) fn unreserve<R: FileRecord>(lock: &Lock<R>) -> Result<()> {
    drop(lock.take_room());
    let temporary = lock.place().temporary();
    unlink(&temporary).map(drop).map_err(|error| unwritable(&temporary, &error))
}

/// Makes a file of any name in a folder that is not the store's.
pub(super) fn aside(folder: &Path, content: &[u8]) -> Result<PathBuf> {
    let kept = files::temporary(folder, RESCUED, content)
        .and_then(|temporary| temporary.keep().map_err(|failed| failed.error));
    kept.map(|(_, path)| path).map_err(|error| unwritable(folder, &error))
}

/// Removes the record whose lock is held; `false` where there is none.
pub(super) fn remove<R: FileRecord>(lock: &Lock<R>) -> Result<bool> {
    let place = lock.place();
    let file = place.file();
    refuse_symlink(&file)?;
    drop(lock.take_room());
    let removed = unlink(&place.temporary()).and_then(|_| {
        let is_there = unlink(&file)?;
        if is_there {
            files::sync_folder(&File::open(place.folder())?)?;
        }
        Ok(is_there)
    });
    removed.map_err(|error| unwritable(&file, &error))
}

/// Removes a file; `false` where there is none.
fn unlink(file: &Path) -> io::Result<bool> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
