//! Names that an isolated agent made, by which others would run something: they are moved aside when it
//! has ended, and named.
//!
//! What is there before can be kept as it is, and what is not there cannot be kept away. So xreq notes the
//! names before the launch, in a file of the state folder that it holds locked: what it cannot do because
//! it is killed, the next one does that isolates an agent.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::app::context::Context;
use crate::app::reporter::Reporter;
use crate::error::{Code, Error, Result};
use crate::sys::file_lock::{FileLock, LockFailure, busy};
use crate::sys::state::StateFolder;

/// The folder of the notes, in the state folder.
const FOLDER: &str = "isolated";

/// The file that is locked while notes are made or looked through.
const LOCK: &str = "lock";

/// The longest wait for another process that does so.
const PATIENCE: Duration = Duration::from_secs(10);

/// Follows the name of what was moved.
const SUFFIX: &str = ".made-by-agent";

/// The names that were not there before a launch.
pub(crate) struct Absent {
    names: Vec<PathBuf>,
    note: PathBuf,
    /// Says that the process lives.
    _lock: FileLock,
}

impl Absent {
    /// Notes names.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: the state folder cannot be used. [`Code::StoreBusy`].
    pub(super) fn note(names: Vec<PathBuf>, context: &Context) -> Result<Self> {
        let folder = folder(context)?;
        let chance = getrandom::u64().expect("the system has random numbers once it is up");
        let _looking = locked(&folder.join(LOCK), PATIENCE)?;
        let note = folder.join(format!("run-{chance:016x}"));
        let lock = locked(&note, Duration::ZERO)?;
        let lines: Vec<_> = names.iter().map(|name| name.as_os_str().as_bytes()).collect();
        lock.file()
            .write_all(&lines.join(&0))
            .map_err(|error| Error::of_system(Code::TrustUnusable, unusable(&note), &error))?;
        Ok(Self { names, note, _lock: lock })
    }

    /// Moves aside what is there now, and tells of it.
    pub(crate) fn move_aside(self, reporter: &dyn Reporter) {
        move_all(&self.names, reporter);
    }
}

impl Drop for Absent {
    fn drop(&mut self) {
        // Without it nobody looks any more.
        let _ = fs::remove_file(&self.note);
    }
}

/// Moves aside what earlier agents left whose xreq was killed.
pub(super) fn clear(context: &Context) -> Result<()> {
    let folder = folder(context)?;
    let _looking = locked(&folder.join(LOCK), PATIENCE)?;
    sweep(&folder, &*context.reporter);
    Ok(())
}

fn folder(context: &Context) -> Result<PathBuf> {
    Ok(StateFolder::of(&context.env, &context.trust)?.path_for(FOLDER)?.join(FOLDER))
}

fn locked(path: &Path, patience: Duration) -> Result<FileLock> {
    FileLock::acquire(path, patience).map_err(|failed| match failed {
        LockFailure::Held(patience) => busy(path, patience),
        LockFailure::Unopened(error) | LockFailure::Failed(error) => {
            Error::of_system(Code::TrustUnusable, unusable(path), &error)
        }
    })
}

fn unusable(path: &Path) -> String {
    format!("cannot use `{}`", path.display())
}

/// Moves aside what others have noted that are gone.
fn sweep(folder: &Path, reporter: &dyn Reporter) {
    let notes = fs::read_dir(folder).into_iter().flatten().flatten();
    let notes = notes.map(|entry| entry.path()).filter(|path| !path.ends_with(LOCK));
    for note in notes {
        let Ok(_lock) = FileLock::acquire(&note, Duration::ZERO) else { continue };
        let content = fs::read(&note).unwrap_or_default();
        let names = content.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        let names: Vec<_> = names.map(|name| PathBuf::from(OsStr::from_bytes(name))).collect();
        move_all(&names, reporter);
        let _ = fs::remove_file(&note);
    }
}

fn move_all(names: &[PathBuf], reporter: &dyn Reporter) {
    for name in names {
        if fs::symlink_metadata(name).is_err() {
            continue;
        }
        let shown = name.display();
        match move_one(name) {
            Ok(to) => reporter.warning(
                format!(
                    "an isolated agent made `{shown}`, by which others run things: it is `{}` now",
                    to.display()
                )
                .into(),
            ),
            Err(error) => {
                let message = format!("`{shown}`, which an isolated agent made, is still there");
                reporter.mishap(&Error::of_system(Code::IsolationFailed, message, &error));
            }
        }
    }
}

/// Gives a file or folder another name, which nothing has yet.
fn move_one(name: &Path) -> io::Result<PathBuf> {
    let with = |ending: String| {
        let mut bytes = name.as_os_str().as_bytes().to_vec();
        bytes.extend_from_slice(ending.as_bytes());
        PathBuf::from(OsString::from_vec(bytes))
    };
    let endings = (1_u32..).map(|count| match count {
        1 => SUFFIX.to_owned(),
        more => format!("{SUFFIX}-{more}"),
    });
    let mut free = endings.map(with).filter(|path| fs::symlink_metadata(path).is_err());
    let to = free.next().expect("there are many numbers");
    fs::rename(name, &to)?;
    Ok(to)
}
