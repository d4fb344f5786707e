//! Reading the files of the store and of its owner.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};

/// How large a file may be. Nothing here comes near it but by accident or by intent.
pub(super) const LARGEST: u64 = 1 << 20;

/// The content of a file of the store; `None` where there is no such file.
///
/// The last part of the path is never followed where it is a symbolic link, and nothing but a
/// regular file is read: a pipe must not make xreq wait. The file does not change while it is
/// read, since writers replace it as a whole.
pub(crate) fn record(path: &Path) -> Result<Option<Vec<u8>>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file = match rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from) {
        Ok(descriptor) => File::from(descriptor),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            refuse_symlink(path)?;
            return Err(unreadable(path, &error));
        }
    };
    let metadata = file.metadata().map_err(|error| unreadable(path, &error))?;
    if !metadata.is_file() {
        return Err(Error::new(
            Code::StoreUnreadable,
            format!("`{}` is no regular file", path.display()),
        )
        .with_hint("move it away: xreq did not make it"));
    }
    if metadata.len() > LARGEST {
        return Err(Error::new(
            Code::StoreCorrupt,
            format!("`{}` has more than 1 MiB, which no file of the store has", path.display()),
        )
        .with_hint("move it away: xreq did not make it"));
    }
    let length = usize::try_from(metadata.len()).expect("1 MiB fits in memory");
    let mut content = vec![0; length];
    file.read_exact(&mut content).map_err(|error| unreadable(path, &error))?;
    Ok(Some(content))
}

/// Which version of a file lies at a path, or that there is none: it differs from what it was whenever
/// a writer of the store wrote, or removed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(Option<(u64, i64, i64)>);

/// The version of a file.
pub(super) fn version(path: &Path) -> Version {
    let metadata = fs::symlink_metadata(path).ok();
    Version(metadata.map(|file| (file.ino(), file.mtime(), file.mtime_nsec())))
}

/// Fails where the last part of the path is a symbolic link: whoever could place it would choose
/// which file is read, and writing would silently take the link away.
pub(super) fn refuse_symlink(path: &Path) -> Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
        return Err(Error::new(
            Code::StoreSymlink,
            format!("`{}` is a symbolic link", path.display()),
        )
        .with_hint("put the file itself there; the folder that holds it may be a link"));
    }
    Ok(())
}

/// The content of a file that a person keeps (identity, recipients) and how it lies there. It may
/// be a link, a pipe or a device, such as what `<(command)` makes in a shell.
pub(super) fn personal(path: &Path) -> io::Result<(Zeroizing<Vec<u8>>, fs::Metadata)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    // With room to spare the buffer is never moved, which would leave a copy of the key behind.
    let room = usize::try_from(metadata.len().min(LARGEST)).expect("1 MiB fits in memory") + 4096;
    let mut content = Zeroizing::new(Vec::with_capacity(room));
    file.take(LARGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has more than 1 MiB"));
    }
    Ok((content, metadata))
}

/// The error of a file or a folder of the store that cannot be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::new(Code::StoreUnreadable, format!("cannot read `{}`: {error}", path.display()))
        .with_hint("make it readable to you, or point `XREQ_HOME` to your own store")
}
