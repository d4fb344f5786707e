//! A manifest that nobody named: its place, and opening it.
//!
//! The folder may be a stranger's, in which a link in the place of a manifest would have a file of
//! this machine read and its lines printed. So what is opened is a file, in the folder that it was
//! found in; a link leads to one there, or is refused. A manifest that is named may be any file.

use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use crate::app::context::Context;
use crate::app::display_paths::display_name;
use crate::error::{Advice, Code, Error, Parameter, Remedy, Result, advice};
use crate::sys::files;
use crate::sys::files::Site;
use crate::text::escape::legible;

/// The names that a manifest has, the first that exists being the one.
pub(crate) const NAMES: [&str; 4] = ["xreq.yaml", "xreq.yml", "inf.yml", "inf.yaml"];

/// Nothing that is opened is a link, keeps the process waiting or becomes its terminal.
const FLAGS: OFlags =
    OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// The place of a manifest.
#[derive(Clone, Debug)]
pub(crate) struct ManifestPlace {
    pub(crate) path: PathBuf,
    /// Whether somebody named it.
    pub(crate) is_named: bool,
}

impl ManifestPlace {
    pub(crate) fn named(path: &Path) -> Self {
        Self { path: path.to_owned(), is_named: true }
    }

    pub(crate) fn found(path: &Path) -> Self {
        Self { path: path.to_owned(), is_named: false }
    }

    /// Opens the file.
    ///
    /// # Errors
    ///
    /// It cannot be opened; or nobody named it, and it is no file of its folder.
    pub(crate) fn open(&self) -> Result<File> {
        if self.is_named {
            return files::stream(&self.path).map_err(|error| unreadable(&self.path, &error));
        }
        let file = match opened(CWD, &self.path) {
            Ok(file) => file,
            Err(Errno::LOOP) => return self.follow(),
            Err(error) => return Err(unreadable(&self.path, &error.into())),
        };
        self.regular(file)
    }

    /// Opens what a link leads to: the way there is worked out first and then gone without links, so
    /// that none is put in it meanwhile.
    fn follow(&self) -> Result<File> {
        let failed = |error: io::Error| unreadable(&self.path, &error);
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = folder.canonicalize().map_err(failed)?;
        let real = self.path.canonicalize().map_err(|_| self.strays())?;
        let way = real.strip_prefix(&folder).map_err(|_| self.strays())?;
        let mut at = File::open(&folder).map_err(failed)?;
        for part in way.components() {
            let Component::Normal(part) = part else { return Err(self.strays()) };
            at = opened(&at, Path::new(part)).map_err(|error| match error {
                Errno::LOOP => self.strays(),
                error => failed(error.into()),
            })?;
        }
        self.regular(at)
    }

    fn regular(&self, file: File) -> Result<File> {
        let metadata = file.metadata().map_err(|error| unreadable(&self.path, &error))?;
        if metadata.is_file() {
            return Ok(file);
        }
        let message = format!("{} is no regular file, and was not named", display_name(&self.path));
        Err(Error::new(Code::FileUnreadable, message).with_hint(self.way_out()))
    }

    fn strays(&self) -> Error {
        let name = display_name(&self.path);
        let target = self.path.read_link().unwrap_or_default();
        let message = format!(
            "{name} is a link that leads to no file in its folder, and was not named: {}",
            legible(&target.display().to_string())
        );
        Error::new(Code::FileUnreadable, message).with_hint(self.way_out())
    }

    fn way_out(&self) -> Advice {
        advice![
            "put the file itself there, or name it if it is meant: ",
            Parameter::Manifest.path(&self.path)
        ]
    }
}

/// Locates the manifest that was named, or the first of [`NAMES`] that is here: a link that leads
/// nowhere is one, too.
pub(crate) fn locate(named: Option<&Path>, context: &Context) -> Result<ManifestPlace> {
    if let Some(path) = named {
        return Ok(ManifestPlace::named(path));
    }
    if let Some(path) = context.env.get("XREQ_MANIFEST") {
        return Ok(ManifestPlace::named(Path::new(path)));
    }
    NAMES.iter().map(Path::new).find(|path| is_there(path)).map(ManifestPlace::found).ok_or_else(
        || {
            Error::new(
                Code::ManifestMissing,
                format!("no manifest here: none of {}", NAMES.join(", ")),
            )
            .with_hint(advice![
                "name one with ",
                Parameter::Manifest.value("FILE"),
                ", or write one with ",
                Remedy::Init.request()
            ])
        },
    )
}

/// Returns whether a path is taken, if only by a link to nothing.
pub(crate) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn opened(folder: impl std::os::fd::AsFd, path: &Path) -> Result<File, Errno> {
    openat(folder, path, FLAGS | OFlags::CLOEXEC, Mode::empty()).map(File::from)
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let message = format!("cannot read {}", display_name(path));
    let hint = "name a file that you can read";
    files::failure_in(Site::Named, Code::FileUnreadable, &message, error, hint)
}
