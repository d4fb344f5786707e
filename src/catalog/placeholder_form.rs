//! The form of a placeholder: a text that an agent has in the place of a token, and that looks like one.
//!
//! Programs look at tokens: at their first characters, their length, or the account whose id stands in
//! them. So a provider's file may say how one looks. `{digits:12}`, `{alnum:32}` and `{base64url:43}`
//! stand for that many characters of chance, `{account}` for the account's id, and `{account_base64}`
//! for the same in base64.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use serde::Deserialize;

/// The text by which a person recognises a placeholder.
const MARKER: &str = "xreq";

/// The least bits of chance of what stands for a token.
pub(super) const TOKEN_BITS: u32 = 128;

/// The least bits of chance of what accompanies it, and lets nothing through by itself.
pub(super) const OTHER_BITS: u32 = 100;

/// The form where a provider's file states none.
const USUAL: &str = "xreq_{base64url:43}";

const DIGITS: &str = "0123456789";
const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The number of digits of an account's id where none is known.
const DIGITS_OF_ACCOUNT: usize = 19;

/// The form of a placeholder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct PlaceholderForm(String);

/// A piece of a form.
#[derive(Clone, Copy)]
enum Piece<'f> {
    Text(&'f str),
    Chance { alphabet: &'static str, length: usize },
    Account { is_base64: bool },
}

impl PlaceholderForm {
    /// Returns a placeholder of this form. `chance` returns some characters of an alphabet that nobody can
    /// guess.
    pub fn fill(
        &self,
        account: Option<&str>,
        mut chance: impl FnMut(&str, usize) -> String,
    ) -> String {
        let mut text = String::new();
        for piece in pieces(&self.0).flatten() {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Chance { alphabet, length } => text.push_str(&chance(alphabet, length)),
                Piece::Account { is_base64 } => {
                    let known = account.filter(|account| account.bytes().all(is_plain));
                    let id = known.map_or_else(|| chance(DIGITS, DIGITS_OF_ACCOUNT), str::to_owned);
                    let encoded = is_base64.then(|| BASE64_STANDARD_NO_PAD.encode(&id));
                    text.push_str(&encoded.unwrap_or(id));
                }
            }
        }
        text
    }

    /// Returns why it is no form with at least so many bits of chance, if it is none.
    pub(super) fn fault(&self, least: u32) -> Option<&'static str> {
        let mut bits = 0;
        for piece in pieces(&self.0) {
            match piece {
                None => return Some("has braces in which nothing stands that is known"),
                Some(Piece::Text(text)) if !text.bytes().all(is_plain) => {
                    return Some("must be letters, digits and `-._~%` besides what is in braces");
                }
                Some(Piece::Chance { alphabet, length }) => {
                    // Rounded down: 3 bits for a digit, 5 for a letter or digit, 6 for base64url.
                    bits +=
                        u32::try_from(length).unwrap_or(0).saturating_mul(alphabet.len().ilog2());
                }
                Some(_) => {}
            }
        }
        if !self.0.contains(MARKER) {
            return Some("must contain `xreq`, by which a person recognises it");
        }
        (bits < least).then_some("has too little chance in it: 128 bits, and 100 beside a token")
    }
}

impl Default for PlaceholderForm {
    fn default() -> Self {
        Self(USUAL.to_owned())
    }
}

/// Returns the pieces of a form; `None` stands for braces that are none.
fn pieces(form: &str) -> impl Iterator<Item = Option<Piece<'_>>> {
    let mut rest = form;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(inside) = rest.strip_prefix('{') else {
            let (text, behind) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
            rest = behind;
            return Some(Some(Piece::Text(text)));
        };
        let Some((name, behind)) = inside.split_once('}') else {
            rest = "";
            return Some(None);
        };
        rest = behind;
        Some(in_braces(name))
    })
}

fn in_braces(name: &str) -> Option<Piece<'static>> {
    match name {
        "account" => return Some(Piece::Account { is_base64: false }),
        "account_base64" => return Some(Piece::Account { is_base64: true }),
        _ => {}
    }
    let (name, length) = name.split_once(':')?;
    let alphabet = match name {
        "digits" => DIGITS,
        "alnum" => ALNUM,
        "base64url" => BASE64URL,
        _ => return None,
    };
    let length = length.parse().ok().filter(|length| (1..=255).contains(length))?;
    Some(Piece::Chance { alphabet, length })
}

/// Returns whether a character stands in every header and URL as it is.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> PlaceholderForm {
        PlaceholderForm(text.to_owned())
    }

    fn first(alphabet: &str, length: usize) -> String {
        alphabet[..1].repeat(length)
    }

    #[test]
    fn a_form_is_filled_with_chance_and_the_account() {
        let text = "a-{digits:2}.{alnum:3}_{base64url:1}{account}/{account_base64}";
        assert_eq!(form(text).fill(Some("12"), first), "a-00.AAA_A12/MTI");
        let unknown = form("{account}").fill(None, first);
        assert_eq!(unknown, "0".repeat(19));
        assert_eq!(form("{account}").fill(Some("a b"), first), unknown, "no text for a header");
    }

    #[test]
    fn a_form_that_could_be_guessed_or_is_not_recognised_is_refused() {
        assert_eq!(PlaceholderForm::default().fault(TOKEN_BITS), None);
        for (text, fault) in [
            ("xreq{alnum:26}", None),
            ("xreq{alnum:25}", Some("too little")),
            ("xreq{digits:42}", Some("too little")),
            ("xreq{digits:43}", None),
            ("xreq", Some("too little")),
            ("xreq{account}", Some("too little")),
            ("{base64url:43}", Some("`xreq`")),
            ("xreq {base64url:43}", Some("letters")),
            ("xreq\"{base64url:43}", Some("letters")),
            ("xreq\u{e9}{base64url:43}", Some("letters")),
            ("xreq}{base64url:43}", Some("letters")),
            ("xreq{base64url:43", Some("braces")),
            ("xreq{base64url}", Some("braces")),
            ("xreq{base64url:0}", Some("braces")),
            ("xreq{base64url:256}", Some("braces")),
            ("xreq{hex:64}", Some("braces")),
            ("xreq{}{base64url:43}", Some("braces")),
        ] {
            let found = form(text).fault(TOKEN_BITS);
            let is_right = match (found, fault) {
                (Some(found), Some(fault)) => found.contains(fault),
                (found, fault) => found == fault,
            };
            assert!(is_right, "{text}: {found:?}");
        }
    }
}
