//! The words of a browser: what it writes to standard error.

use std::io::{self, PipeReader, PipeWriter, Read};

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::{FdFlags, fcntl_setfd};

use crate::text::redact::quotable;

/// The most bytes that are read of the words of a browser that failed.
const MOST_WORDS: u64 = 4096;

/// The most characters of them that are shown.
const LONGEST_WORDS: usize = 300;

/// Returns a pipe for the words of a browser, which may live longer than this process, and say more than
/// anybody reads. The browser inherits both ends, so that it never writes to a pipe without a reader,
/// which would end it; and it does not wait at a full one: the rest is lost.
pub(super) fn pipe() -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = io::pipe()?;
    fcntl_setfl(&reader, OFlags::NONBLOCK)?;
    fcntl_setfl(&writer, OFlags::NONBLOCK)?;
    fcntl_setfd(&reader, FdFlags::empty())?;
    Ok((reader, writer))
}

/// Returns the words of a browser that failed, behind a colon, made fit to be shown.
pub(super) fn said(words: PipeReader) -> String {
    let mut bytes = Vec::new();
    // A child of the browser may still have the pipe: there is nothing to wait for.
    let _ = words.take(MOST_WORDS).read_to_end(&mut bytes);
    let words = quotable(&String::from_utf8_lossy(&bytes), LONGEST_WORDS);
    if words.is_empty() { words } else { format!(": {words}") }
}
