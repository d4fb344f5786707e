//! What names look like: of providers, integration keys, and variables.

/// Whether a text can be the name of a provider: `x`, `google-sa`.
pub(super) fn is_slug(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(is_key_byte)
}

/// Whether a text can be an integration key: a provider, or a capability behind its dot.
pub(super) fn is_key(text: &str) -> bool {
    let mut parts = text.split('.');
    parts.next().is_some_and(is_slug)
        && parts.all(|part| !part.is_empty() && part.bytes().all(is_key_byte))
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
}

/// Whether a text can be the name of an environment variable (POSIX.1-2024, XBD 3.216 "Name").
pub(super) fn is_variable(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
