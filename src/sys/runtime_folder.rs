//! The runtime folder: files that live no longer than the processes which use them.
//!
//! ```text
//! $XDG_RUNTIME_DIR/xreq/           0700: of the user alone, and gone with the session; locked while a
//!                                  run begins and leftovers are removed
//!   run-4f0c…/                     0700: one run; locked for as long as it lives
//!     x.token                      0600: the token, and no line break
//! ```
//!
//! A file is replaced as a whole: a reader finds the old one or the new one. The leftovers of a run
//! that was killed are removed by the next one: nobody holds its lock any longer. The locks are on
//! the folders themselves (`flock`): there is no file that a clean-up could remove. No symbolic
//! link is followed below the runtime folder, which is opened once, and has to be the user's own,
//! or of an owner that is trusted: who gets what root makes there.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, mkdirat, openat, renameat, unlinkat};

use crate::error::{Code, Error, Result};
use crate::sys::env::Env;
use crate::sys::file_lock::{FileLock, LockFailure};
use crate::sys::files;
use crate::sys::files::Trust;
use crate::sys::home::Home;

const RUN: &str = "run-";

/// The endings of the names of files that a run makes.
pub(crate) const TOKEN: &str = ".token";
pub(crate) const PAGE: &str = ".html";
pub(crate) const CERTIFICATES: &str = ".pem";
pub(crate) const SETTINGS: &str = ".conf";
pub(crate) const JAVA_STORE: &str = ".jks";
pub(crate) const SOCKET: &str = ".sock";
pub(crate) const TEMPORARY: &str = ".tmp";

/// Everyone but the owner.
const GROUP_AND_OTHERS: u32 = 0o077;

/// The mode bits by which others than the owner may write.
const OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// The longest wait for another run that begins.
const PATIENCE: Duration = Duration::from_secs(5);

/// The runtime folder of the user.
#[derive(Debug)]
pub struct Runtime {
    path: PathBuf,
    folder: OwnedFd,
}

impl Runtime {
    /// Returns the runtime folder of the user: `xreq` in `$XDG_RUNTIME_DIR` where there is one,
    /// else `run` in the folder of the store. It is made where it is missing.
    ///
    /// # Errors
    ///
    /// [`Code::RuntimeUnusable`]: it cannot be made, or others can get at it.
    pub fn of(env: &Env, home: &Home) -> Result<Self> {
        Self::at(Self::place(env, home), home.trust())
    }

    /// Returns the runtime folder in the folder of the store, where browsers that are kept out of
    /// `/run` find files. It is made where it is missing.
    ///
    /// # Errors
    ///
    /// [`Code::RuntimeUnusable`]: it cannot be made, or others can get at it.
    pub fn in_store(home: &Home) -> Result<Self> {
        Self::at(Self::place_in_store(home), home.trust())
    }

    /// Removes what runs left behind that were killed, if anything is there; what cannot be removed
    /// stays.
    pub fn sweep(env: &Env, home: &Home) {
        let path = Self::place(env, home);
        if path.is_dir()
            && let Ok(runtime) = Self::at(path, home.trust())
            && let Ok(folder) = open_folder(&runtime.folder, ".")
            && let Ok(_beginning) = lock(folder, Duration::ZERO)
        {
            let _ = runtime.clean_up();
        }
    }

    /// Returns the folders of runs that have a file of this name, each by the name of its run with the path of
    /// the file: in the runtime folder of the user, and in that of the store.
    pub(crate) fn having(name: &str, env: &Env, home: &Home) -> Vec<(String, PathBuf)> {
        let mut places = vec![Self::place(env, home), Self::place_in_store(home)];
        places.dedup();
        let entries = places.iter().flat_map(fs::read_dir).flatten().flatten();
        let mut found: Vec<_> = entries
            .filter_map(|entry| {
                let run = entry.file_name().to_str()?.strip_prefix(RUN)?.to_owned();
                let path = entry.path().join(name);
                path.symlink_metadata().is_ok().then_some((run, path))
            })
            .collect();
        found.sort();
        found
    }

    fn place(env: &Env, home: &Home) -> PathBuf {
        let stated = env.get("XDG_RUNTIME_DIR").map(Path::new);
        match stated.filter(|folder| folder.is_absolute() && folder.is_dir()) {
            Some(folder) => folder.join("xreq"),
            None => Self::place_in_store(home),
        }
    }

    fn place_in_store(home: &Home) -> PathBuf {
        home.data().join("run")
    }

    /// Returns the runtime folder at another place, where these owners are trusted.
    pub fn at(path: PathBuf, trust: Option<&Trust>) -> Result<Self> {
        let around = path.parent().unwrap_or(&path);
        files::make_folder(around).map_err(|error| unusable(around, &error))?;
        let trust = trust.cloned().unwrap_or_else(|| Trust::new(&[]));
        Self::open(&path, &trust)
            .map_err(|error| unusable(&path, &error))
            .map(|folder| Self { path, folder })
    }

    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn open(path: &Path, trust: &Trust) -> io::Result<OwnedFd> {
        let around = fs::metadata(path.parent().unwrap_or(path))?;
        if !trust.accepts(around.uid()) {
            return Err(other("the folder around it belongs to somebody else"));
        }
        if around.mode() & OTHERS_WRITE != 0 && around.mode() & STICKY == 0 {
            return Err(other("others can write in the folder around it"));
        }
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        files::give(&folder, path)?;
        let metadata = folder.metadata()?;
        if !trust.accepts(metadata.uid()) {
            return Err(other("it belongs to somebody else"));
        }
        if metadata.mode() & GROUP_AND_OTHERS != 0 {
            return Err(other("others can get at it"));
        }
        Ok(folder.into())
    }

