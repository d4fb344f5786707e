//! An append-only file whose lines are written as a whole, with concurrent writers, and none of
//! which is lost.
//!
//! A writer holds the lock (`flock`) of a file beside the log, which is never moved. Below it, a
//! line is one `write`; where that wrote less, as on a full disk, the file is cut back to what it
//! was. A writer that was killed in between leaves a line without an end, which the next one cuts
//! off: nobody was told that it had been recorded. A log that would grow too large is moved to
//! `.1`, that to `.2`, and so on; but no line is dropped before it has the age that is set, and
//! until then the log grows on.
//!
//! Each line is a link of a chain, which goes on through all of the files. A line follows
//! the last one that the state knows, also where that is gone from the file: the gap shows.
//!
//! Lines are in the kernel's hands when this returns, and outlive the process. To wait for the disk as
//! well, on each launch, is not worth it: after a power failure, the last few may be missing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::chain::{self, Chained, Link, Remarks};
use super::fault::{OFF, failed};
use super::key::Key;
use super::state::{Progress, State};
use super::tail::{Tail, tail};

use crate::error::{Code, Error, Result, advice};
use crate::sys::files;
use crate::sys::files::Links;
use crate::sys::home_file::hold;

/// The longest wait for the lock. Its holder keeps it for less than a millisecond.
const PATIENCE: Duration = Duration::from_secs(10);

/// The file of a log.
#[derive(Clone, Debug)]
pub struct Log {
    /// Its path, from the root.
    pub file: PathBuf,
    /// Its maximum size in bytes, unless a single line has more, or it must not be moved yet.
    pub max_size: u64,
    /// The number of older files that are kept beside it.
    pub keep: u32,
    /// The time for which each line is kept, however many follow.
    pub keep_for: SignedDuration,
    /// The state folder, where there is one.
    pub state: Option<PathBuf>,
}

/// What became of lines that were to be appended.
pub(super) struct Appended {
    /// The number of those that are in the file as a whole.
    pub(super) lines: usize,
    /// The reason why the next one is not: [`Code::AuditFailed`]. The file is as it was before that.
    pub(super) failure: Option<Error>,
}

/// The files of a log at one moment, the oldest first, and how far it had come by its state.
pub(super) struct Snapshot {
    pub(super) files: Vec<(PathBuf, File, u64)>,
    pub(super) progress: Option<Progress>,
}

/// The place that rotation moves the last file to.
struct Room {
    number: u32,
    /// The number of the last line that is removed by it.
    dropped: u64,
}

impl Log {
    /// Appends JSON objects as lines of the chain, up to the first that cannot be.
    pub(super) fn append(&self, bodies: &[String], key: &Key, now: Timestamp) -> Appended {
        let mut lines = 0;
        let failure = self.append_counting(bodies, key, now, &mut lines).err();
        Appended { lines, failure }
    }

    fn append_counting(
        &self,
        bodies: &[String],
        key: &Key,
        now: Timestamp,
        lines: &mut usize,
    ) -> Result<()> {
        let message = format!("cannot record this in `{}`", self.file.display());
        let _lock = hold(&self.lock_file(), PATIENCE).map_err(|error| {
            let failed = failed(format!("{message}: {error}"));
            match error.remedy() {
                Some(remedy) => failed.with_exact_hint(advice![remedy.clone(), "; or ", OFF]),
                None => failed.with_hint(OFF),
            }
        })?;
        for body in bodies {
            self.write(body, key, now)
                .map_err(|error| files::failure(Code::AuditFailed, &message, &error, OFF))?;
            *lines += 1;
        }
        Ok(())
    }

    /// Opens the files as they are now. Makes nothing: where there is no lock, nobody has appended.
    pub(super) fn snapshot(&self) -> io::Result<Snapshot> {
        let lock = Some(self.lock_file()).filter(|lock| lock.is_file());
        // Where it cannot be opened, as in a folder that is read-only, nobody appends either.
        let _lock = lock.and_then(|lock| hold(&lock, PATIENCE).ok());
        let mut files = Vec::new();
        for path in (1..=self.last_number()?).rev().map(|number| self.numbered(number)) {
            files.extend(opened(&path)?);
        }
        files.extend(opened(&self.file)?);
        Ok(Snapshot { files, progress: self.state_path().as_deref().and_then(State::peek) })
    }

    /// Returns whether anything was ever appended: there is a file, or a state that knows of one.
    pub(super) fn has_begun(&self) -> io::Result<bool> {
        let is_known = self.state_path().as_deref().and_then(State::peek).is_some();
        Ok(is_known || files::exists(&self.file)?)
    }

    /// Returns the path of its state, where there is a state folder.
    pub(super) fn state_path(&self) -> Option<PathBuf> {
        self.state.as_ref().map(|folder| State::path(folder, &self.file))
    }

