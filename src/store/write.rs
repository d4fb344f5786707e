//! Writing a file so that whoever looks, at whatever moment, finds the old one or the new one.
//!
//! The new content goes to a temporary in the same folder and is on the disk before the rename;
//! the rename is on the disk before the writer goes on. A process that is killed in between
//! leaves at worst a temporary behind, which the next writer of the same record writes over: it
//! holds the lock, so nobody else can be using it.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, Mode, OFlags};
use rustix::io::Errno;
use tempfile::NamedTempFile;

use super::lock::Lock;
use super::read;
use super::record::Record;
use crate::error::{Code, Error, Result};

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// The beginning of the name of a record that the store did not take.
pub(crate) const RESCUED: &str = "xreq-rescued-";

/// Replaces the record whose lock is held, or makes it.
pub(super) fn replace<R: Record>(lock: &Lock<R>, content: &[u8]) -> Result<()> {
    let place = lock.place();
    let file = place.file();
    read::refuse_symlink(&file)?;
    let written = fill(&place.temporary(), content).and_then(|()| {
        let folder = File::open(place.folder())?;
        fs::rename(place.temporary(), &file)?;
        sync_folder(&folder)
    });
    written.map_err(|error| {
        // What is left of it would be in the way of nobody, but takes room on a full disk.
        let _ = unlink(&place.temporary());
        unwritable(&file, &error)
    })
}

/// Makes sure that the disk has room for so many bytes of the record whose lock is held: the next
/// [`replace`] uses what is taken here. A machine that stops needs it no more, so that nothing waits
/// for the disk.
pub(super) fn reserve<R: Record>(lock: &Lock<R>, bytes: usize) -> Result<()> {
    let temporary = lock.place().temporary();
    let reserved = open(&temporary).and_then(|mut file| {
        match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes as u64) {
            // Some file systems cannot, and say so.
            Err(Errno::OPNOTSUPP) => write(&mut file, &vec![b' '; bytes]),
            allocated => allocated.map_err(io::Error::from),
        }
    });
    reserved.map_err(|error| {
        let _ = unlink(&temporary);
        unwritable(&lock.place().file(), &error)
    })
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
            Ok(_) => sync_folder(&File::open(folder)?).map(|()| true),
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(failed) => Err(failed.error),
        }
    });
    created.map_err(|error| unwritable(file, &error))
}

/// Gives back what was reserved.
pub(super) fn unreserve<R: Record>(lock: &Lock<R>) -> Result<()> {
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
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make_folders(above)?;
        match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
            Ok(()) => return sync_folder(&File::open(above)?),
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

/// Makes the content of a record's temporary this, on the disk.
fn fill(temporary: &Path, content: &[u8]) -> io::Result<()> {
    write(&mut open(temporary)?, content)
}

/// Opens a record's temporary. Whoever holds the lock owns it: what a killed writer left there, or
/// this one reserved, is written over, so that it takes no new room.
fn open(temporary: &Path) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let is_ours = |found: fs::Metadata| found.is_file() && found.nlink() == 1;
    if !temporary.symlink_metadata().is_ok_and(is_ours) {
        // Through a link, another file would be written.
        unlink(temporary)?;
    }
    let file = File::from(rustix::fs::open(temporary, flags, Mode::RUSR | Mode::WUSR)?);
    file.set_permissions(Permissions::from_mode(FILE_MODE))?;
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
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "nothing was lost; free some space and try again"
        }
        _ => "make the folder writable to you, or point `XREQ_HOME` to your own store",
    };
    Error::new(Code::StoreUnwritable, format!("cannot write `{}`: {error}", path.display()))
        .with_hint(hint)
}
