//! The failure of a step, as one process tells it another one.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::step::Step;

/// The first step that failed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(super) step: Step,
    /// The number of the error; 0 if the system gave none.
    pub(super) errno: i32,
    /// The path that it is about, if it is about one.
    pub(super) path: Option<PathBuf>,
}

impl Failure {
    /// Creates the failure of a step.
    pub(crate) fn of(step: Step, error: &io::Error) -> Self {
        Self { step, errno: error.raw_os_error().unwrap_or_default(), path: None }
    }

    /// Adds the path that it is about.
    pub(super) fn at(self, path: &Path) -> Self {
        Self { path: Some(path.to_owned()), ..self }
    }

    /// Encodes it.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        let mut bytes = format!("{}\0{}\0", self.step.name(), self.errno).into_bytes();
        bytes.extend(self.path.iter().flat_map(|path| path.as_os_str().as_bytes()));
        bytes
    }

    /// Decodes it; `None` if it is none.
    pub(crate) fn decoded(bytes: &[u8]) -> Option<Self> {
        let mut parts = bytes.splitn(3, |byte| *byte == 0);
        let mut text = || str::from_utf8(parts.next()?).ok();
        let (step, errno) = (Step::named(text()?)?, text()?.parse().ok()?);
        let path = parts.next()?;
        let path = (!path.is_empty()).then(|| PathBuf::from(OsStr::from_bytes(path)));
        Some(Self { step, errno, path })
    }
}

impl fmt::Display for Failure {
    /// Formats what could not be done, and the words of the system for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.step.in_words())?;
        if let Some(path) = &self.path {
            write!(f, " (`{}`)", path.display())?;
        }
        if self.errno != 0 {
            write!(f, ": {}", io::Error::from_raw_os_error(self.errno))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_arrive_as_they_were_told() {
        let failure = Failure::of(Step::Covers, &io::Error::from_raw_os_error(13));
        for failure in [failure.clone(), failure.at(Path::new("/a/b"))] {
            assert_eq!(Failure::decoded(&failure.encoded()), Some(failure));
        }
        assert_eq!(Failure::decoded(b"covers\x0013"), None);
    }
}
