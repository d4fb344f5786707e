//! Manifests with what they were before this branch left a revision.
//!
//! The manifest that rules a folder is the first of those in it. If another takes over, it is compared
//! with the one that ruled before, so that no change of names hides what an agent can do now.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::app::context::Context;
use crate::app::diff::pair::Pair;
use crate::app::display_paths::Names;
use crate::app::manifest_discovery::NAMES;
use crate::app::manifest_discovery::{ManifestPlace, is_there};
use crate::app::manifest_source::LoadedManifest;
use crate::app::manifests::{Changes, is_manifest, no_link};
use crate::error::Result;
use crate::git::{ChangedFile, Id, Texts};
use crate::manifest::yaml;

/// Pairs the manifests that changed, of those that paths name; without paths, of the whole repository.
///
/// # Errors
///
/// `git` cannot say what changed, or a path is a glob that cannot be read.
pub(super) fn since(
    revision: &str,
    paths: &[PathBuf],
    names: &Names,
    context: &Context,
) -> Result<Vec<Result<Pair>>> {
    let mut changes = Changes::since(revision, context)?;
    let links = doubtful_links(&changes)?;
    changes.files.extend(links);
    let chosen = changes.chosen(paths)?;
    let files = chosen.changed();
    let others: Vec<_> = chosen.others.into_iter().map(new).collect();
    let before = Before::of(&changes, files.iter().copied().chain(&others))?;
    let mut sides = before.sides(&files);
    let unknown = others.iter().filter(|file| !before.entries.contains_key(&file.file));
    sides.extend(unknown.map(|file| Sides::new(None, &file.file)));
    let mut pairs: Vec<_> = chosen.failures.into_iter().map(Err).collect();
    let mut reader = Reader { before: &before, texts: None, revision, names };
    pairs.extend(sides.iter().map(|sides| reader.pair(sides)));
    Ok(pairs)
}

/// Returns links in the place of manifests that are as they were, but may lead to something that is not.
fn doubtful_links(changes: &Changes) -> Result<Vec<ChangedFile>> {
    let known: HashSet<_> = changes.files.iter().map(|changed| changed.file.as_path()).collect();
    let any_changed = changes.files.iter().any(|changed| changed.is_link);
    let top = Path::new(".").join(changes.repository.top()).canonicalize().ok();
    let leads_to_known = |link: &Path| {
        let target = changes.here(link).canonicalize().ok();
        let target =
            target.as_ref().zip(top.as_ref()).map(|(target, top)| target.strip_prefix(top));
        matches!(target, Some(Ok(target)) if !known.contains(target))
    };
    let links = changes.repository.links(&NAMES)?.into_iter();
    let links = links.filter(|link| !known.contains(link.as_path()));
    Ok(links.filter(|link| any_changed || !leads_to_known(link)).map(new).collect())
}

/// Creates a file of which nothing is known but that it is there.
fn new(file: PathBuf) -> ChangedFile {
    ChangedFile { file, before: None, is_gone: false, is_link: false }
}

/// The state before the change.
struct Before<'a> {
    changes: &'a Changes,
    /// Entries that there were, of all that can be asked for; a link and the like without a text.
    entries: HashMap<PathBuf, Option<Id>>,
}

/// Two files to compare, by their paths from the top of the working tree; nothing stands for a
/// manifest that requires nothing.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Sides {
    /// Name of the newer one, which may be gone.
    name: PathBuf,
    old: Option<PathBuf>,
    is_gone: bool,
}

impl Sides {
    fn new(old: Option<&Path>, new: &Path) -> Self {
        Self { name: new.to_owned(), old: old.map(Path::to_owned), is_gone: false }
    }
}

