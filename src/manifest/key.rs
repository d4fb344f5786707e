//! What integration keys look like.

use crate::name::{SecretName, Slug};

/// Whether a text can be the name of a provider: `x`, `google-sa`.
pub(super) fn is_slug(text: &str) -> bool {
    text.parse::<Slug>().is_ok()
}

/// Whether a text can be an integration key: a provider, or a capability behind its dot.
pub(super) fn is_key(text: &str) -> bool {
    let mut parts = text.split('.');
    parts.next().is_some_and(is_slug)
        && parts.all(|part| !part.is_empty() && part.bytes().all(is_key_byte))
}

/// Whether a text can be the name of a secret, which is that of an environment variable.
pub(super) fn is_variable(text: &str) -> bool {
    text.parse::<SecretName>().is_ok()
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
}
