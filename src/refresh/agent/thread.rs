//! The threads beside an agent.

use std::io;

use crate::error::{Code, Error};

/// The stack of a thread that does little.
pub(in crate::refresh) const STACK: usize = 256 << 10;

/// Returns the failure to start one.
pub(in crate::refresh) fn no_thread(error: &io::Error) -> Error {
    Error::of_system(Code::WorkerFailed, "no thread can be started", error)
}
