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
        self.judge()?;
        let folder = self.path.join(folder);
        self.trust.folder(&folder).map_err(|error| unusable(&folder, &error))?;
        Ok(&self.path)
    }

    /// Reads a file of it; nothing where there is none.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: it cannot be read, or somebody else could have written it.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        if !self.is_there()? {
            return Ok(None);
        }
        let path = self.path.join(name);
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
        self.judge()?;
        let path = self.path.join(name);
        let unwritable = |error: io::Error| unusable(&path, &error);
        // Held until this returns.
        let lock = self.path.join(format!("{name}.lock"));
        let _lock = FileLock::acquire(&lock, PATIENCE).map_err(|failed| match failed {
            LockFailure::Held(patience) => busy(&lock, patience),
            LockFailure::Unopened(error) | LockFailure::Failed(error) => unusable(&lock, &error),
        })?;
        let content = change(self.read(name)?.as_deref())?;
        self.replace(name, &content).map_err(unwritable)
    }

    fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let mut temporary = tempfile::Builder::new()
            .prefix(&format!(".{name}~"))
            .permissions(Permissions::from_mode(0o600))
            .tempfile_in(&self.path)?;
        temporary.write_all(content)?;
        temporary.as_file().sync_all()?;
        files::give_at(temporary.path())?;
        temporary.persist(self.path.join(name)).map_err(|failed| failed.error)?;
        File::open(&self.path)?.sync_all()
    }

    /// Returns whether it exists, as a folder that nobody else can change.
    fn is_there(&self) -> Result<bool> {
        if !files::is_folder(&self.path).map_err(|error| unusable(&self.path, &error))? {
            return Ok(false);
        }
        self.judge().map(|()| true)
    }

    /// Refuses a folder that others can change, or put another in the place of.
    fn judge(&self) -> Result<()> {
        let judged = self.trust.above(&self.path).and_then(|()| self.trust.folder(&self.path));
        judged.map_err(|error| unusable(&self.path, &error))
    }
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    let message = format!("cannot use `{}`", path.display());
    files::failure_in(Site::State, Code::TrustUnusable, &message, error, HINT)
}
