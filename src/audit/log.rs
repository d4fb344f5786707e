//! Lines that get into a file as a whole, whoever else is writing, and none of which is lost.
//!
//! Who appends holds the lock (`flock`) of a file beside the log, which is never moved. Below it, a
//! line is one `write`; where that wrote less, as on a full disk, the file is cut back to what it was.
//! A writer that was killed in between leaves a line without an end, which the next one cuts off:
//! nobody was told that it had been recorded. A log that would grow too large is moved to `.1`, that
//! to `.2`, and so on.
//!
//! Lines are in the kernel's hands when this returns, and outlive the process. To wait for the disk as
//! well, on each launch, is not worth it: after a power failure, the last few may be missing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::failed;
use crate::error::Result;
use crate::store::hold;

/// How long to wait for the lock. Who has it keeps it for less than a millisecond.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much is read at once of a line without an end.
const PIECE: usize = 4096;

/// The file of a log.
#[derive(Clone, Debug)]
pub struct Log {
    /// Where it is, from the root.
    pub file: PathBuf,
    /// How many bytes it has at most, unless a single line has more.
    pub max_size: u64,
    /// How many older files are kept beside it.
    pub keep: u32,
}

impl Log {
    /// Appends a line, to which an end is added.
    ///
    /// # Errors
    ///
    /// [`Code::AuditFailed`](crate::error::Code::AuditFailed): the file is as it was.
    pub fn append(&self, line: &str) -> Result<()> {
        let unrecorded = |why: &dyn std::fmt::Display| {
            failed(format!("cannot record this in `{}`: {why}", self.file.display()))
        };
        let _lock =
            hold(&self.beside(".", ".lock"), PATIENCE).map_err(|error| unrecorded(&error))?;
        self.write(&format!("{line}\n")).map_err(|error| unrecorded(&error))
    }

    fn write(&self, line: &str) -> io::Result<()> {
        let mut file = self.open()?;
        let mut size = mended(&file)?;
        if size > 0 && size + line.len() as u64 > self.max_size {
            self.rotate()?;
            (file, size) = (self.open()?, 0);
        }
        match file.write(line.as_bytes()) {
            Ok(written) if written == line.len() => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(error),
        }
        file.set_len(size)?;
        Err(io::ErrorKind::StorageFull.into())
    }

    /// A link could lead what is recorded to where nobody looks, and a pipe could make everyone wait.
    fn open(&self) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE;
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::open(&self.file, flags, Mode::RUSR | Mode::WUSR) {
            Ok(descriptor) => File::from(descriptor),
            Err(Errno::LOOP) => return Err(io::Error::other("it is a symbolic link")),
            Err(error) => return Err(error.into()),
        };
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        Ok(file)
    }

    /// Moves the log, and those that were moved before, one further, up to the first number that is
    /// free: it may be one that a process made free which was killed in between. Where none is, the
    /// last one goes.
    fn rotate(&self) -> io::Result<()> {
        let is_free = |number: &u32| !self.numbered(*number).exists();
        let free = (1..=self.keep).find(is_free).unwrap_or(self.keep);
        for number in (1..free).rev() {
            fs::rename(self.numbered(number), self.numbered(number + 1))?;
        }
        fs::rename(&self.file, self.numbered(1))
    }

    fn numbered(&self, number: u32) -> PathBuf {
        self.beside("", &format!(".{number}"))
    }

    /// A file that is called like the log, with something before and behind.
    fn beside(&self, before: &str, behind: &str) -> PathBuf {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        self.file.with_file_name(format!("{before}{name}{behind}"))
    }
}

/// The size of a log after what is behind its last whole line was cut off.
fn mended(file: &File) -> io::Result<u64> {
    let size = file.metadata()?.len();
    let mut piece = [0; PIECE];
    let mut end = size;
    while end > 0 {
        let start = end.saturating_sub(PIECE as u64);
        let length = usize::try_from(end - start).expect("it is a piece at most");
        // Nearly always the end of the last line is there, and nothing else has to be read.
        let (start, length) = if end == size { (end - 1, 1) } else { (start, length) };
        file.read_exact_at(&mut piece[..length], start)?;
        if let Some(at) = piece[..length].iter().rposition(|byte| *byte == b'\n') {
            end = start + at as u64 + 1;
            break;
        }
        end = start;
    }
    if end < size {
        file.set_len(end)?;
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use std::iter;

    use tempfile::TempDir;

    use super::*;
    use crate::error::Code;

    fn log(folder: &TempDir, max_size: u64, keep: u32) -> Log {
        Log { file: folder.path().join("log"), max_size, keep }
    }

    fn text(log: &Log) -> String {
        fs::read_to_string(&log.file).expect("it is there")
    }

    #[test]
    fn a_line_without_an_end_is_cut_off() {
        let folder = TempDir::new().expect("a folder");
        let log = log(&folder, 1 << 20, 1);
        for torn in ["", "torn", &"long ".repeat(PIECE)] {
            for whole in ["", "one\n", "one\ntwo\n"] {
                fs::write(&log.file, format!("{whole}{torn}")).expect("it can be written");
                log.append("next").expect("it can be written");
                assert_eq!(text(&log), format!("{whole}next\n"));
            }
        }
    }

    #[test]
    fn what_is_full_is_moved_on_and_the_last_goes() {
        let folder = TempDir::new().expect("a folder");
        let log = log(&folder, 10, 2);
        for line in ["one", "two", "three", "four", "a-line-of-its-own", "five"] {
            log.append(line).expect("it can be written");
        }
        assert_eq!(text(&log), "five\n");
        let old = |number| fs::read_to_string(log.numbered(number)).expect("it is there");
        assert_eq!(old(1), "a-line-of-its-own\n");
        assert_eq!(old(2), "four\n");
        assert!(!log.numbered(3).exists());
    }

    #[test]
    fn moving_on_that_was_cut_short_costs_no_older_file() {
        let folder = TempDir::new().expect("a folder");
        let log = log(&folder, 10, 3);
        for free in 1..=3 {
            for number in 1..=3 {
                fs::write(log.numbered(number), format!("{number}")).expect("it can be written");
            }
            fs::remove_file(log.numbered(free)).expect("it is there");
            fs::write(&log.file, "full-full\n").expect("it can be written");
            log.append("next").expect("it can be written");
            let old = |number| fs::read_to_string(log.numbered(number)).expect("it is there");
            let expected =
                (1..=3).filter(|number| *number != free).map(|number| number.to_string());
            let expected: Vec<_> = iter::once("full-full\n".to_owned()).chain(expected).collect();
            assert_eq!([old(1), old(2), old(3)], *expected);
        }
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = TempDir::new().expect("a folder");
        let log = log(&folder, 10, 1);
        let refused = |why: &str| {
            let error = log.append("line").expect_err("it is no log");
            assert_eq!(error.code(), Code::AuditFailed);
            assert!(error.to_string().contains(why), "{error}");
        };
        let other = folder.path().join("other");
        fs::write(&other, "mine\n").expect("it can be written");
        std::os::unix::fs::symlink(&other, &log.file).expect("it can be made");
        refused("symbolic link");
        assert_eq!(fs::read_to_string(&other).expect("it is there"), "mine\n");
        fs::remove_file(&log.file).expect("it is there");
        fs::create_dir(&log.file).expect("it can be made");
        refused("directory");
    }
}
