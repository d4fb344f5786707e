//! The failure to record something.

use crate::error::{Code, Error};

/// The hint where nothing can be recorded.
pub(super) const OFF: &str = "make the audit log writable, or say `audit: false` in config.yaml";

/// Returns the failure to record something.
pub(super) fn failed(message: String) -> Error {
    Error::new(Code::AuditFailed, message).with_hint(OFF)
}
