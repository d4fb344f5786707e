//! The log of calls: a file of its own beside that of launches, by the same chain.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::call_entry::CallEntry;
use super::entry::SCHEMA_VERSION;
use super::key;
use super::log::{Appended, Log};
use crate::error::Error;
use crate::sys::files::Trust;

/// The written form of a line.
#[derive(Serialize)]
struct Line<'a> {
    schema_version: u32,
    #[serde(flatten)]
    entry: &'a CallEntry,
}

/// The log of calls.
#[derive(Clone, Debug)]
pub struct Calls {
    pub(super) log: Log,
    pub(super) key: PathBuf,
    pub(super) trust: Option<Trust>,
    pub(super) per_hour: u32,
    pub(super) open_every: Duration,
}

impl Calls {
    /// Returns the file.
    pub fn file(&self) -> &Path {
        &self.log.file
    }

    /// Returns how many calls of a run are recorded in an hour.
    pub fn per_hour(&self) -> u32 {
        self.per_hour
    }

    /// Returns the time after which a call that is still under way has another line.
    pub fn open_every(&self) -> Duration {
        self.open_every
    }

    /// Appends lines. Returns how many of them are in the file as a whole, and why the next one is not.
    pub fn append<'a>(
        &self,
        entries: impl Iterator<Item = &'a CallEntry>,
    ) -> (usize, Option<Error>) {
        let line = |entry| {
            let line = Line { schema_version: SCHEMA_VERSION, entry };
            serde_json::to_string(&line).expect("an entry is texts and numbers")
        };
        let lines: Vec<_> = entries.map(line).collect();
        match key::load(&self.key, self.trust.as_ref()) {
            Ok(key) => {
                let Appended { lines, failure } = self.log.append(&lines, &key, Timestamp::now());
                (lines, failure)
            }
            Err(error) => (0, Some(error)),
        }
    }
}
