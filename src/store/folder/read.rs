//! Reading the records of the folder.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::{Code, Error, Result};
use crate::store::fault::{refuse_symlink, unreadable};
use crate::store::size::LARGEST;
use crate::sys::files::{self, Links, Trust};

/// Reads the content of a file of the store; `None` where there is no such file.
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

/// The version of a file at a path, or that there is none: it differs from what it was whenever a
/// writer of the store wrote, or removed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(Option<(u64, i64, i64)>);

/// Returns the version of a file.
pub(in crate::store) fn version(path: &Path) -> Version {
    let metadata = fs::symlink_metadata(path).ok();
    Version(metadata.map(|file| (file.ino(), file.mtime(), file.mtime_nsec())))
}
