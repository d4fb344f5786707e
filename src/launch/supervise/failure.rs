//! Failures of supervising.

use std::io;

use crate::error::{Code, Error};

/// Returns the failure to do this.
pub(super) fn failed(what: &str, error: &io::Error) -> Error {
    Error::of_system(Code::SupervisionFailed, format!("cannot {what}"), error)
}
