//! Compresses the operations of the built-in providers: text that repeats itself, and that few commands
//! read.

use std::fs;
use std::io;
use std::path::Path;

/// The folder that has one for each provider.
const PROVIDERS: &str = "src/catalog/builtin";

/// The level of compression: the highest that is no slower than it is worth.
const LEVEL: u8 = 9;

/// Writes the operations of each provider as `SLUG.operations` into a folder: compressed (RFC
/// 1951). A provider without any has an empty list.
pub(crate) fn compress(folder: &Path) -> io::Result<()> {
    println!("cargo:rerun-if-changed={PROVIDERS}");
    for entry in fs::read_dir(PROVIDERS)? {
        let path = entry?.path();
        let Some(slug) = path.file_name().filter(|_| path.join("provider.json").is_file()) else {
            continue;
        };
        let text = match fs::read(path.join("operations.json")) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => b"[]".to_vec(),
            Err(error) => return Err(error),
        };
        let compressed = miniz_oxide::deflate::compress_to_vec(&text, LEVEL);
        fs::write(folder.join(slug).with_extension("operations"), compressed)?;
    }
    Ok(())
}
