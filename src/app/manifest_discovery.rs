//! A manifest that nobody named: its place, and opening it.
//!
//! It is in the working folder, or in the nearest folder above, up to the top of the same repository.
//!
//! The folder may be a stranger's, in which a link in the place of a manifest would have a file of
//! this machine read and its lines printed. So what is opened is a file, in the folder that it was
//! found in; a link leads to one there, or is refused. A manifest that is named may be any file.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use crate::app::context::Context;
use crate::app::display_paths::display_name;
use crate::app::work_tree;
use crate::app::work_tree::Foreign;
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

    /// Tells which file it is, where that is not plain: nobody named it, and it is not in the working
    /// folder.
    pub(crate) fn announce(&self, context: &Context) {
        if !self.is_named && self.path.parent().is_some_and(|folder| folder.ends_with("..")) {
            let name = display_name(&self.path);
            context
                .reporter
                .note(format!("the manifest is {name}: there is none in this folder").into());
        }
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

/// Locates the manifest that was named, or the first of [`NAMES`] that is here, else in the nearest
/// folder above within the same repository: a link that leads nowhere is one, too.
pub(crate) fn locate(named: Option<&Path>, context: &Context) -> Result<ManifestPlace> {
    if let Some(path) = named {
        return Ok(ManifestPlace::named(path));
    }
    if let Some(path) = context.env.get("XREQ_MANIFEST") {
        return Ok(ManifestPlace::named(Path::new(path)));
    }
    match NAMES.iter().map(Path::new).find(|path| is_there(path)) {
        Some(path) => Ok(ManifestPlace::found(path)),
        None => locate_above(context),
    }
}

fn locate_above(context: &Context) -> Result<ManifestPlace> {
    let above = std::env::current_dir()
        .map_or(Ok(Vec::new()), |here| work_tree::above(&here, &context.trust));
    let folders = above.as_deref().unwrap_or_default();
    let mut way = PathBuf::new();
    for folder in folders {
        way.push("..");
        let found = NAMES.iter().find_map(|name| {
            let owner = folder.join(name).symlink_metadata().ok()?.uid();
            Some((way.join(name), owner))
        });
        match found {
            Some((path, owner)) if context.trust.is_own(owner) => {
                return Ok(ManifestPlace::found(&path));
            }
            Some((path, owner)) => return Err(missing("", Some(&Foreign { path, owner }))),
            None => {}
        }
    }
    let searched = if folders.is_empty() { "" } else { ", nor above it in this repository" };
    Err(missing(searched, above.as_ref().err()))
}

fn missing(searched: &str, foreign: Option<&Foreign>) -> Error {
    let names = NAMES.join(", ");
    let message = format!("no manifest here{searched}: none of {names}");
    let error = Error::new(Code::ManifestMissing, message);
    match foreign {
        Some(Foreign { path, owner }) => error.with_hint(advice![
            format!(
                "the folders above are not looked into, since {} belongs to another user: name the \
                 manifest with ",
                display_name(path)
            ),
            Parameter::Manifest.value("FILE"),
            ", or, if the user is you, too, add ",
            Parameter::TrustOwner.value(owner.to_string())
        ]),
        None => error.with_hint(advice![
            "name one with ",
            Parameter::Manifest.value("FILE"),
            ", or write one with ",
            Remedy::Init.request()
        ]),
    }
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