    /// Removes the leftovers of runs that were killed. A leftover that cannot be removed stays: it
    /// is in nobody's way.
    fn clean_up(&self) -> io::Result<()> {
        for entry in Dir::read_from(&self.folder)? {
            let entry = entry?;
            if entry.file_name().to_bytes().starts_with(RUN.as_bytes())
                && let Ok(folder) = open_folder(&self.folder, entry.file_name())
            {
                let Ok(folder) = lock(folder, Duration::ZERO) else { continue };
                empty(folder.file());
                let _ = unlinkat(&self.folder, entry.file_name(), AtFlags::REMOVEDIR);
            }
        }
        Ok(())
    }
}

/// A folder for the files of one process, which is there until this is dropped.
#[derive(Debug)]
pub(crate) struct RunFolder {
    runtime: Runtime,
    pub(crate) name: String,
    folder: FileLock,
}

impl RunFolder {
    /// Makes a folder, and removes what others left behind.
    ///
    /// # Errors
    ///
    /// [`Code::RuntimeUnusable`].
    pub(crate) fn begin(runtime: Runtime) -> Result<Self> {
        match Self::make(&runtime) {
            Ok((name, folder)) => Ok(Self { runtime, name, folder }),
            Err(error) => Err(unusable(&runtime.path, &error)),
        }
    }

    fn make(runtime: &Runtime) -> io::Result<(String, FileLock)> {
        // Nobody takes a folder that is not locked yet for one that was left behind. (A lock belongs to
        // what was opened: this ends with the function.)
        let _beginning = lock(open_folder(&runtime.folder, ".")?, PATIENCE)?;
        runtime.clean_up()?;
        let chance = getrandom::u64().expect("the system has random numbers once it is up");
        let name = format!("{RUN}{chance:016x}");
        mkdirat(&runtime.folder, name.as_str(), Mode::RWXU)?;
        let folder = lock(open_folder(&runtime.folder, name.as_str())?, Duration::ZERO)?;
        files::give(folder.file(), &runtime.path.join(&name))?;
        Ok((name, folder))
    }

    /// Returns where a file of it is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.runtime.path.join(&self.name).join(name)
    }

    /// Puts a content into a file, which is replaced as a whole.
    pub(crate) fn write(&self, name: &str, temporary: &str, content: &[u8]) -> Result<()> {
        let written = self
            .fill(temporary, content)
            .and_then(|()| Ok(renameat(self.folder.file(), temporary, self.folder.file(), name)?));
        written.map_err(|error| {
            let _ = unlinkat(self.folder.file(), temporary, AtFlags::empty());
            unusable(&self.path(name), &error)
        })
    }

    /// Writes a file.
    pub(crate) fn fill(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC;
        let mut file = open_file(self.folder.file(), name, flags)?;
        files::give(&file, &self.path(name))?;
        file.write_all(content)
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        empty(self.folder.file());
        let _ = unlinkat(&self.runtime.folder, self.name.as_str(), AtFlags::REMOVEDIR);
    }
}

/// Locks a folder, for which another process must not be waited longer than this.
fn lock(folder: OwnedFd, patience: Duration) -> io::Result<FileLock> {
    FileLock::of(folder.into(), patience).map_err(|failed| match failed {
        LockFailure::Unopened(error) | LockFailure::Failed(error) => error,
        LockFailure::Held(_) => other("another process has held its lock for too long"),
    })
}

/// Removes the files of a run. But for certificates, which are no secret, they are written over first: where
/// the folder is on a disk, or in memory that is given to others, less of tokens stays.
fn empty(folder: &File) {
    for entry in Dir::read_from(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_ours = [TOKEN, PAGE, CERTIFICATES, JAVA_STORE, SETTINGS, SOCKET, TEMPORARY]
            .iter()
            .any(|ending| name.to_bytes().ends_with(ending.as_bytes()));
        if !is_ours || entry.file_type() == FileType::Directory {
            continue;
        }
        let is_secret = !name.to_bytes().ends_with(CERTIFICATES.as_bytes());
        if is_secret && let Ok(mut file) = open_file(folder, name, OFlags::WRONLY) {
            let length = file.metadata().map_or(0, |metadata| metadata.len().min(1 << 20));
            let _ = io::copy(&mut io::Read::take(io::repeat(0), length), &mut file);
        }
        let _ = unlinkat(folder, name, AtFlags::empty());
    }
}

fn open_folder(around: &OwnedFd, name: impl rustix::path::Arg) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(openat(around, name, flags, Mode::empty())?)
}

fn open_file(folder: &File, name: impl rustix::path::Arg, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(File::from(openat(folder, name, flags, Mode::RUSR | Mode::WUSR)?))
}

fn other(why: &'static str) -> io::Error {
    io::Error::other(why)
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    let message = format!("`{}` cannot be used", path.display());
    let hint = "`XDG_RUNTIME_DIR` has to name a folder of your own with mode 0700; without it, the \
                one of the store is taken";
    files::failure(Code::RuntimeUnusable, &message, error, hint)
}
