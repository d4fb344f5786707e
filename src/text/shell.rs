//! Commands that a person can paste into a shell.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::text::escape::is_odd;

/// Returns a text as a POSIX shell reads it as one word: as it is, or in quotes where it has to be.
pub fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%=".contains(c);
    if !text.is_empty() && !text.starts_with('=') && text.chars().all(is_plain) {
        text.to_owned()
    } else if text.contains(is_odd) {
        by_number("", text.as_bytes())
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Returns a path as a shell reads it as one word that is no option. In the place where it is
/// shown, nothing of it may be written otherwise: so bytes that a terminal does not show as they
/// are stand as numbers (`$'\ooo'`, as of POSIX.1-2024).
pub fn path(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    let folder = if bytes.starts_with(b"-") { "./" } else { "" };
    let is_shown = |c: char| c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric();
    if let Some(text) = path.to_str().filter(|text| text.chars().all(is_shown)) {
        return word(&format!("{folder}{text}"));
    }
    by_number(folder, bytes)
}

/// Quotes bytes so that those that a terminal does not show as they are stand as numbers.
fn by_number(before: &str, bytes: &[u8]) -> String {
    let mut quoted = format!("$'{before}");
    for byte in bytes {
        match byte {
            b'\'' | b'\\' => quoted.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => quoted.push(char::from(*byte)),
            _ => quoted.push_str(&format!("\\{byte:03o}")),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::process::Command;

    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        for (text, quoted) in [
            ("/tmp/a-b_c.json", "/tmp/a-b_c.json"),
            ("a b", "'a b'"),
            ("", "''"),
            ("it's", r"'it'\''s'"),
            ("$(x)", "'$(x)'"),
            ("~", "'~'"),
            ("a\n\u{1b}'", r"$'a\012\033\''"),
        ] {
            assert_eq!(word(text), quoted);
        }
    }

    #[test]
    fn a_path_is_one_word_that_names_the_same_file() {
        let quoted = |bytes: &[u8]| path(Path::new(OsStr::from_bytes(bytes)));
        for (bytes, expected) in [
            (&b"a/b.yaml"[..], "a/b.yaml"),
            (b"-x.yaml", "./-x.yaml"),
            ("ä b".as_bytes(), "'ä b'"),
            (b"a\x1b[8m'\\.yaml", r"$'a\033[8m\'\\.yaml'"),
            ("\u{202e}a".as_bytes(), r"$'\342\200\256a'"),
            (b"\xff0", r"$'\3770'"),
        ] {
            assert_eq!(quoted(bytes), expected);
        }
        for bytes in [&b"a\x1b'\\ $(x)\n"[..], b"\xff", b"'", b"\t-"] {
            let script = format!("printf %s {}", quoted(bytes));
            let ran = Command::new("bash").args(["-c", &script]).output().expect("bash starts");
            assert_eq!(ran.stdout, bytes);
        }
    }
}
