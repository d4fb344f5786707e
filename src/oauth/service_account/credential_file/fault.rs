//! The reason why a file of credentials cannot be used.

use std::fmt;

use crate::error::Advice;

/// The reason why a file cannot be used, and its place. It quotes no value of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct CredentialFault {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The fault, in words.
    pub what: String,
    /// The way out.
    pub way_out: Option<Advice>,
}

impl fmt::Display for CredentialFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.what)
    }
}
