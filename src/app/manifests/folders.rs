//! Searching folders.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::word::Glob;
use crate::app::manifest_discovery::NAMES;
use crate::error::{Code, Error, Remedy, advice};
use crate::sys::parallel::has_room;

/// Folders that hold other people's files.
const NOT_OURS: [&str; 4] = ["node_modules", "target", "venv", "vendor"];

/// Folders at the top of a repository whose files a service reads that hosts it. What it runs for xreq may
/// well be called like a manifest: `.github/workflows/xreq.yml`.
const OF_SERVICES: [&str; 6] =
    [".github", ".gitlab", ".gitlab-ci", ".circleci", ".forgejo", ".gitea"];

/// More threads than these wait for one another.
const MOST_THREADS: usize = 12;

/// The result of a search, in any order.
#[derive(Default)]
pub(super) struct SearchResult {
    pub(super) files: Vec<PathBuf>,
    /// Failures of places that cannot be searched, sorted by path.
    pub(super) failures: Vec<Error>,
    /// The folders that were named and have something to find, or cannot be searched.
    fruitful: HashSet<PathBuf>,
    unreadable: Vec<(PathBuf, io::Error)>,
    links: Vec<PathBuf>,
}

/// Finds the manifests below folders; a folder that has none is a failure.
pub(super) fn manifests(roots: &[&Path]) -> SearchResult {
    let Some((first, others)) = roots.split_first() else { return SearchResult::default() };
    let mut walk = WalkBuilder::new(named(first));
    for root in others {
        walk.add(named(root));
    }
    let mut searched = search(walk, false, is_manifest);
    let barren = roots.iter().filter(|root| !searched.fruitful.contains(named(root)));
    let barren: Vec<_> = barren.map(|root| nothing_below(root)).collect();
    searched.failures.extend(barren);
    searched
}

/// Finds the files that a glob matches.
pub(super) fn matching(glob: &Glob) -> SearchResult {
    let root = named(&glob.root);
    if !root.is_dir() {
        return SearchResult::default();
    }
    let mut walk = WalkBuilder::new(root);
    walk.max_depth(glob.depth);
    let takes = |file: &Path| file.strip_prefix(root).is_ok_and(|rest| glob.takes(rest));
    search(walk, glob.names_hidden, takes)
}

/// Returns whether a file has a name that makes it a manifest.
pub(crate) fn is_manifest(file: &Path) -> bool {
    file.file_name().is_some_and(|name| NAMES.iter().any(|known| name == *known))
}

/// Returns whether a path from the top of a repository leads to configuration of the service that hosts it.
pub(super) fn is_of_service(path: &Path) -> bool {
    OF_SERVICES.iter().any(|folder| path.starts_with(folder))
}

/// Returns whether a folder of this name is looked into.
fn is_searched(folder: &OsStr, hidden: bool) -> bool {
    let is_hidden = folder.as_bytes().starts_with(b".");
    (hidden || !is_hidden) && !NOT_OURS.iter().any(|other| folder == *other)
}

/// Walks on all cores, or on one if the system has no room for more threads. Rules of `.gitignore` count
/// outside repositories, too: an export of one is searched as the repository is.
fn search(
    mut walk: WalkBuilder,
    hidden: bool,
    takes: impl Fn(&Path) -> bool + Sync,
) -> SearchResult {
    let is_entered = move |entry: &DirEntry| {
        entry.depth() == 0 || !is_folder(entry) || is_searched(entry.file_name(), hidden)
    };
    walk.hidden(false).require_git(false).filter_entry(is_entered);
    let searched = Mutex::new(SearchResult::default());
    let see = |entry| {
        let searched = || searched.lock().expect("nobody panics while adding");
        match entry {
            Ok(entry) if is_told(&entry) && takes(entry.path()) => searched().add(entry),
            Ok(_) => {}
            Err(error) => searched().unreadable.extend(unreadable_folder(error)),
        }
    };
    let threads = thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_THREADS));
    if threads > 1 && has_room(threads) {
        walk.threads(threads).build_parallel().run(|| {
            Box::new(|entry| {
                see(entry);
                WalkState::Continue
            })
        });
    } else {
        walk.build().for_each(see);
    }
    searched.into_inner().expect("nobody panics while adding").judged()
}

impl SearchResult {
    fn add(&mut self, entry: DirEntry) {
        if let Some(root) = entry.path().ancestors().nth(entry.depth())
            && !self.fruitful.contains(root)
        {
            self.fruitful.insert(root.to_owned());
        }
        let kind = if is_link(&entry) { &mut self.links } else { &mut self.files };
        let path = entry.into_path();
        kind.push(path.strip_prefix(".").map(Path::to_owned).unwrap_or(path));
    }

    fn judged(mut self) -> Self {
        self.unreadable.sort_by(|(path, _), (other, _)| path.cmp(other));
        for (folder, error) in self.unreadable.drain(..) {
            self.fruitful.extend(folder.ancestors().map(Path::to_owned));
            let message = format!("cannot read {}", folder.display());
            self.failures.push(Error::of_system(Code::FileUnreadable, message, &error));
        }
        self.links.sort_unstable();
        self.failures.extend(self.links.iter().map(|link| no_link(link)));
        self
    }
}

fn is_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

/// Returns whether an entry is reported: it is a file, or a link in the place of a manifest.
fn is_told(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
        || is_link(entry) && is_manifest(entry.path())
}

fn is_link(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_symlink())
}

/// Returns the error for a link in the place of a manifest, which is not followed.
pub(crate) fn no_link(path: &Path) -> Error {
    let message = format!("{} is a link, which no search follows", path.display());
    Error::new(Code::FileUnreadable, message)
        .with_hint("name the file itself, and let no manifest be a link")
}

/// Returns the folder that an error is about. Others are of lines in a `.gitignore` that nobody can
/// read, which `git` passes over, too.
fn unreadable_folder(error: ignore::Error) -> Option<(PathBuf, io::Error)> {
    match error {
        ignore::Error::WithDepth { err, .. } => unreadable_folder(*err),
        ignore::Error::WithPath { path, err } => err.into_io_error().map(|error| (path, error)),
        _ => None,
    }
}

fn nothing_below(folder: &Path) -> Error {
    let message =
        format!("no manifest in {}: none of {}", named(folder).display(), NAMES.join(", "));
    Error::new(Code::ManifestMissing, message).with_hint(advice![
        "name files of other names by a glob: ",
        Remedy::Validate { which: "FOLDER/**/*.yaml".to_owned() }.request()
    ])
}

/// Returns a folder by a name that it can be opened by: the one that is here has none of its own.
pub(super) fn named(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}
