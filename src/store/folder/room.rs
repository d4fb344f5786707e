//! The room for a record that is to be written: open files, and space on the disk.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::place::Place;
use crate::sys::files;

/// The room for a record's new content: its temporary and its folder, open. To fill it takes no
/// descriptor and, as far as it was reserved, no more of the disk.
#[derive(Debug)]
pub(super) struct Room {
    temporary: File,
    folder: File,
}

impl Room {
    pub(super) fn open(place: &Place) -> io::Result<Self> {
        Ok(Self { temporary: open(&place.temporary())?, folder: File::open(place.folder())? })
    }

    /// Makes the content of the record this, on the disk.
    pub(super) fn fill(mut self, place: &Place, content: &[u8]) -> io::Result<()> {
        self.temporary.rewind()?;
        self.write(content)?;
        fs::rename(place.temporary(), place.file())?;
        files::sync_folder(&self.folder)
    }

    /// Writes so much, and nothing else, to the temporary.
    pub(super) fn write(&mut self, content: &[u8]) -> io::Result<()> {
        self.temporary.write_all(content)?;
        self.temporary.set_len(content.len() as u64)?;
        self.temporary.sync_all()
    }

    /// Returns the temporary.
    pub(super) fn temporary(&self) -> &File {
        &self.temporary
    }
}

/// Opens a record's temporary. The holder of the lock owns it: the bytes that a killed writer left
/// there, or this one reserved, are written over, so that it takes no new room.
fn open(temporary: &Path) -> io::Result<File> {
    let is_ours = |found: fs::Metadata| found.is_file() && found.nlink() == 1;
    if !temporary.symlink_metadata().is_ok_and(is_ours) {
        // Through a link, another file would be written.
        fs::remove_file(temporary).or_else(absent)?;
    }
    let file = files::own(temporary)?;
    files::shut(&file)?;
    Ok(file)
}

/// Passes over that a file is not there.
fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
