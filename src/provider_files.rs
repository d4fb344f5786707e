//! Reads the provider files of the user into the catalog, which itself knows no files.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::catalog::{Catalog, MAX_FILE_BYTES};
use crate::error::{Code, Error, Result};

/// The built-in providers, those in the provider files of a folder (by file name; a folder that is
/// not there has none), and those in `files`.
///
/// # Errors
///
/// [`Code::FileUnreadable`] where a file cannot be read, and those of [`Catalog::add_file`].
pub fn catalog(folder: Option<&Path>, files: &[PathBuf]) -> Result<Catalog> {
    let mut catalog = Catalog::builtin();
    let in_folder = folder.map(provider_files).transpose()?.unwrap_or_default();
    for file in in_folder.iter().chain(files) {
        catalog.add_file(file, &content(file)?)?;
    }
    Ok(catalog)
}

/// The provider files of a folder, by name. A folder that is not there has none.
fn provider_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, &error)),
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

/// Whether a file of the folder holds a provider: editors leave hidden files beside it.
fn is_provider_file(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let extension = path.extension().and_then(|extension| extension.to_str());
    !hidden && matches!(extension, Some("yaml" | "yml" | "json")) && path.is_file()
}

/// One byte more than a file may have is enough to know that it is too large.
fn content(file: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAX_FILE_BYTES as u64 + 1;
    File::open(file)
        .and_then(|opened| opened.take(limit).read_to_end(&mut bytes))
        .map_err(|error| unreadable(file, &error))?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::new(Code::FileUnreadable, format!("`{}` cannot be read: {error}", path.display()))
}
