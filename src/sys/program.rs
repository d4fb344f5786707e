//! The program that this process runs.

use std::io;
use std::path::{Path, PathBuf};

/// Returns the path of the program, to be started once more: also if its file was replaced since.
pub(crate) fn program() -> io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() { Ok(running.to_owned()) } else { std::env::current_exe() }
}
