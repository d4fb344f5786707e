//! Opening, where absent is allowed and anything odd is not.
//!
//! A pipe or a device never makes xreq wait, a dangling link is never taken for "no file", and what
//! is written is a file of one name. Owners and modes are judged by the descriptor whose content is
//! then used.

use std::fs::{self, File, Metadata, Permissions, ReadDir};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::fault::Fault;
use super::obstacle::{self, Reach};
use super::trust::Trust;

/// The rule for a symbolic link as the last part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// It may: a person chose where the file is.
    Followed,
    /// It may not: xreq itself makes the file.
    Refused,
}

/// Opens a regular file for reading; `None` where nothing has this name.
///
/// # Errors
///
/// It cannot be reached or read, is something else than a regular file, or is one that `trust` does
/// not accept.
pub(crate) fn open(
    path: &Path,
    links: Links,
    trust: Option<&Trust>,
) -> io::Result<Option<(File, Metadata)>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let mut opened = rustix::fs::open(path, flags | OFlags::NOFOLLOW, Mode::empty());
    if links == Links::Followed && matches!(opened, Err(Errno::LOOP)) {
        if let Some(trust) = trust {
            trust.link(path)?;
        }
        opened = rustix::fs::open(path, flags, Mode::empty());
    }
    let file = match opened {
        Ok(descriptor) => File::from(descriptor),
        Err(error) => return unreached(path, links, error.into()),
    };
    let metadata = file.metadata()?;
    regular(&metadata, path)?;
    if let Some(trust) = trust {
        trust.file(&metadata, path)?;
    }
    Ok(Some((file, metadata)))
}

/// Opens a regular file that nobody named and nobody misses, be it absent, unreadable or something
/// else; a link is followed where it leads to a file.
pub(crate) fn glimpse(path: &Path) -> Option<(File, Metadata)> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = match rustix::fs::open(path, flags | OFlags::NOFOLLOW, Mode::empty()) {
        Err(Errno::LOOP) if fs::metadata(path).is_ok_and(|found| found.is_file()) => {
            rustix::fs::open(path, flags, Mode::empty())
        }
        opened => opened,
    };
    let file = File::from(opened.ok()?);
    let metadata = file.metadata().ok()?;
    metadata.is_file().then_some((file, metadata))
}

/// Opens what somebody named for reading once: a pipe such as `<(command)`, or a file.
///
/// # Errors
///
/// It cannot be reached or read.
pub(crate) fn stream(path: &Path) -> io::Result<File> {
    File::open(path).map_err(|error| match obstacle::find(path) {
        Reach::Blocked(fault) => fault.into(),
        Reach::Absent | Reach::Open => error,
    })
}

/// Opens a file that xreq alone writes, for reading and writing, or makes it for its owner alone.
///
/// # Errors
///
/// It is a link, is no regular file, has other names, or cannot be opened.
pub(crate) fn own(path: &Path) -> io::Result<File> {
    own_with(path, OFlags::empty())
}

/// Opens a file that xreq alone appends to, or makes it for its owner alone.
///
/// # Errors
///
/// Those of [`own`].
pub(crate) fn append(path: &Path) -> io::Result<File> {
    own_with(path, OFlags::APPEND)
}

fn own_with(path: &Path, more: OFlags) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = flags | OFlags::NOCTTY | OFlags::CLOEXEC | more;
    let file = match rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR) {
        Ok(descriptor) => File::from(descriptor),
        Err(error) => {
            let blocked = unreached::<()>(path, Links::Refused, error.into());
            return Err(blocked.err().unwrap_or_else(|| error.into()));
        }
    };
    let metadata = file.metadata()?;
    regular(&metadata, path)?;
    if metadata.nlink() > 1 {
        return Err(Fault::Shared { path: path.to_owned(), names: metadata.nlink() }.into());
    }
    give(&file, path)?;
    Ok(file)
}

/// Gives a file or a folder that root made to the owner of the folder that it is in: who has a store
/// can read all of it.
pub(crate) fn give(file: &File, path: &Path) -> io::Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    match heir(&file.metadata()?, path)? {
        Some(owner) => Ok(rustix::fs::fchown(file, Some(owner), None::<Gid>)?),
        None => Ok(()),
    }
}

/// Does the same with a file or a folder that was just made at a path.
pub(crate) fn give_at(path: &Path) -> io::Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    match heir(&fs::symlink_metadata(path)?, path)? {
        Some(owner) => {
            let flags = AtFlags::SYMLINK_NOFOLLOW;
            Ok(rustix::fs::chownat(CWD, path, Some(owner), None::<Gid>, flags)?)
        }
        None => Ok(()),
    }
}

/// Returns the owner of the folder of something that is root's, where that is another user.
fn heir(metadata: &Metadata, path: &Path) -> io::Result<Option<Uid>> {
    let Some(folder) = path.parent().filter(|_| geteuid().is_root() && metadata.uid() == 0) else {
        return Ok(None);
    };
    let owner = fs::metadata(folder)?.uid();
    Ok((owner != 0).then(|| Uid::from_raw(owner)))
}

/// Makes a file one that only its owner can use.
///
/// # Errors
///
/// The file system does not keep modes.
pub(crate) fn shut(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o600)).map_err(|error| {
        let is_ours = file.metadata().is_ok_and(|found| found.uid() == geteuid().as_raw());
        match Errno::from_io_error(&error) {
            Some(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS) if is_ours => {
                Fault::Modeless.into()
            }
            _ => error,
        }
    })
}

/// Lists a folder, which may be reached through links; `None` where nothing has this name.
///
/// # Errors
///
/// It cannot be reached or read.
pub(crate) fn entries(folder: &Path) -> io::Result<Option<ReadDir>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(Some(entries)),
        Err(error) => unreached(folder, Links::Followed, error),
    }
}

/// Returns whether there is a folder at a path, which may be reached through links.
///
/// # Errors
///
/// Something else is there, or in the way.
pub(crate) fn is_folder(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(Fault::NoFolder { path: path.to_owned() }.into()),
        Err(error) => unreached::<()>(path, Links::Followed, error).map(|found| found.is_some()),
    }
}

/// Returns whether there is anything at a path, which may be reached through links.
///
/// # Errors
///
/// Something is in the way.
pub(crate) fn exists(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(_) => Ok(true),
        Err(error) => unreached::<()>(path, Links::Followed, error).map(|found| found.is_some()),
    }
}

/// Says why something could not be opened: that there is nothing, or what is in the way.
fn unreached<T>(path: &Path, links: Links, error: io::Error) -> io::Result<Option<T>> {
    let is_link = || fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    if links == Links::Refused && is_link() {
        return Err(Fault::Link { target: obstacle::target(path) }.into());
    }
    match obstacle::find(path) {
        Reach::Absent => Ok(None),
        Reach::Blocked(fault) => Err(fault.into()),
        // It came meanwhile.
        Reach::Open if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // A socket cannot be opened, and a pipe without a reader not for writing.
        Reach::Open => {
            if let Ok(found) = fs::metadata(path) {
                regular(&found, path)?;
            }
            Err(error)
        }
    }
}

fn regular(metadata: &Metadata, path: &Path) -> io::Result<()> {
    let kind = metadata.file_type();
    let kind = if kind.is_file() {
        return Ok(());
    } else if kind.is_dir() {
        "folder"
    } else if kind.is_fifo() {
        "pipe"
    } else if kind.is_socket() {
        "socket"
    } else {
        "device"
    };
    Err(Fault::Irregular { path: path.to_owned(), kind }.into())
}
