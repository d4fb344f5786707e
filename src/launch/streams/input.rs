//! The standard input of an agent that is confined, if it is no terminal of its own.
//!
//! Who has a file open can open it anew by `/proc/self/fd`, also for writing, and who has a folder open
//! comes to all that lies above it: past every cover. So such an agent reads the content from a pipe, and
//! a terminal that others read from is nothing to it.

use std::fs::File;
use std::io::{self, PipeWriter, pipe};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::thread;

use rustix::fs::{FileType, fstat};
use rustix::termios::isatty;

/// Xreq's side of it, if there is one.
pub(super) struct Input {
    from: File,
    to: PipeWriter,
}

impl Input {
    /// Opens both sides.
    pub(super) fn open(stdin: BorrowedFd<'_>) -> io::Result<(Option<Self>, OwnedFd)> {
        if isatty(stdin) {
            return Ok((None, File::open("/dev/null")?.into()));
        }
        match FileType::from_raw_mode(fstat(stdin)?.st_mode) {
            FileType::Fifo | FileType::Socket => Ok((None, stdin.try_clone_to_owned()?)),
            FileType::Directory => Err(io::ErrorKind::IsADirectory.into()),
            _ => {
                let (theirs, to) = pipe()?;
                let from = stdin.try_clone_to_owned()?.into();
                Ok((Some(Self { from, to }), theirs.into()))
            }
        }
    }

    /// Begins to relay. What the agent does not read stays where it is.
    pub(super) fn begin(self) -> io::Result<()> {
        let Self { mut from, mut to } = self;
        let relay = move || {
            // It ends where the content ends, or where nobody reads it.
            let _ = io::copy(&mut from, &mut to);
        };
        thread::Builder::new().name("input".to_owned()).spawn(relay).map(|_| ())
    }
}
