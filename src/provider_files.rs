//! The provider files of the user, read into the catalog, which itself knows no files.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::catalog::{Catalog, HostClaim, MAX_FILE_BYTES, Provider};
use crate::error::{Code, Error, Result};
use crate::sys::files;
use crate::sys::files::{Links, Trust};

/// A judgement of a provider file whose provider has hosts of others; the error says why it is refused.
pub type Agreement<'a> = &'a dyn Fn(&Path, &Provider, &[HostClaim]) -> Result<()>;

/// The folder of the user's provider files.
pub struct ProviderFolder<'a> {
    /// Its path. A folder that is not there has no files.
    pub path: &'a Path,
    /// The owners that it and its files may have, if others must not be able to change them.
    pub trust: Option<&'a Trust>,
    /// The judgement of files with hosts of others.
    pub agree: Agreement<'a>,
}

/// Loads the built-in providers, those of a folder by file name, and those in `named`.
///
/// # Errors
///
/// [`Code::FileUnreadable`] where a file cannot be read, [`Code::HomeUntrusted`], and those of
/// [`Catalog::add_agreed_file`].
pub fn catalog(folder: Option<&ProviderFolder<'_>>, named: &[PathBuf]) -> Result<Catalog> {
    let mut catalog = Catalog::builtin();
    let trust = folder.and_then(|folder| folder.trust);
    let files = folder.map(|folder| list(folder.path, trust)).transpose()?;
    for (folder, file) in
        folder.into_iter().flat_map(|folder| files.iter().flatten().map(move |file| (folder, file)))
    {
        let opened = files::open(file, Links::Followed, trust);
        let opened = opened.map_err(|error| unreadable(file, &error))?;
        // A file that was removed since the folder was read is not in it.
        let Some((opened, _)) = opened else { continue };
        let bytes = content(opened, file)?;
        catalog.add_agreed_file(file, &bytes, |new, claims| (folder.agree)(file, new, claims))?;
    }
    for file in named {
        let opened = files::stream(file).map_err(|error| unreadable(file, &error))?;
        catalog.add_file(file, &content(opened, file)?)?;
    }
    Ok(catalog)
}

/// Lists the provider files of a folder, by name. A folder that is not there has none.
///
/// # Errors
///
/// [`Code::FileUnreadable`] where the folder cannot be read, [`Code::HomeUntrusted`].
pub fn list(folder: &Path, trust: Option<&Trust>) -> Result<Vec<PathBuf>> {
    let judged = trust.map_or(Ok(()), |trust| trust.folder(folder));
    let entries = judged.and_then(|()| files::entries(folder));
    let Some(entries) = entries.map_err(|error| unreadable(folder, &error))? else {
        return Ok(Vec::new());
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if is_provider_file(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Returns whether a file of the folder holds a provider: editors leave hidden files beside it. A
/// file that is called like one is opened, and refused if it is none.
fn is_provider_file(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let extension = path.extension().and_then(|extension| extension.to_str());
    !hidden && matches!(extension, Some("yaml" | "yml" | "json")) && !path.is_dir()
}

/// Reads a provider file. One byte more than a file may have is enough to know that it is too
/// large.
fn content(opened: File, file: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAX_FILE_BYTES as u64 + 1;
    opened.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(file, &error))?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let message = format!("`{}` cannot be read", path.display());
    files::failure(Code::FileUnreadable, &message, error, "make it a file that you can read")
}
