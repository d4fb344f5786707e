//! Open files that a process got from the one that started it, by their numbers.

use std::fs::File;
use std::io;

use rustix::fs::{Mode, OFlags};

/// Opens a file anew for writing that the process got under this number: a pipe, or a file.
///
/// # Errors
///
/// There is none, it cannot be written, or nobody reads the pipe.
pub(crate) fn open(number: u32) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::open(format!("/dev/fd/{number}"), flags, Mode::empty())?;
    Ok(file.into())
}
