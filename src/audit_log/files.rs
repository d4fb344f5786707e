//! The files of an audit log, read line by line for verification.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::chain::Chained;
use super::key::{self, Key};
use super::log::{Log, Snapshot, opened};
use super::verify::{LinePlace, Proof, Verifier};
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::sys::files::{Site, failure_in};

/// The most that is read as one line, in bytes. A longer one has no end that a writer gave it.
const LONGEST_LINE: u64 = 1 << 20;

/// A proof, the files that it is about, and what is known beside the chain.
pub struct Verification {
    /// The findings, and how far the chain goes.
    pub proof: Proof,
    /// The files, the oldest first.
    pub files: Vec<PathBuf>,
    /// The bytes behind the last line: a writer was killed, or is at work.
    pub torn: u64,
    /// The file with the state of the log, where there is one.
    pub state: Option<PathBuf>,
}

/// Verifies a log, and that it has come as far as its state says.
///
/// # Errors
///
/// [`Code::AuditFailed`]: there is no key. [`Code::FileUnreadable`]: there is no log, or a file of it
/// cannot be read.
pub(super) fn verify(log: &Log, key: &Path) -> Result<Verification> {
    let key = existing(key)?;
    let Snapshot { files, progress } =
        log.snapshot().map_err(|error| unreadable(&log.file, &error))?;
    if files.is_empty() && progress.is_none() {
        let message = format!("there is no audit log `{}`", log.file.display());
        return Err(Error::new(Code::FileUnreadable, message).with_remedy(Remedy::NameAuditFiles));
    }
    let state = log.state_path().filter(|_| progress.is_some());
    let (proof, torn) = read(Verifier::new(&key, progress), &files, true)?;
    let files = files.into_iter().map(|(path, ..)| path).collect();
    Ok(Verification { proof, files, torn, state })
}

/// Verifies files that were named, in the order of their lines. They may be a part of a log.
///
/// # Errors
///
/// Those of `verify`.
pub fn verify_files(paths: &[PathBuf], key: &Path) -> Result<Verification> {
    let key = existing(key)?;
    let mut files = Vec::new();
    for path in paths {
        let unusable = |error: io::Error| unreadable(path, &error);
        let file = opened(path).and_then(|file| file.ok_or(io::ErrorKind::NotFound.into()));
        let file = file.map_err(unusable)?;
        files.push((first_number(&file.1).map_err(unusable)?, file));
    }
    // Files from before the chain are the oldest.
    files.sort_by_key(|(first, _)| *first);
    let files: Vec<_> = files.into_iter().map(|(_, file)| file).collect();
    let (proof, torn) = read(Verifier::new(&key, None), &files, false)?;
    let files = files.into_iter().map(|(path, ..)| path).collect();
    Ok(Verification { proof, files, torn, state: None })
}

fn existing(path: &Path) -> Result<Key> {
    key::existing(path, None)?.ok_or_else(|| {
        Error::new(Code::AuditFailed, format!("there is no key `{}`", path.display())).with_hint(
            advice![
                "restore it, or name a copy of it with ",
                Parameter::Key.value("FILE"),
                ": without it nothing can be proved"
            ],
        )
    })
}

pub(super) fn unreadable(file: &Path, error: &io::Error) -> Error {
    let message = format!("cannot read `{}`", file.display());
    failure_in(Site::Named, Code::FileUnreadable, &message, error, Remedy::NameAuditFiles)
}

/// Calls `take` with each whole line of a log, the oldest first. Where there is no log, there are none.
///
/// # Errors
///
/// [`Code::FileUnreadable`]: a file of it cannot be read.
pub(super) fn each_line(log: &Log, mut take: impl FnMut(&[u8])) -> Result<()> {
    let Snapshot { files, .. } = log.snapshot().map_err(|error| unreadable(&log.file, &error))?;
    for (path, file, size) in files {
        let mut lines = BufReader::new(file.take(size));
        while let Some((line, is_whole)) =
            next(&mut lines).map_err(|error| unreadable(&path, &error))?
        {
            if is_whole {
                take(&line);
            }
        }
    }
    Ok(())
}

/// Returns the number of the first line of a file that is chained; `None` where none is.
fn first_number(file: &File) -> io::Result<Option<u64>> {
    let mut lines = BufReader::new(file.try_clone()?);
    let mut first = None;
    while let Some((line, _)) = next(&mut lines)? {
        first = Chained::parse(&line).map(|line| line.link.seq);
        if first.is_some() {
            break;
        }
    }
    io::Seek::rewind(&mut &*file)?;
    Ok(first)
}

fn read(
    mut verifier: Verifier<'_>,
    files: &[(PathBuf, File, u64)],
    complete: bool,
) -> Result<(Proof, u64)> {
    let mut torn = 0;
    for (at, (path, file, size)) in files.iter().enumerate() {
        let mut lines = BufReader::new(file.take(*size));
        let mut number = 1;
        while let Some((line, is_whole)) =
            next(&mut lines).map_err(|error| unreadable(path, &error))?
        {
            // A line without an end was not recorded; but no file that was moved on ends with one.
            if is_whole || at + 1 < files.len() {
                verifier.line(LinePlace { file: at, line: number }, &line);
            } else {
                torn = line.len() as u64;
            }
            number += 1;
        }
    }
    Ok((verifier.end(complete), torn))
}

/// Reads the next line without its line break, and tells whether it has one.
fn next(lines: &mut impl BufRead) -> io::Result<Option<(Vec<u8>, bool)>> {
    let mut line = Vec::new();
    if lines.take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let is_whole = line.last() == Some(&b'\n');
    if is_whole {
        line.pop();
    }
    let is_whole = is_whole || line.len() as u64 == LONGEST_LINE;
    Ok(Some((line, is_whole)))
}
