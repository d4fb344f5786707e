//! Reading the files of the store and of its owner.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::sys::files;
use crate::sys::files::{Links, Trust};

/// How large a file may be. Nothing here comes near it but by accident or by intent.
pub(crate) const LARGEST: u64 = 1 << 20;

/// The content of a file of the store; `None` where there is no such file.
///
/// The last part of the path is never followed where it is a symbolic link, and nothing but a
/// regular file is read: a pipe must not make xreq wait. The file does not change while it is
/// read, since writers replace it as a whole.
pub(crate) fn record(path: &Path, trust: Option<&Trust>) -> Result<Option<Vec<u8>>> {
    let opened = files::open(path, Links::Refused, trust);
    let Some((mut file, metadata)) = opened.or_else(|error| {
        refuse_symlink(path)?;
        Err(unreadable(path, &error))
    })?
    else {
        return Ok(None);
    };
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
            format!("`{}` is a symbolic link{}", path.display(), to(path)),
        )
        .with_hint("put the file itself there; the folder that holds it may be a link"));
    }
    Ok(())
}

/// Where a link leads, behind its name.
fn to(link: &Path) -> String {
    fs::read_link(link).map_or_else(|_| String::new(), |to| format!(" to `{}`", to.display()))
}

/// The content of a file of the home that a person keeps, and how it lies there; `None` where there is
/// no such file. It may be a link.
pub(super) fn personal(
    path: &Path,
    trust: Option<&Trust>,
) -> io::Result<Option<(Zeroizing<Vec<u8>>, fs::Metadata)>> {
    let Some((file, metadata)) = files::open(path, Links::Followed, trust)? else {
        return Ok(None);
    };
    whole(file, &metadata).map(|content| Some((content, metadata)))
}

/// The content of a file that somebody named, and how it lies there. It may be a link, a pipe or a
/// device, such as what `<(command)` makes in a shell.
pub(super) fn named(path: &Path) -> io::Result<(Zeroizing<Vec<u8>>, fs::Metadata)> {
    let file = files::stream(path)?;
    let metadata = file.metadata()?;
    whole(file, &metadata).map(|content| (content, metadata))
}

fn whole(file: File, metadata: &fs::Metadata) -> io::Result<Zeroizing<Vec<u8>>> {
    // With room to spare the buffer is never moved, which would leave a copy of the key behind.
    let room = usize::try_from(metadata.len().min(LARGEST)).expect("1 MiB fits in memory") + 4096;
    let mut content = Zeroizing::new(Vec::with_capacity(room));
    file.take(LARGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has more than 1 MiB"));
    }
    Ok(content)
}

/// The error of a file or a folder of the store that cannot be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Error {
    let message = format!("cannot read `{}`", path.display());
    let hint = match error.kind() {
        io::ErrorKind::Other => "move it away: xreq did not make it",
        _ => "make it readable to you, or point `XREQ_HOME` to your own store",
    };
    files::failure(Code::StoreUnreadable, &message, error, hint)
}
