//! A folder that stands before `git` in the place of a repository's own: it has the branches of the
//! repository, and none of its settings, hooks and attributes.
//!
//! Settings can name programs in more ways than anybody lists, and each version of `git` adds some.
//! So what `git` reads is a file with those few settings that say how the repository is stored, which
//! also takes the filters away that the user has configured for all repositories.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::program::{Program, answer};
use super::tree::Tree;
use crate::error::{Code, Error, Remedy, Result};

/// The settings that `git` gets from the repository: its format, and what its file system is like.
const KEPT: [&str; 11] = [
    "core.repositoryformatversion",
    "core.autocrlf",
    "core.checkstat",
    "core.eol",
    "core.filemode",
    "core.ignorecase",
    "core.precomposeunicode",
    "core.sparsecheckout",
    "core.sparsecheckoutcone",
    "core.symlinks",
    "core.trustctime",
];

/// Says more of the format.
const EXTENSIONS: &str = "extensions.";

/// Extensions that say that more settings are elsewhere, or that objects are.
const NOT_KEPT: [&str; 2] = ["extensions.partialclone", "extensions.worktreeconfig"];

/// The parts of a repository that are its own: branches and tags in either format, their history, the
/// list of files that are left out.
const LINKED: [&str; 6] = ["refs", "packed-refs", "reftable", "logs", "shallow", "info/exclude"];

pub(super) const PARTIAL: &str = "this is a partial clone, for which nothing is fetched here; get \
    what is missing first: `git fetch --refetch --no-filter`";

/// The folder, which is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Isolation {
    folder: TempDir,
    variables: [(&'static str, PathBuf); 4],
    is_partial: bool,
}

impl Isolation {
    /// Makes the folder for a working tree.
    ///
    /// # Errors
    ///
    /// It cannot be made, or `git` cannot read the settings.
    pub(super) fn of(tree: &Tree, program: &Program) -> Result<Self> {
        let folder = TempDir::with_prefix("xreq-git-").map_err(|error| not_made(&error))?;
        let settings = settings(&tree.common, program)?;
        let is_partial = settings.iter().any(|(name, _)| says_partial(name));
        let isolation = Self {
            variables: [
                ("GIT_DIR", tree.git_dir.clone()),
                ("GIT_WORK_TREE", tree.root.clone()),
                ("GIT_COMMON_DIR", folder.path().to_owned()),
                ("GIT_OBJECT_DIRECTORY", tree.common.join("objects")),
            ],
            folder,
            is_partial,
        };
        isolation.fill(&tree.common, &settings).map_err(|error| not_made(&error))?;
        let filters = isolation.filters(tree, program)?;
        isolation.write(&settings, &filters).map_err(|error| not_made(&error))?;
        Ok(isolation)
    }

    /// Returns the variables by which `git` takes this folder.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_path()))
    }

    /// Returns whether the clone lacks objects, which are not fetched here.
    pub(super) fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// Adds the way out to a failure that may come of objects which are not here.
    pub(super) fn explained(&self, error: Error) -> Error {
        if self.is_partial && error.remedy().is_none() { error.with_hint(PARTIAL) } else { error }
    }

    fn fill(&self, common: &Path, settings: &[Setting]) -> io::Result<()> {
        let folder = self.folder.path();
        fs::create_dir(folder.join("info"))?;
        for name in LINKED {
            if common.join(name).exists() {
                symlink(common.join(name), folder.join(name))?;
            }
        }
        // A repository without this folder is none.
        if !folder.join("refs").exists() {
            fs::create_dir(folder.join("refs"))?;
        }
        self.write(settings, &[])
    }

    fn write(&self, settings: &[Setting], filters: &[String]) -> io::Result<()> {
        fs::write(self.folder.path().join("config"), text(settings, filters))
    }

    /// Returns the names of the filters that the user has configured, which files of the repository
    /// can ask for.
    fn filters(&self, tree: &Tree, program: &Program) -> Result<Vec<String>> {
        let mut command = program.command(&tree.root);
        command.envs(self.variables());
        let mut filters: Vec<_> = listed(&answer(command.args(["config", "--list", "-z"]))?)
            .filter_map(|(name, _)| {
                Some(name.strip_prefix("filter.")?.rsplit_once('.')?.0.to_owned())
            })
            .collect();
        filters.sort_unstable();
        filters.dedup();
        Ok(filters)
    }
}

/// A name in lower case but for its middle part, and a value where there is one.
type Setting = (String, Option<String>);

/// Returns the settings of a repository, without those of the files that they include.
fn settings(common: &Path, program: &Program) -> Result<Vec<Setting>> {
    let file = common.join("config");
    if !file.exists() {
        return Ok(Vec::new());
    }
    let mut command = program.command(common);
    command.args(["config", "--no-includes", "--list", "-z", "--file"]).arg(file);
    // `git` looks for no repository of its own.
    command.env("GIT_DIR", "/dev/null");
    Ok(listed(&answer(&mut command)?).collect())
}

/// Returns whether a setting says that objects are elsewhere.
fn says_partial(name: &str) -> bool {
    name == NOT_KEPT[0] || name.starts_with("remote.") && name.ends_with(".promisor")
}

/// Reads `git config --list -z`.
fn listed(text: &[u8]) -> impl Iterator<Item = Setting> {
    text.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()).map(|entry| {
        let entry = String::from_utf8_lossy(entry);
        match entry.split_once('\n') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (entry.into_owned(), None),
        }
    })
}

/// Returns the text of the settings file: what is kept, and filters that do nothing.
fn text(settings: &[Setting], filters: &[String]) -> String {
    let mut text = "[core]\n\tbare = false\n".to_owned();
    let is_kept = |name: &str| {
        KEPT.contains(&name) || name.starts_with(EXTENSIONS) && !NOT_KEPT.contains(&name)
    };
    for (name, value) in settings.iter().filter(|(name, _)| is_kept(name)) {
        if let Some((section, name)) = name.split_once('.') {
            let value =
                value.as_ref().map_or_else(String::new, |value| format!(" = {}", quoted(value)));
            text.push_str(&format!("[{section}]\n\t{name}{value}\n"));
        }
    }
    for filter in filters {
        let filter = quoted(filter);
        text.push_str(&format!(
            "[filter {filter}]\n\tclean =\n\tsmudge =\n\tprocess =\n\trequired = false\n"
        ));
    }
    text
}

fn quoted(value: &str) -> String {
    let value = value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{value}\"")
}

fn not_made(error: &io::Error) -> Error {
    let message = "cannot make a temporary folder for `git`";
    Error::of_system(Code::GitFailed, message, error)
        .with_remedy(Remedy::SetVariable { name: "TMPDIR", to: "a folder that can be written" })
}
