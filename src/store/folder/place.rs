//! The place of a record, and of the files beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::Result;
use crate::store::fault::unreadable;
use crate::store::record::Record;
use crate::sys::files;
use crate::sys::home::Home;

const EXTENSION: &str = ".json";
const TEMPORARY: &str = "~.tmp";

/// A kind of record that is kept in files.
pub trait Filed: Record {
    /// Returns the place of the record of this name.
    fn place(home: &Home, name: &Self::Name) -> Place;
}

/// The place of one record: a name in a folder.
///
/// Beside `work.json` there may lie `.work.lock` and, while a writer works, `.work~.tmp`. Since
/// no name starts with a dot or holds a `~`, these belong to `work` alone and to no other record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    folder: PathBuf,
    stem: String,
}

impl Place {
    pub(in crate::store) fn new(folder: PathBuf, stem: &str) -> Self {
        Self { folder, stem: stem.to_owned() }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the file of the record itself.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.join(format!("{}{EXTENSION}", self.stem))
    }

    /// Returns the file whose lock guards the record.
    pub(super) fn lock_file(&self) -> PathBuf {
        self.folder.join(format!(".{}.lock", self.stem))
    }

    /// Returns the file that a writer fills before it takes the place of the record.
    pub(super) fn temporary(&self) -> PathBuf {
        self.folder.join(format!(".{}{TEMPORARY}", self.stem))
    }
}

/// Returns the names of the records in a folder, in order. A file without the name of a record is
/// not ours.
pub(super) fn records_in<N: FromStr + Ord>(folder: &Path) -> Result<Vec<N>> {
    names(folder, |entry| {
        let name = entry.file_name();
        Ok(name.to_str().and_then(|name| name.strip_suffix(EXTENSION)?.parse().ok()))
    })
}

/// Lists the names of the records in a folder, and of those of which a writer left its temporary.
pub(super) fn written_in<N: FromStr + Ord>(folder: &Path) -> Result<Vec<N>> {
    let mut all: Vec<N> = names(folder, |entry| {
        let name = entry.file_name();
        let written = |name: &str| {
            let temporary = || name.strip_prefix('.')?.strip_suffix(TEMPORARY);
            name.strip_suffix(EXTENSION).or_else(temporary)?.parse().ok()
        };
        Ok(name.to_str().and_then(written))
    })?;
    all.dedup();
    Ok(all)
}

/// Returns the names of the folders in a folder, in order.
pub(super) fn folders_in<N: FromStr + Ord>(folder: &Path) -> Result<Vec<N>> {
    names(folder, |entry| {
        let Some(name) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            return Ok(None);
        };
        let kind = entry.file_type()?;
        // A link that leads nowhere hides what somebody put there.
        let is_folder = kind.is_dir() || kind.is_symlink() && files::is_folder(&entry.path())?;
        Ok(is_folder.then_some(name))
    })
}

fn names<N: Ord>(
    folder: &Path,
    name: impl Fn(&fs::DirEntry) -> io::Result<Option<N>>,
) -> Result<Vec<N>> {
    let unreadable = |error| unreadable(folder, &error);
    let Some(entries) = files::entries(folder).map_err(unreadable)? else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.and_then(|entry| name(&entry)).map_err(unreadable)?);
    }
    names.sort_unstable();
    Ok(names)
}
