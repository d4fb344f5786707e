//! The state folder: what this machine remembers for its user, which nobody else may write.

use std::fs::{File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::sys::env::Env;
use crate::sys::file_lock::{FileLock, LockFailure, busy};
use crate::sys::files;
use crate::sys::files::{Links, Site, Trust};

/// The way out where a file or the system says none.
const HINT: &str = "set `XDG_STATE_HOME` to a folder that is yours alone";

/// More than any file of the folder has.
const MOST: u64 = 16 * 1024 * 1024;

/// The longest wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);

/// The folder.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
    trust: Trust,
}

impl StateFolder {
    /// Returns the folder `xreq` in `$XDG_STATE_HOME`, else in `~/.local/state`. Nothing is made
    /// yet.
    ///
    /// # Errors
    ///
    /// [`Code::HomeUnknown`]: neither variable holds an absolute path.
    pub(crate) fn of(env: &Env, trust: &Trust) -> Result<Self> {
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
        Ok(Self { path: base.join("xreq"), trust: trust.clone() })
    }

    /// Returns another folder, from the root, that is judged and used like it.
    pub(crate) fn at(path: PathBuf, trust: &Trust) -> Self {
        Self { path, trust: trust.clone() }
    }

    /// Returns its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns where it is, for files in a folder of it that are read and written elsewhere.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: somebody else can write one of the two folders, or put another in its
    /// place.
    pub(crate) fn path_for(&self, folder: &str) -> Result<&Path> {
        self.judge(&self.path.join(folder))?;
        Ok(&self.path)
    }

    /// Reads a file of it; nothing where there is none.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: it cannot be read, or somebody else could have written it.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path.join(name);
        if !self.is_there(folder_of(&path))? {
            return Ok(None);
        }
        let opened = files::open(&path, Links::Refused, Some(&self.trust));
        let opened = opened.map_err(|error| unusable(&path, &error))?;
        let Some((file, _)) = opened else { return Ok(None) };
        let mut content = Vec::new();
        let read = file.take(MOST + 1).read_to_end(&mut content);
        read.map_err(|error| unusable(&path, &error))?;
        if content.len() as u64 > MOST {
            return Err(unusable(&path, &io::Error::other("it has more than 16 MiB")));
        }
        Ok(Some(content))
    }

    /// Makes a file of it, as a whole, that must not be there yet; `false` where it is.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: it cannot be written, or somebody else could write there.
    pub(crate) fn create(&self, name: &str, content: &[u8]) -> Result<bool> {
        self.with_path(name, |path| files::create(path, content))
    }

    /// Lets `change` open and write a file of it by its path.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: that failed, or somebody else could write there.
    pub(crate) fn with_path<T>(
        &self,
        name: &str,
        change: impl FnOnce(&Path) -> io::Result<T>,
    ) -> Result<T> {
        let path = self.path.join(name);
        self.judge(folder_of(&path))?;
        change(&path).map_err(|error| unusable(&path, &error))
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
        let path = self.path.join(name);
        self.judge(folder_of(&path))?;
        let unwritable = |error: io::Error| unusable(&path, &error);
        // Held until this returns.
        let lock = self.path.join(format!("{name}.lock"));
        let _lock = FileLock::acquire(&lock, PATIENCE).map_err(|failed| match failed {
            LockFailure::Held(patience) => busy(&lock, patience),
            LockFailure::Unopened(error) | LockFailure::Failed(error) => unusable(&lock, &error),
        })?;
        let content = change(self.read(name)?.as_deref())?;
        replace(&path, &content).map_err(unwritable)
    }

    /// Returns whether it exists, and nobody else can change it and this folder in it.
    fn is_there(&self, folder: &Path) -> Result<bool> {
        if !files::is_folder(&self.path).map_err(|error| unusable(&self.path, &error))? {
            return Ok(false);
        }
        self.judge(folder).map(|()| true)
    }

    /// Refuses folders down to this one that others can change, or put another in the place of.
    fn judge(&self, folder: &Path) -> Result<()> {
        let judged = self.trust.above(&self.path).and_then(|()| self.trust.folder(&self.path));
        judged.map_err(|error| unusable(&self.path, &error))?;
        let mut inner = folder.ancestors().take_while(|above| *above != self.path);
        inner.try_for_each(|folder| {
            self.trust.folder(folder).map_err(|error| unusable(folder, &error))
        })
    }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap_or(file)
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let (folder, name) = (folder_of(path), path.file_name().unwrap_or_default());
    let mut temporary = tempfile::Builder::new()
        .prefix(&format!(".{}~", name.to_string_lossy()))
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    temporary.write_all(content)?;
    temporary.as_file().sync_all()?;
    files::give_at(temporary.path())?;
    temporary.persist(path).map_err(|failed| failed.error)?;
    File::open(folder)?.sync_all()
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    let message = format!("cannot use `{}`", path.display());
    files::failure_in(Site::State, Code::TrustUnusable, &message, error, HINT)
}
