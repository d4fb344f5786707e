//! Prepares the built-in providers: their operations are compressed, text that repeats itself and that few
//! commands read, and each capability gets a line of its own, since a launch needs one or two of them.

use std::fs;
use std::io;
use std::path::Path;

/// The folder that has one for each provider.
const PROVIDERS: &str = "src/catalog/builtin";

/// The level of compression: the highest that is no slower than it is worth.
const LEVEL: u8 = 9;

/// The field of a provider, at its top, that has the capabilities.
const CAPABILITIES: &str = "\n  \"capabilities\": ";

/// Writes three files for each provider into a folder: `SLUG.provider` without capabilities,
/// `SLUG.capabilities` with a line for each key and one for what it means, and `SLUG.operations`, compressed
/// (RFC 1951). A provider without any has an empty list.
pub(crate) fn prepare(folder: &Path) -> io::Result<()> {
    println!("cargo:rerun-if-changed={PROVIDERS}");
    for entry in fs::read_dir(PROVIDERS)? {
        let path = entry?.path();
        let Some(slug) = path.file_name().filter(|_| path.join("provider.json").is_file()) else {
            continue;
        };
        let (provider, capabilities) = split(&fs::read_to_string(path.join("provider.json"))?);
        fs::write(folder.join(slug).with_extension("provider"), provider)?;
        fs::write(folder.join(slug).with_extension("capabilities"), capabilities)?;
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

/// Splits a provider into what it is without capabilities, and these.
fn split(text: &str) -> (String, String) {
    let field = text.find(CAPABILITIES).expect("a provider has capabilities");
    let start = field + CAPABILITIES.len();
    let end = start + end_of(&text[start..]);
    let mut rest = &text[start + 1..end];
    let mut lines = String::new();
    while let Some((_, from_key)) = rest.split_once('"') {
        let (key, behind) = from_key.split_once('"').expect("a key ends");
        let value = &behind[behind.find('{').expect("a capability is an object")..];
        let (value, behind) = value.split_at(end_of(value));
        // No text of JSON has a line break that is not escaped.
        lines.push_str(&format!("{key}\n{}\n", value.replace('\n', " ")));
        rest = behind;
    }
    (format!("{}{{}}{}", &text[..start], &text[end..]), lines)
}

/// Returns the end of the object that begins a text: the place behind its last bracket.
fn end_of(text: &str) -> usize {
    let (mut depth, mut is_quoted, mut is_escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b'{' if !is_quoted => depth += 1,
            b'}' if !is_quoted => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    panic!("an object of a built-in provider does not end")
}
