//! The times of the last calls of an account that a key could give: a file that all brokers share.
//!
//! After eight bytes of a head (four that name the form, four that say how many times are kept at least),
//! each time is eight bytes, milliseconds since 1970, never less than the one before. It is read and written
//! under a lock of the file itself. What is behind the last whole time was left by a writer that was killed,
//! before its call went out, and is overwritten. Lines outlive the process; after a power failure, the last
//! few may be missing.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use super::pace::Pace;
use super::window::{Room, left, room};
use crate::error::Result;
use crate::sys::file_lock::{FileLock, LockFailure};
use crate::sys::files;
use crate::sys::state::StateFolder;

/// The name of the folder in the state folder.
const FOLDER: &str = "limits";

/// The longest wait for another broker that counts.
const PATIENCE: Duration = Duration::from_secs(2);

/// The beginning of a file.
const FORM: [u8; 4] = *b"xlc1";

/// The length of the head, and of a time.
const RECORD: u64 = 8;
const BYTES: usize = 8;

/// The number of times that are kept at least, for brokers whose pace has more calls.
const LEAST_KEPT: u32 = 512;

/// The file with the times of an account and a key.
pub(super) struct CallTimes {
    folder: StateFolder,
    name: String,
    paces: Vec<Pace>,
}

impl CallTimes {
    /// Opens the file, and makes it where it is not there.
    ///
    /// # Errors
    ///
    /// It cannot be used, or somebody else could write it.
    pub(super) fn open(
        folder: StateFolder,
        owner: &str,
        key: &str,
        paces: Vec<Pace>,
    ) -> Result<Self> {
        let name = format!("{FOLDER}/{owner}.{key}");
        let times = Self { folder, name, paces };
        times.locked(|_, _| Ok(()))?;
        Ok(times)
    }

    /// Counts a call, if the paces leave room for it.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open): nothing was counted.
    pub(super) fn take(&self, clock: i64) -> Result<Room> {
        self.locked(|file, times| {
            let most = self.most();
            let known = last(file, times, u64::from(most))?;
            let room = room(&known, &self.paces, clock);
            if let Room::Now(at) = room {
                file.write_all_at(&at.to_be_bytes(), place(times))?;
                let kept = u64::from(most.max(LEAST_KEPT));
                if times + 1 > 4 * kept {
                    shorten(file, times + 1, self.kept(file)?)?;
                }
            }
            Ok(room)
        })
    }

    /// Returns how many calls each pace leaves room for now.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    pub(super) fn left(&self, clock: i64) -> Result<Vec<u32>> {
        self.locked(|file, times| {
            let known = last(file, times, u64::from(self.most()))?;
            Ok(self.paces.iter().map(|pace| left(&known, *pace, clock)).collect())
        })
    }

    /// Takes a call out again that never went out.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open): it stays counted.
    pub(super) fn give_back(&self, at: i64) -> Result<()> {
        self.locked(|file, times| {
            let known = last(file, times, times)?;
            let Some(found) = known.iter().rposition(|time| *time == at) else { return Ok(()) };
            // Killed in between, a time is there twice, which counts too much and never too little.
            for (time, to) in known[found + 1..].iter().zip(found as u64..) {
                file.write_all_at(&time.to_be_bytes(), place(to))?;
            }
            file.set_len(place(times - 1))
        })
    }

    fn most(&self) -> u32 {
        self.paces.iter().map(|pace| pace.calls).max().unwrap_or(0)
    }

    /// Returns how many times are kept at least: as many as the largest pace of any broker had.
    fn kept(&self, file: &File) -> io::Result<u64> {
        let mut head = [0; BYTES];
        file.read_exact_at(&mut head, 0)?;
        let stated = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        Ok(u64::from(stated.max(self.most()).max(LEAST_KEPT)))
    }

    /// Calls `change` with the file, and the number of whole times in it, while nobody else has it.
    fn locked<T>(&self, change: impl FnOnce(&File, u64) -> io::Result<T>) -> Result<T> {
        self.folder.with_path(&self.name, |path| {
            files::make_folder(path.parent().unwrap_or(path))?;
            let lock =
                FileLock::of(files::own(path)?, PATIENCE).map_err(|failure| match failure {
                    LockFailure::Held(_) => io::ErrorKind::TimedOut.into(),
                    LockFailure::Unopened(error) | LockFailure::Failed(error) => error,
                })?;
            let file = lock.file();
            let length = file.metadata()?.len();
            if length < RECORD {
                self.begin(file)?;
            } else {
                self.judge(file, path)?;
            }
            change(file, length.saturating_sub(RECORD) / RECORD)
        })
    }

    fn begin(&self, file: &File) -> io::Result<()> {
        let kept = self.most().max(LEAST_KEPT);
        file.write_all_at(&[FORM, kept.to_be_bytes()].concat(), 0)
    }

    /// Refuses a file of another form, and states in it how many times are to be kept.
    fn judge(&self, file: &File, path: &Path) -> io::Result<()> {
        let mut form = [0; 4];
        file.read_exact_at(&mut form, 0)?;
        if form != FORM {
            let message = format!("`{}` is no file that xreq wrote", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let kept = self.kept(file)?;
        let kept = u32::try_from(kept).map_err(io::Error::other)?;
        file.write_all_at(&kept.to_be_bytes(), 4)
    }
}

fn place(number: u64) -> u64 {
    RECORD + number * RECORD
}

/// Reads the last times, the oldest first.
fn last(file: &File, times: u64, wanted: u64) -> io::Result<Vec<i64>> {
    let wanted = wanted.min(times);
    let length = usize::try_from(wanted * RECORD).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, place(times - wanted))?;
    let (records, _) = bytes.as_chunks::<BYTES>();
    // One that is less than the one before was never written by this.
    let in_order =
        records.iter().map(|record| i64::from_be_bytes(*record)).scan(0, |last, time| {
            *last = time.max(*last);
            Some(*last)
        });
    Ok(in_order.collect())
}

/// Moves the last times to the beginning. They do not overlap with where they were: killed in between, the
/// end of the file is as it was.
fn shorten(file: &File, times: u64, kept: u64) -> io::Result<()> {
    if times < 2 * kept {
        return Ok(());
    }
    for (time, to) in last(file, times, kept)?.iter().zip(0..) {
        file.write_all_at(&time.to_be_bytes(), place(to))?;
    }
    file.set_len(place(kept))
}

#[cfg(test)]
mod tests;
