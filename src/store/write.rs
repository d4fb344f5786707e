//! Writing a file so that whoever looks, at whatever moment, finds the old one or the new one.
//!
//! The new content goes to a temporary in the same folder and is on the disk before the rename;
//! the rename is on the disk before the writer goes on. A process that is killed in between
//! leaves at worst a temporary behind, which the next writer of the same record writes over: it
//! holds the lock, so nobody else can be using it.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};
use tempfile::NamedTempFile;

use super::lock::Lock;
use super::place::Place;
use super::read;
use super::record::Record;
use crate::error::{Code, Error, Result};
use crate::sys::files;

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// The beginning of the name of a record that the store did not take.
pub(crate) const RESCUED: &str = "xreq-rescued-";
/// The room for a record's new content: its temporary and its folder, open. To fill it takes no
/// descriptor and, as far as it was reserved, no more of the disk.
#[derive(Debug)]
pub(super) struct Room {
    temporary: File,
    folder: File,
}

impl Room {
    fn open(place: &Place) -> io::Result<Self> {
        Ok(Self { temporary: open(&place.temporary())?, folder: File::open(place.folder())? })
    }

    /// Makes the content of the record this, on the disk.
    fn fill(mut self, place: &Place, content: &[u8]) -> io::Result<()> {
        self.temporary.rewind()?;
        write(&mut self.temporary, content)?;
        fs::rename(place.temporary(), place.file())?;
        sync_folder(&self.folder)
    }
}

/// Replaces the record whose lock is held, or makes it.
pub(super) fn replace<R: Record>(lock: &Lock<R>, content: &[u8]) -> Result<()> {
    let place = lock.place();
    let file = place.file();
    read::refuse_symlink(&file)?;
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
pub(super) fn reserve<R: Record>(lock: &Lock<R>, bytes: usize) -> Result<()> {
    let temporary = lock.place().temporary();
    let reserved = may_be_written().and_then(|()| {
        let mut room = Room::open(lock.place())?;
        match rustix::fs::fallocate(&room.temporary, FallocateFlags::empty(), 0, bytes as u64) {
            // Some file systems cannot, and say so.
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
                write(&mut room.temporary, &vec![b' '; bytes])?;
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
        Some(most) if most < read::LARGEST => Err(Errno::FBIG.into()),
        _ => Ok(()),
    }
}

/// Makes a file that must not be there yet, together with its folder; `false` where it is.
pub(crate) fn create(file: &Path, content: &[u8]) -> Result<bool> {
    if file.symlink_metadata().is_ok() {
        return Ok(false);
    }
    let folder = file.parent().expect("a file of the home is in a folder");
    make_folder(folder)?;
    let created = temporary(folder, ".xreq~", content).and_then(|temporary| {
        match temporary.persist_noclobber(file) {
            Ok(_) => {
                files::give_at(file)?;
                sync_folder(&File::open(folder)?).map(|()| true)
            }
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(failed) => Err(failed.error),
        }
    });
    created.map_err(|error| unwritable(file, &error))
}

/// Gives back what was reserved.
pub(super) fn unreserve<R: Record>(lock: &Lock<R>) -> Result<()> {
    drop(lock.take_room());
    let temporary = lock.place().temporary();
    unlink(&temporary).map(drop).map_err(|error| unwritable(&temporary, &error))
}

/// Makes a file of any name in a folder that is not the store's.
pub(super) fn aside(folder: &Path, content: &[u8]) -> Result<PathBuf> {
    let kept = temporary(folder, RESCUED, content)
        .and_then(|temporary| temporary.keep().map_err(|failed| failed.error));
    kept.map(|(_, path)| path).map_err(|error| unwritable(folder, &error))
}

/// Removes the record whose lock is held; `false` where there is none.
pub(super) fn remove<R: Record>(lock: &Lock<R>) -> Result<bool> {
    let place = lock.place();
    let file = place.file();
    read::refuse_symlink(&file)?;
    drop(lock.take_room());
    let removed = unlink(&place.temporary()).and_then(|_| {
        let is_there = unlink(&file)?;
        if is_there {
            sync_folder(&File::open(place.folder())?)?;
        }
        Ok(is_there)
    });
    removed.map_err(|error| unwritable(&file, &error))
}

/// Makes a folder that only its owner can enter, and those above it, where they are missing.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    make_folders(folder).map_err(|error| unwritable(folder, &error))
}

fn make_folders(folder: &Path) -> io::Result<()> {
    if files::is_folder(folder)? {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make_folders(above)?;
        match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
            Ok(()) => {
                files::give_at(folder)?;
                return sync_folder(&File::open(above)?);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A new file of the owner alone with this content, on the disk, that is removed when dropped.
fn temporary(folder: &Path, prefix: &str, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut temporary = tempfile::Builder::new()
        .prefix(prefix)
        .suffix(".tmp")
        .permissions(Permissions::from_mode(FILE_MODE))
        .tempfile_in(folder)?;
    temporary.write_all(content)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

/// Opens a record's temporary. Whoever holds the lock owns it: what a killed writer left there, or
/// this one reserved, is written over, so that it takes no new room.
fn open(temporary: &Path) -> io::Result<File> {
    let is_ours = |found: fs::Metadata| found.is_file() && found.nlink() == 1;
    if !temporary.symlink_metadata().is_ok_and(is_ours) {
        // Through a link, another file would be written.
        unlink(temporary)?;
    }
    let file = files::own(temporary)?;
    files::shut(&file)?;
    Ok(file)
}

fn write(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.write_all(content)?;
    file.set_len(content.len() as u64)?;
    file.sync_all()
}

/// Removes a file; `false` where there is none.
fn unlink(file: &Path) -> io::Result<bool> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Puts the names of a folder on the disk. Some file systems cannot, and say so.
fn sync_folder(folder: &File) -> io::Result<()> {
    match folder.sync_all() {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// The error of a file or a folder of the store that cannot be written.
pub(super) fn unwritable(path: &Path, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::Other => "move it away: xreq did not make it",
        _ => "make the folder writable to you, or point `XREQ_HOME` to your own store",
    };
    let message = format!("cannot write `{}`", path.display());
    files::failure(Code::StoreUnwritable, &message, error, hint)
}
