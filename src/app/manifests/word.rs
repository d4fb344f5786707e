//! One argument: a file, a folder, or a glob.

use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::error::{Code, Error, Result};
use crate::text::escape::legible;

/// Characters that make a path a glob, if there is no such file.
const WILD: [char; 4] = ['*', '?', '[', '{'];

/// The files that one argument names.
pub(super) enum Word {
    /// A file, which need not exist.
    File(PathBuf),
    /// A folder; nothing for the one that is here.
    Folder(PathBuf),
    /// Files of any name.
    Glob(Glob),
}

/// A folder, and what is wanted of the files below it.
pub(super) struct Glob {
    /// The argument.
    pub(super) text: String,
    /// The folder that is named without a wildcard; nothing for the one that is here.
    pub(super) root: PathBuf,
    /// Whether hidden folders are looked into.
    pub(super) names_hidden: bool,
    /// Number of levels of folders that the matching files can be below the root, if that is bounded.
    pub(super) depth: Option<usize>,
    matcher: GlobMatcher,
}

impl Word {
    /// Reads an argument, and looks whether there is such a file or folder.
    ///
    /// # Errors
    ///
    /// It is a glob that cannot be read.
    pub(super) fn of(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Ok(Self::Folder(plain(path)));
        }
        match path.to_str() {
            Some(text) if text.contains(WILD) && path.symlink_metadata().is_err() => {
                Glob::of(text).map(Self::Glob)
            }
            _ => Ok(Self::File(plain(path))),
        }
    }

    /// Reads arguments that are no standard input.
    ///
    /// # Errors
    ///
    /// One of them is a glob that cannot be read.
    pub(super) fn all<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<Vec<Self>> {
        paths.into_iter().map(|path| Self::of(path)).collect()
    }

    /// Returns the file itself, or the folder below which to look.
    pub(super) fn root(&self) -> &Path {
        match self {
            Self::File(path) | Self::Folder(path) => path,
            Self::Glob(glob) => &glob.root,
        }
    }
}

impl Glob {
    fn of(text: &str) -> Result<Self> {
        let is_plain = |part: &&str| !part.contains(WILD) && !part.contains('\\');
        let root: usize = text.split_inclusive('/').take_while(is_plain).map(str::len).sum();
        let (root, pattern) = text.split_at(root);
        let glob = GlobBuilder::new(pattern).literal_separator(true).build().map_err(|error| {
            let message = format!("`{}` is no glob: {}", legible(text), error.kind());
            Error::new(Code::BadArgument, message)
                .with_hint("there is no file of this name; `[*]` stands for a `*` itself")
        })?;
        Ok(Self {
            text: text.to_owned(),
            root: plain(Path::new(root)),
            names_hidden: pattern.starts_with('.') || pattern.contains("/."),
            depth: (!pattern.contains("**")).then(|| pattern.matches('/').count() + 1),
            matcher: glob.compile_matcher(),
        })
    }

    /// Returns whether a file is wanted, by its path from the root.
    pub(super) fn takes(&self, file: &Path) -> bool {
        self.matcher.is_match(file)
    }
}

/// Returns the same path without a `.` in it.
pub(super) fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str) -> Glob {
        Glob::of(text).expect("it is a glob")
    }

    #[test]
    fn a_glob_starts_at_the_folder_that_is_named() {
        for (text, root, depth) in [
            ("*.yaml", "", Some(1)),
            ("./agents/*/xreq.yaml", "agents", Some(2)),
            ("a/b/**/inf.yml", "a/b", None),
            ("/srv/{a,b/c}/x", "/srv", Some(3)),
            ("../x?", "..", Some(1)),
            ("a\\[b/*", "", Some(2)),
        ] {
            let glob = glob(text);
            assert_eq!((glob.root.as_path(), glob.depth), (Path::new(root), depth), "{text}");
        }
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        let one = glob("agents/*/xreq.yaml");
        assert!(one.takes(Path::new("a/xreq.yaml")));
        assert!(!one.takes(Path::new("a/b/xreq.yaml")));
        let all = glob("**/inf.yml");
        assert!(["inf.yml", "a/inf.yml", "a/b/inf.yml"].iter().all(|p| all.takes(Path::new(p))));
        assert!(!all.takes(Path::new("a/xinf.yml")));
    }

    #[test]
    fn hidden_folders_are_looked_into_where_they_are_named() {
        assert!(glob("*/.config/x.yaml").names_hidden && glob(".*/x.yaml").names_hidden);
        assert!(!glob("*/x.yaml").names_hidden && !glob(".github/*/x.yaml").names_hidden);
    }
}