    fn write(&self, body: &str, key: &Key, now: Timestamp) -> io::Result<()> {
        let mut file = files::append(&self.file)?;
        let Tail { mut size, torn, line } = tail(&file)?;
        if torn > 0 {
            file.set_len(size)?;
        }
        let mut state = State::open(self.state_path().as_deref());
        let progress = state.progress();
        let mut dropped = progress.map_or(0, |progress| progress.dropped);
        let before = match (linked(&line, key), progress) {
            // The writer of the last line was killed before it could write the state.
            (Some(tail), Some(progress)) if tail.seq > progress.last.seq => tail,
            (_, Some(progress)) => progress.last,
            (Some(tail), None) => tail,
            (None, None) if size == 0 => self.before_rotation(key)?,
            (None, None) => Link::NONE,
        };
        let remarks =
            |size: u64, dropped| Remarks { torn, dropped: if size == 0 { dropped } else { 0 } };
        let (mut line, mut place) = chain::line(body, before, remarks(size, dropped), key);
        if size > 0
            && size + line.len() as u64 >= self.max_size
            && let Some(room) = self.room(now)?
        {
            dropped = dropped.max(room.dropped);
            state.advance(Progress { last: before, dropped });
            self.rotate(room.number)?;
            (file, size) = (files::append(&self.file)?, 0);
            (line, place) = chain::line(body, before, remarks(size, dropped), key);
        }
        line.push('\n');
        match file.write(line.as_bytes()) {
            Ok(written) if written == line.len() => {}
            Ok(_) => {
                file.set_len(size)?;
                return Err(io::ErrorKind::StorageFull.into());
            }
            Err(error) => return Err(error),
        }
        state.advance(Progress { last: place, dropped });
        Ok(())
    }

    /// Returns the last link before the log was moved on, where there is no state that knows it.
    fn before_rotation(&self, key: &Key) -> io::Result<Link> {
        let Some((_, file, _)) = opened(&self.numbered(1))? else { return Ok(Link::NONE) };
        Ok(linked(&tail(&file)?.line, key).unwrap_or(Link::NONE))
    }

    /// Finds the number that the last of the files is moved to: the first that is free, since it
    /// may be one that a process made free which was killed in between. If none is, the last file
    /// goes, but not before all its lines have the age; `None` until then.
    fn room(&self, now: Timestamp) -> io::Result<Option<Room>> {
        for number in 1..=self.keep {
            if !files::exists(&self.numbered(number))? {
                return Ok(Some(Room { number, dropped: 0 }));
            }
        }
        let Some((_, file, _)) = opened(&self.numbered(self.keep))? else { return Ok(None) };
        let line = tail(&file)?.line;
        let written = match time_of(&line) {
            Some(time) => time,
            None => Timestamp::try_from(file.metadata()?.modified()?).unwrap_or(now),
        };
        let is_old = now.duration_since(written) >= self.keep_for;
        let dropped = Chained::parse(&line).map_or(0, |line| line.link.seq);
        Ok(is_old.then_some(Room { number: self.keep, dropped }))
    }

    /// Moves the log, and those that were moved before, one further, up to this number.
    fn rotate(&self, free: u32) -> io::Result<()> {
        for number in (1..free).rev() {
            fs::rename(self.numbered(number), self.numbered(number + 1))?;
        }
        fs::rename(&self.file, self.numbered(1))
    }

    /// Returns the highest number that a file beside the log has.
    fn last_number(&self) -> io::Result<u32> {
        let folder = self.file.parent().unwrap_or(Path::new("/"));
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error),
        };
        let name = format!("{}.", self.file.file_name().unwrap_or_default().to_string_lossy());
        let mut last = 0;
        for entry in entries {
            let entry = entry?.file_name();
            let number = entry.to_str().and_then(|entry| entry.strip_prefix(&name)?.parse().ok());
            last = last.max(number.unwrap_or(0));
        }
        Ok(last.min(super::settings::Keep::MOST))
    }

    fn numbered(&self, number: u32) -> PathBuf {
        self.beside("", &format!(".{number}"))
    }

    fn lock_file(&self) -> PathBuf {
        self.beside(".", ".lock")
    }

    /// Returns a file that is called like the log, with something before and behind.
    fn beside(&self, before: &str, behind: &str) -> PathBuf {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        self.file.with_file_name(format!("{before}{name}{behind}"))
    }
}

/// Opens a file of a log for reading, and tells its size; `None` where there is none.
pub(super) fn opened(path: &Path) -> io::Result<Option<(PathBuf, File, u64)>> {
    let file = files::open(path, Links::Refused, None)?;
    Ok(file.map(|(file, metadata)| (path.to_owned(), file, metadata.len())))
}

/// Returns the place of a line in the chain, where it is as it was sealed.
fn linked(line: &[u8], key: &Key) -> Option<Link> {
    Chained::parse(line).filter(|line| line.is_whole(key)).map(|line| line.link)
}

/// Reads the time that a line states.
fn time_of(line: &[u8]) -> Option<Timestamp> {
    #[derive(serde::Deserialize)]
    struct Timed {
        time: Timestamp,
    }
    serde_json::from_slice::<Timed>(line).ok().map(|line| line.time)
}

#[cfg(test)]
mod tests;
