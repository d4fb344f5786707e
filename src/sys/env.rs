//! The environment of the process, read once.

use std::ffi::{OsStr, OsString};

use super::sibling;

/// The variables by which programs find themselves, their user, their terminal and their language:
/// what `--pristine` lets through (`LC_*` comes on top).
pub const RELIED_ON: [&str; 13] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "LANG",
    "TZ",
    "TMPDIR",
    "PWD",
    "XDG_RUNTIME_DIR",
];

/// The variables that xreq was started with, as bytes: names and values need not be UTF-8.
#[derive(Clone, Debug, Default)]
pub struct Env {
    vars: Vec<(OsString, OsString)>,
}

impl Env {
    /// Returns the environment of this process, but for what one program of the package tells another.
    pub fn of_process() -> Self {
        Self { vars: std::env::vars_os().filter(|(name, _)| name != sibling::STARTED_BY).collect() }
    }

    /// Returns the value of a variable; one that is set to nothing counts as not set.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.iter()
            .find(|(found, value)| *found == name && !value.is_empty())
            .map(|(_, value)| value)
    }

    /// Returns all variables, in the order in which the process got them.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.vars.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(vars: I) -> Self {
        Self { vars: vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}
