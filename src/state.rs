//! The state folder: what this machine remembers for its user, which nobody else may write.

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, Mode, OFlags, flock, openat};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::env::Env;
use crate::error::{Code, Error, Result};
use crate::shell;

/// The permissions by which somebody else could write.
const OTHERS_WRITE: u32 = 0o022;

/// More than any file of the folder has.
const MOST: u64 = 16 * 1024 * 1024;

/// The folder.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
}

impl StateFolder {
    /// The folder `xreq` in `$XDG_STATE_HOME`, else in `~/.local/state`. Nothing is made yet.
    ///
    /// # Errors
    ///
    /// [`Code::HomeUnknown`]: neither variable holds an absolute path.
    pub(crate) fn of(env: &Env) -> Result<Self> {
        let absolute = |name| env.get(name).map(Path::new).filter(|path| path.is_absolute());
        let base = match absolute("XDG_STATE_HOME") {
            Some(base) => base.to_owned(),
            None => absolute("HOME").map(|home| home.join(".local/state")).ok_or_else(|| {
                Error::new(
                    Code::HomeUnknown,
                    "neither `XDG_STATE_HOME` nor `HOME` holds an absolute path",
                )
                .with_hint("set `XDG_STATE_HOME` to a folder that is yours alone")
            })?,
        };
        Ok(Self { path: base.join("xreq") })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a file of it; nothing where there is none.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: it cannot be read, or somebody else could have written it.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        if !self.is_own()? {
            return Ok(None);
        }
        let path = self.path.join(name);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(CWD, &path, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(unusable(&path, &error)),
        };
        let metadata = file.metadata().map_err(|error| unusable(&path, &error))?;
        if !metadata.is_file() {
            return Err(unusable(&path, &"it is no regular file"));
        }
        refuse_others(&path, &metadata)?;
        let mut content = Vec::new();
        let read = file.take(MOST + 1).read_to_end(&mut content);
        read.map_err(|error| unusable(&path, &error))?;
        if content.len() as u64 > MOST {
            return Err(unusable(&path, &"it has more than 16 MiB"));
        }
        Ok(Some(content))
    }

    /// Replaces a file of it by what `change` makes of it, one process at a time.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: it cannot be written, or somebody else could have written it; and those
    /// of `change`. The file is then as it was.
    pub(crate) fn update(
        &self,
        name: &str,
        change: impl FnOnce(Option<&[u8]>) -> Result<Vec<u8>>,
    ) -> Result<()> {
        let unwritable = |error: io::Error| unusable(&self.path.join(name), &error);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.path);
        made.map_err(|error| unusable(&self.path, &error))?;
        self.is_own()?;
        // Held until this returns.
        let _lock = self.locked(&format!("{name}.lock")).map_err(unwritable)?;
        let content = change(self.read(name)?.as_deref())?;
        self.replace(name, &content).map_err(unwritable)
    }

    fn locked(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mode = Mode::RUSR | Mode::WUSR;
        let lock = openat(CWD, self.path.join(name), flags | OFlags::CLOEXEC, mode)?;
        flock(&lock, FlockOperation::LockExclusive)?;
        Ok(File::from(lock))
    }

    fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let mut temporary = tempfile::Builder::new()
            .prefix(&format!(".{name}~"))
            .permissions(Permissions::from_mode(0o600))
            .tempfile_in(&self.path)?;
        temporary.write_all(content)?;
        temporary.as_file().sync_all()?;
        temporary.persist(self.path.join(name)).map_err(|failed| failed.error)?;
        File::open(&self.path)?.sync_all()
    }

    /// Whether it is there.
    fn is_own(&self) -> Result<bool> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_dir() => {
                refuse_others(&self.path, &metadata).map(|()| true)
            }
            Ok(_) => Err(unusable(&self.path, &"it is no folder")),
            Err(error) if error.kind() == ErrorKind::NotFound && !self.path.is_symlink() => {
                Ok(false)
            }
            Err(error) => Err(unusable(&self.path, &error)),
        }
    }
}

fn refuse_others(path: &Path, metadata: &Metadata) -> Result<()> {
    let user = geteuid().as_raw();
    let word = shell::word(&path.to_string_lossy());
    // Whatever root writes, root can do anyway.
    if metadata.uid() != user && metadata.uid() != 0 {
        let message = format!("it belongs to user {} and not to you ({user})", metadata.uid());
        let hint = format!("look at it, then `rm -r {word}`, or set `XDG_STATE_HOME`");
        return Err(unusable(path, &message).with_hint(hint));
    }
    if metadata.mode() & OTHERS_WRITE != 0 {
        let message = format!("others can write it (mode {:o})", metadata.mode() & 0o777);
        let hint = format!("look at what it has, then `chmod go-w {word}`");
        return Err(unusable(path, &message).with_hint(hint));
    }
    Ok(())
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::new(Code::TrustUnusable, format!("cannot use {}: {why}", path.display()))
}
