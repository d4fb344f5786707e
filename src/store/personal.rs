//! The files beside the store that a person keeps: the identity, its passphrase, the recipients.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::sys::files::{self, Links, Trust};
use crate::sys::home_file::LARGEST;

/// Reads the content of a file of the home that a person keeps, and how it lies there; `None` where
/// there is no such file. It may be a link.
pub(super) fn personal(
    path: &Path,
    trust: Option<&Trust>,
) -> io::Result<Option<(Zeroizing<Vec<u8>>, fs::Metadata)>> {
    let Some((file, metadata)) = files::open(path, Links::Followed, trust)? else {
        return Ok(None);
    };
    whole(file, &metadata).map(|content| Some((content, metadata)))
}

/// Reads the content of a file that somebody named, and how it lies there. It may be a link, a pipe
/// or a device, such as what `<(command)` makes in a shell.
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
