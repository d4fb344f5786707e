//! The findings of all files together.

use std::fmt;

use crate::error::Error;
use crate::text::count::count;
use crate::text::escape::quoted;

/// The number of files that were judged, and of their findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The manifests that could be read.
    pub files: usize,
    /// The revision, where only manifests were looked at that changed since then.
    pub since: Option<String>,
    /// The findings that are errors.
    pub errors: usize,
    /// The findings that are warnings.
    pub warnings: usize,
    /// The findings that the format has no room for.
    pub left_out: usize,
    /// The files that could not be read or searched.
    pub failures: Vec<UnjudgedFile>,
}

/// The reason why a file was not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnjudgedFile {
    /// The stable name of what went wrong.
    pub code: &'static str,
    /// The message.
    pub message: String,
}

impl UnjudgedFile {
    /// Returns the failure that an error is.
    pub fn of(error: &Error) -> Self {
        Self { code: error.code().name(), message: error.to_string() }
    }
}

impl Tally {
    /// Returns whether every file could be judged, and none has an error.
    pub fn is_clean(&self) -> bool {
        self.errors == 0 && self.failures.is_empty()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut files = count(self.files, "manifest");
        if let Some(revision) = &self.since {
            let since = format!("changed since {}", quoted(revision));
            if self.files == 0 && self.failures.is_empty() {
                return write!(f, "no manifest {since}");
            }
            files.push_str(&format!(" {since}"));
        }
        let (errors, warnings) = (count(self.errors, "error"), count(self.warnings, "warning"));
        write!(f, "{files}: {errors}, {warnings}")?;
        if !self.failures.is_empty() {
            write!(f, ", {}", count(self.failures.len(), "failure"))?;
        }
        Ok(())
    }
}
