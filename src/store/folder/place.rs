//! The place of a record, and of the files beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::Result;
use crate::model::credential_id::CredentialId;
use crate::model::name::Slug;
use crate::store::record::Record;
use crate::sys::files;
use crate::sys::home::Home;
use crate::sys::home_file::unreadable;

const EXTENSION: &str = ".json";
const TEMPORARY: &str = "~.tmp";

/// A kind of record that is kept in files.
pub trait FileRecord: Record {
    /// Returns the place of the record of this name.
    fn place(home: &Home, name: &Self::Name) -> Place;
}

/// The place of one record: a name in a folder.
///
/// Beside `work.json` there may lie `.work.lock` and, while a writer works, `.work~.tmp`. Since no
/// name starts with a dot or ends in a `~`, these belong to `work` alone and to no other record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    folder: PathBuf,
    stem: String,
}

impl Place {
    pub(in crate::store) fn new(folder: PathBuf, stem: &str) -> Self {
        Self { folder, stem: stem.to_owned() }
    }

    /// Returns the place of a credential: `PROVIDER/ACCOUNT`, and behind it the kind and the part where
    /// these are not the usual ones.
    pub(in crate::store) fn of_credential(folder: &Path, id: &CredentialId) -> Self {
        Self::new(folder.join(id.provider.as_str()), &format!("{}{}", id.account, id.suffix()))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the file of the record itself.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.join(format!("{}{EXTENSION}", self.stem))
    }

    /// Returns the file whose lock guards the record.
    pub(super) fn lock_file(&self) -> PathBuf {
        self.folder.join(format!(".{}.lock", self.stem))
    }

    /// Returns the file that a writer fills before it takes the place of the record.
    pub(super) fn temporary(&self) -> PathBuf {
        self.folder.join(format!(".{}{TEMPORARY}", self.stem))
    }
}

/// Returns the names of the records in a folder, in order. A file without the name of a record is
/// not ours.
pub(super) fn records_in<N: FromStr + Ord>(folder: &Path) -> Result<Vec<N>> {
    records(folder, |stem| stem.parse().ok())
}

/// Returns the credentials of a provider in a folder, in order.
pub(super) fn grants_in(folder: &Path, provider: &Slug) -> Result<Vec<CredentialId>> {
    let credential = |stem: &str| CredentialId::with_suffix(provider.clone(), stem);
    records(&folder.join(provider.as_str()), credential)
}

fn records<N: Ord>(folder: &Path, read: impl Fn(&str) -> Option<N>) -> Result<Vec<N>> {
    names(folder, |entry| {
        let name = entry.file_name();
        Ok(name.to_str().and_then(|name| read(name.strip_suffix(EXTENSION)?)))
    })
}

/// Lists the names of the records in a folder, and of those of which a writer left its temporary.
pub(super) fn written_in<N: FromStr + Ord>(folder: &Path) -> Result<Vec<N>> {
    written(folder, |stem| stem.parse().ok())
}

/// Does the same for the credentials of a provider.
pub(super) fn grants_written_in(folder: &Path, provider: &Slug) -> Result<Vec<CredentialId>> {
    let credential = |stem: &str| CredentialId::with_suffix(provider.clone(), stem);
    written(&folder.join(provider.as_str()), credential)
}

fn written<N: Ord>(folder: &Path, read: impl Fn(&str) -> Option<N>) -> Result<Vec<N>> {
    let mut all: Vec<N> = names(folder, |entry| {
        let name = entry.file_name();
        let written = |name: &str| {
            let temporary = || name.strip_prefix('.')?.strip_suffix(TEMPORARY);
            read(name.strip_suffix(EXTENSION).or_else(temporary)?)
        };
        Ok(name.to_str().and_then(written))
    })?;
    all.dedup();
    Ok(all)
}

/// Returns the names of the folders in a folder, in order.
pub(super) fn folders_in<N: FromStr + Ord>(folder: &Path) -> Result<Vec<N>> {
    names(folder, |entry| {
        let Some(name) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            return Ok(None);
        };
        let kind = entry.file_type()?;
        // A link that leads nowhere hides what somebody put there.
        let is_folder = kind.is_dir() || kind.is_symlink() && files::is_folder(&entry.path())?;
        Ok(is_folder.then_some(name))
    })
}

fn names<N: Ord>(
    folder: &Path,
    name: impl Fn(&fs::DirEntry) -> io::Result<Option<N>>,
) -> Result<Vec<N>> {
    let unreadable = |error| unreadable(folder, &error);
    let Some(entries) = files::entries(folder).map_err(unreadable)? else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.and_then(|entry| name(&entry)).map_err(unreadable)?);
    }
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::model::credential_id::Kind;
    use crate::model::name::Label;

    #[test]
    fn the_usual_grant_of_an_account_has_the_shortest_name() {
        let usual = CredentialId::grant("x".parse().expect("a name"), Label::default());
        let bot = CredentialId { part: "bot".parse().expect("a name"), ..usual.clone() };
        let of_app = CredentialId { kind: Kind::AppOnly, ..usual.clone() };
        let file = |id: &CredentialId| Place::of_credential(Path::new("grants"), id).file();
        assert_eq!(file(&usual), Path::new("grants/x/default.json"));
        assert_eq!(file(&bot), Path::new("grants/x/default~oauth2~bot.json"));
        assert_eq!(file(&of_app), Path::new("grants/x/default~app_only~main.json"));
    }

    #[test]
    fn credentials_are_listed_with_all_of_their_kinds_and_parts() {
        let folder = tempfile::tempdir().expect("a folder");
        let x: Slug = "x".parse().expect("a name");
        let usual = CredentialId::grant(x.clone(), "work".parse().expect("a name"));
        let bot = CredentialId { part: "bot".parse().expect("a name"), ..usual.clone() };
        let of_app = CredentialId { kind: Kind::AppOnly, ..usual.clone() };
        fs::create_dir(folder.path().join("x")).expect("a folder");
        let written = Place::of_credential(folder.path(), &bot);
        for id in [&usual, &of_app] {
            let place = Place::of_credential(folder.path(), id);
            fs::write(place.file(), "").expect("there is room");
            fs::write(place.lock_file(), "").expect("there is room");
        }
        fs::write(written.temporary(), "").expect("there is room");
        let there = grants_in(folder.path(), &x).expect("it is readable");
        assert_eq!(there.iter().collect::<HashSet<_>>(), [&usual, &of_app].into());
        let all = grants_written_in(folder.path(), &x).expect("it is readable");
        assert_eq!(all.iter().collect::<HashSet<_>>(), [&usual, &bot, &of_app].into());
    }
}
