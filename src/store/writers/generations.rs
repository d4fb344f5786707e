//! The generation of each record that this machine saw last.
//!
//! One small file a record, so that using a record costs the same however many others there are. It is
//! written in place, and never synced: a machine that stops may forget the last one, and tells less.

use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::error::Result;
use crate::sys::files;
use crate::sys::state::StateFolder;

/// Returns the name of the file of a record in the folder of its store, which no two records share: none
/// has a `~` in its name.
pub(super) fn name(store: &Path, record: &Path) -> String {
    let inner = record.strip_prefix(store).unwrap_or(record).with_extension("");
    let parts: Vec<_> = inner.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("~")
}

/// Returns the generation that was seen last; 0 where none was, or the file is damaged.
pub(super) fn seen(folder: &StateFolder, file: &str) -> Result<u64> {
    let content = folder.read(file)?.unwrap_or_default();
    let text = str::from_utf8(&content).unwrap_or_default();
    Ok(text.trim_ascii().parse().unwrap_or_default())
}

/// Notes a generation. All texts have the same length, so that a reader finds the old one or the new
/// one.
pub(super) fn note(folder: &StateFolder, file: &str, generation: u64) -> Result<()> {
    let written = |path: &Path| -> io::Result<()> {
        files::make_folder(path.parent().unwrap_or(path))?;
        files::own(path)?.write_all_at(format!("{generation:020}\n").as_bytes(), 0)
    };
    folder.with_path(file, written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_has_a_file_of_its_own() {
        let name = |record: &str| name(Path::new("/s"), &Path::new("/s").join(record));
        assert_eq!(name("grants/x/a.b.json"), "grants~x~a.b");
        assert_eq!(name("pending/x/default.json"), "pending~x~default");
        assert_eq!(name("secrets/A.json"), "secrets~A");
    }
}
