//! The form of integration keys, and suggestions for texts that do not have it.

use std::ops::Range;

use crate::findings::{Diagnostic, Rule};
use crate::model::name::{SecretName, Slug};
use crate::text::escape::quoted;

/// Returns whether a text can be the name of a provider: `x`, `google-sa`.
pub(super) fn is_slug(text: &str) -> bool {
    text.parse::<Slug>().is_ok()
}

/// Returns whether a text can be an integration key: a provider, or a capability behind its dot.
pub(super) fn is_key(text: &str) -> bool {
    let mut parts = text.split('.');
    parts.next().is_some_and(is_slug)
        && parts.all(|part| !part.is_empty() && part.bytes().all(is_key_byte))
}

/// Returns whether a text can be the name of a secret, which is that of an environment variable.
pub(super) fn is_variable(text: &str) -> bool {
    text.parse::<SecretName>().is_ok()
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
}

/// The kinds of integration keys that can stand in a place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All: providers and capabilities.
    Key,
    Capability,
}

/// Returns the finding for a text that cannot be an integration key.
pub(super) fn not_a_key(text: &str, span: Range<usize>, wanted: Wanted) -> Diagnostic {
    let message = format!("{} is not an integration key", quoted(text));
    let finding = Diagnostic::new(Rule::BadKey, span, message);
    let lower = text.trim().trim_matches('.').to_lowercase();
    if is_variable(text) && text.contains('_') {
        finding.help("if it is a secret, list it in `secrets`")
    } else if is_key(&lower) && (wanted == Wanted::Key || lower.contains('.')) {
        finding.label(format!("did you mean `{lower}`?")).fix(lower)
    } else {
        finding.help(match wanted {
            Wanted::Key => "write a capability such as `x.tweet.read`, or a provider such as `x`",
            Wanted::Capability => "write a capability such as `x.tweet.read`",
        })
    }
}

/// Returns the finding for a text that cannot be the name of a provider, be it in an entry of a list or
/// the key of a mapping.
pub(super) fn not_a_provider(text: &str, span: Range<usize>, in_list: bool) -> Diagnostic {
    let message = format!("{} cannot be the name of a provider", quoted(text));
    let finding = Diagnostic::new(Rule::BadKey, span, message);
    let lower = text.trim().to_lowercase();
    match text.split_once('.') {
        Some((own, _)) if is_slug(own) && in_list => {
            finding.help(format!("write {}", quoted(&format!("key: {text}"))))
        }
        Some((own, _)) if is_slug(own) => finding.help(format!(
            "write {} and list it among its `capabilities`",
            quoted(&format!("{own}:"))
        )),
        _ if is_slug(&lower) => finding.label(format!("did you mean `{lower}`?")).fix(lower),
        _ => finding.help("it has lower-case letters, digits and `-`: `x`"),
    }
}
