//! The boundary of an isolated agent: what it must not be able to write, whatever was asked for.

use std::path::{Path, PathBuf};

/// A place that decides what runs outside, or that is not the agent's to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Guarded {
    /// What it is, in words.
    pub(super) what: &'static str,
    /// Where it is, without links.
    pub(super) path: PathBuf,
    /// Whether nothing in it may be written either.
    pub(super) is_closed: bool,
}

impl Guarded {
    /// A place in which other places may be written, but that may not be written as a whole.
    pub(super) fn open(what: &'static str, path: PathBuf) -> Self {
        Self { what, path, is_closed: false }
    }

    /// A place in which nothing may be written.
    pub(super) fn closed(what: &'static str, path: PathBuf) -> Self {
        Self { what, path, is_closed: true }
    }

    /// Returns why a path cannot be written, if it cannot.
    fn objection(&self, path: &Path) -> Option<String> {
        let at = self.path.display();
        if path == self.path {
            Some(format!("it is {} (`{at}`)", self.what))
        } else if self.path.starts_with(path) {
            Some(format!("{} lies in it (`{at}`)", self.what))
        } else if self.is_closed && path.starts_with(&self.path) {
            Some(format!("it lies in {} (`{at}`)", self.what))
        } else {
            None
        }
    }
}

/// Returns why a path cannot be written, if it cannot.
pub(super) fn objection(path: &Path, guarded: &[Guarded]) -> Option<String> {
    guarded.iter().find_map(|guarded| guarded.objection(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn objects(path: &str, expected: Option<&str>) {
        let guarded = [
            Guarded::open("your home", "/home/u".into()),
            Guarded::open("a folder of `PATH`", "/home/u/.local/bin".into()),
            Guarded::closed("the store", "/home/u/.local/share/xreq".into()),
        ];
        assert_eq!(objection(Path::new(path), &guarded).as_deref(), expected, "{path}");
    }

    #[test]
    fn what_is_or_holds_a_guarded_place_cannot_be_written() {
        objects("/home/u", Some("it is your home (`/home/u`)"));
        objects("/home", Some("your home lies in it (`/home/u`)"));
        objects("/", Some("your home lies in it (`/home/u`)"));
        objects("/home/u/.local", Some("a folder of `PATH` lies in it (`/home/u/.local/bin`)"));
        objects("/home/u/.local/share/xreq", Some("it is the store (`/home/u/.local/share/xreq`)"));
    }

    #[test]
    fn what_lies_in_a_closed_place_cannot_be_written() {
        objects(
            "/home/u/.local/share/xreq/grants",
            Some("it lies in the store (`/home/u/.local/share/xreq`)"),
        );
        objects("/home/u/project", None);
        objects("/home/user", None);
        objects("/home/u/.local/bin/project", None);
    }
}
