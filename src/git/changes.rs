//! The files that changed since a commit.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::path::path;
use super::repository::Repository;
use super::revision::Commit;
use crate::error::Result;

/// The mode of a symbolic link.
const LINK: &[u8] = b"120000";

/// A file that is not as it was. Paths start at the top of the working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// Its path, or its last one.
    pub file: PathBuf,
    /// Its path before, if it moved.
    pub before: Option<PathBuf>,
    /// `true` if it no longer exists.
    pub is_gone: bool,
    /// `true` if it is a link, or was one.
    pub is_link: bool,
}

impl Repository {
    /// Returns the files of the working tree that are not as they were in a commit: changed,
    /// deleted, added, moved, or new and not ignored; sorted by their paths. A file that moved is
    /// also listed as gone from its old path.
    ///
    /// # Errors
    ///
    /// `git` cannot say what changed.
    pub fn changed_since(&self, commit: &Commit) -> Result<Vec<ChangedFile>> {
        // Without all texts, none is compared with another one.
        let moved = if self.isolation.is_partial() { "-M100%" } else { "-M" };
        let listed = self.ask(&[
            "diff",
            "--raw",
            "-z",
            moved,
            "--no-ext-diff",
            "--ignore-submodules=all",
            &commit.0,
            "--",
        ])?;
        let mut files = changes(&listed);
        let untracked =
            self.ask(&["ls-files", "--others", "--exclude-standard", "--full-name", "-z", ":/"])?;
        let fields = untracked.split(|byte| *byte == 0).filter(|field| !field.is_empty());
        files.extend(fields.map(|field| ChangedFile {
            file: path(field),
            before: None,
            is_gone: false,
            is_link: false,
        }));
        // What was deleted from the index and is still there is in both lists.
        files.sort_by(|a, b| a.file.cmp(&b.file).then(a.is_gone.cmp(&b.is_gone)));
        files.dedup_by(|next, first| next.file == first.file);
        Ok(files)
    }

    /// Returns the links that the index has, of those with one of these names.
    ///
    /// # Errors
    ///
    /// `git` cannot read its index.
    pub fn links(&self, names: &[&str]) -> Result<HashSet<PathBuf>> {
        let wanted: Vec<_> = names.iter().map(|name| format!(":(top,glob)**/{name}")).collect();
        let wanted: Vec<_> = wanted.iter().map(Path::new).collect();
        let listed = self.ask_of(&["ls-files", "--stage", "--full-name", "-z", "--"], &wanted)?;
        let entries = listed.split(|byte| *byte == 0);
        let links = entries.filter(|entry| entry.starts_with(LINK));
        Ok(links
            .filter_map(|entry| entry.splitn(2, |byte| *byte == b'\t').nth(1))
            .map(path)
            .collect())
    }
}

/// Reads `git diff --raw -z`: `:MODE MODE ID ID STATUS`, and one path, or two of what moved.
fn changes(listed: &[u8]) -> Vec<ChangedFile> {
    let mut fields = listed.split(|byte| *byte == 0);
    let mut files = Vec::new();
    while let (Some(about), Some(first)) = (fields.next(), fields.next()) {
        let words: Vec<_> = about.split(|byte| *byte == b' ').collect();
        let [old_mode, mode, _, _, status] = words[..] else { break };
        let moved = if status.starts_with(b"R") { fields.next() } else { None };
        let is_link = mode == LINK || old_mode.strip_prefix(b":") == Some(LINK);
        let is_gone = moved.is_some() || status.starts_with(b"D");
        files.push(ChangedFile { file: path(first), before: None, is_gone, is_link });
        if let Some(moved) = moved {
            let before = Some(path(first));
            files.push(ChangedFile { file: path(moved), before, is_gone: false, is_link });
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_git_is_read() {
        let listed = b":100644 100644 aa 00 M\0a\nb\0:100644 000000 aa 00 D\0gone\0\
                       :100644 100644 aa bb R087\0old\0new\0:120000 100644 aa 00 T\0link\0";
        let read: Vec<_> = changes(listed)
            .into_iter()
            .map(|c| {
                let before = c.before.map(|before| before.display().to_string());
                (c.file.display().to_string(), before, c.is_gone, c.is_link)
            })
            .collect();
        assert_eq!(
            read,
            [
                ("a\nb".to_owned(), None, false, false),
                ("gone".to_owned(), None, true, false),
                ("old".to_owned(), None, true, false),
                ("new".to_owned(), Some("old".to_owned()), false, false),
                ("link".to_owned(), None, false, true),
            ]
        );
    }
}