impl<'a> Before<'a> {
    fn of<'b>(changes: &'a Changes, of: impl Iterator<Item = &'b ChangedFile>) -> Result<Self> {
        let mut asked = BTreeSet::new();
        for file in of.flat_map(|changed| [Some(&changed.file), changed.before.as_ref()]).flatten()
        {
            if is_manifest(file) {
                asked.extend(manifests_of(folder(file)));
            }
            asked.insert(file.clone());
        }
        let asked = asked.iter().map(PathBuf::as_path);
        let entries = changes.repository.entries_in(&changes.base, asked)?;
        Ok(Self { changes, entries })
    }

    /// Returns the sides to compare, sorted by the names.
    fn sides(&self, changed: &[&ChangedFile]) -> BTreeSet<Sides> {
        let gone: HashSet<_> =
            changed.iter().filter(|c| c.is_gone).map(|c| c.file.as_path()).collect();
        let there = changed.iter().filter(|changed| !changed.is_gone);
        let mut sides: BTreeSet<_> =
            there.map(|changed| Sides::new(self.older(changed, &gone), &changed.file)).collect();
        let told: HashSet<_> = sides.iter().filter_map(|sides| sides.old.clone()).collect();
        for file in gone {
            if let Some(heir) = self.heir(file) {
                sides.insert(Sides::new(Some(file), &heir));
            } else if !told.contains(file) {
                let old = Some(file.to_owned());
                sides.insert(Sides { name: file.to_owned(), old, is_gone: true });
            }
        }
        sides
    }

    /// Returns the older side of a file: itself; the one that ruled its folder, if it rules that now; or
    /// its earlier place, if its content counted there.
    fn older<'b>(&'b self, changed: &'b ChangedFile, gone: &HashSet<&Path>) -> Option<&'b Path> {
        let file = changed.file.as_path();
        if self.entries.contains_key(file) {
            return Some(file);
        }
        if is_manifest(file)
            && self.ruling(folder(file)).is_some_and(|ruling| ruling == file)
            && let Some(ruled) = self.ruled(folder(file))
        {
            return Some(ruled);
        }
        let counted = |before: &&Path| {
            if is_manifest(before) {
                self.ruled(folder(before)) == Some(before)
            } else {
                gone.contains(before)
            }
        };
        changed.before.as_deref().filter(counted)
    }

    /// Returns the manifest that takes the place of one that is gone.
    fn heir(&self, gone: &Path) -> Option<PathBuf> {
        let folder = folder(gone);
        let has_ruled = is_manifest(gone) && self.ruled(folder) == Some(gone);
        if has_ruled { self.ruling(folder) } else { None }
    }

    fn ruled(&self, folder: &Path) -> Option<&Path> {
        let mut manifests = manifests_of(folder);
        manifests.find_map(|file| self.entries.get_key_value(&file)).map(|(file, _)| file.as_path())
    }

    fn ruling(&self, folder: &Path) -> Option<PathBuf> {
        manifests_of(folder).find(|file| is_there(&self.changes.here(file)))
    }
}

/// Reads what is compared.
struct Reader<'a> {
    before: &'a Before<'a>,
    /// Started when there is something to read.
    texts: Option<Texts>,
    revision: &'a str,
    names: &'a Names,
}

impl Reader<'_> {
    fn pair(&mut self, sides: &Sides) -> Result<Pair> {
        let path = self.before.changes.here(&sides.name);
        let new = if sides.is_gone {
            LoadedManifest::parse(self.names.of(&path), Vec::new())
        } else if path.is_symlink() {
            return Err(no_link(&path));
        } else {
            LoadedManifest::read(&ManifestPlace::found(&path), self.names.of(&path))?
        };
        let old = sides.old.as_ref().unwrap_or(&sides.name);
        let name = self.names.of(&self.before.changes.here(old));
        let text = self.text(sides.old.as_deref())?;
        let old = LoadedManifest::parse(format!("{}:{name}", self.revision), text);
        Ok(Pair { old: old.or_nothing(), new: new.or_nothing() })
    }

    /// Returns the earlier text of a file; empty if it was none.
    fn text(&mut self, old: Option<&Path>) -> Result<Vec<u8>> {
        let entry = old.and_then(|old| self.before.entries.get(old));
        let Some(Some(id)) = entry else { return Ok(Vec::new()) };
        let texts = match &mut self.texts {
            Some(texts) => texts,
            none => none.insert(self.before.changes.repository.texts()?),
        };
        // One byte more than a manifest may have is enough to know that it is too large.
        texts.read(id, yaml::MAX_BYTES as u64 + 1)
    }
}

fn folder(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

fn manifests_of(folder: &Path) -> impl Iterator<Item = PathBuf> {
    NAMES.iter().map(|name| folder.join(name))
}
