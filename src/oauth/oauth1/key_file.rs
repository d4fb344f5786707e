//! The keys and tokens of OAuth 1.0a as people keep them: five lines `NAME=value`, under any of the names
//! that programs read.

use std::fmt;

use age::secrecy::{ExposeSecret, SecretString};

use super::token_pair::TokenPair;
use crate::text::dotenv::{Disagreement, Entry, entries};

/// A field of such a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyField {
    /// The key of the client.
    ConsumerKey,
    /// The secret of the client.
    ConsumerSecret,
    /// The token of the account.
    Token,
    /// The secret of the token.
    TokenSecret,
    /// The bearer token of the client, which is of another kind.
    Bearer,
}

/// The names of each field, behind a prefix or alone. No two surveyed programs agree on them.
const NAMES: [(KeyField, &[&str]); 5] = [
    (KeyField::ConsumerKey, &["API_KEY", "CONSUMER_KEY", "APP_KEY", "CONSUMER_API_KEY"]),
    (
        KeyField::ConsumerSecret,
        &[
            "API_SECRET",
            "API_SECRET_KEY",
            "API_KEY_SECRET",
            "CONSUMER_SECRET",
            "CONSUMER_KEY_SECRET",
            "CONSUMER_SECRET_KEY",
            "CONSUMER_API_SECRET",
            "CONSUMER_API_SECRET_KEY",
            "APP_SECRET",
            "APP_KEY_SECRET",
        ],
    ),
    (KeyField::Token, &["ACCESS_TOKEN", "ACCESS_TOKEN_KEY", "ACCESS_KEY", "USER_TOKEN", "TOKEN"]),
    (
        KeyField::TokenSecret,
        &[
            "ACCESS_TOKEN_SECRET",
            "ACCESS_SECRET",
            "ACCESS_KEY_SECRET",
            "ACCESS_TOKEN_KEY_SECRET",
            "USER_TOKEN_SECRET",
            "TOKEN_SECRET",
        ],
    ),
    (KeyField::Bearer, &["BEARER_TOKEN", "BEARER"]),
];

/// The words that may stand between a prefix and a name.
const INFIXES: [&str; 3] = ["OAUTH_", "OAUTH1_", "OAUTH1A_"];

/// What such a file has.
#[derive(Debug, Default)]
pub struct KeyFile {
    /// The key and the secret of the client.
    pub consumer: Option<(String, SecretString)>,
    /// The token and its secret.
    pub token: Option<TokenPair>,
    /// Whether there is a bearer token.
    pub has_bearer: bool,
    /// The names of the other lines.
    pub others: Vec<String>,
}

/// A place in such a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A fault of such a file. No value is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFileFault {
    /// A line cannot be read.
    Line(Place, Disagreement),
    /// A value cannot be a key or a token.
    Value(Place, String),
    /// Two names of one field have different values.
    Differing([(Place, String); 2]),
    /// One half of a pair is there, and the other is not.
    Half {
        /// The place of the half that is there, and its name.
        there: (Place, String),
        /// The half that is not.
        missing: KeyField,
    },
}

/// A value that was read.
struct Found {
    field: KeyField,
    place: Place,
    name: String,
    value: SecretString,
}

impl KeyField {
    /// Returns the field of a name, whose prefix is one of these or none.
    fn of(name: &str, prefixes: &[&str]) -> Option<Self> {
        let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
        let bare = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)?.strip_prefix('_'));
        let bare = bare.unwrap_or(&name);
        let bare = INFIXES.iter().find_map(|infix| bare.strip_prefix(infix)).unwrap_or(bare);
        let names = |(_, names): &&(Self, &[&str])| names.contains(&bare);
        NAMES.iter().find(names).map(|(field, _)| *field)
    }
}

impl fmt::Display for KeyField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ConsumerKey => "consumer key",
            Self::ConsumerSecret => "consumer secret",
            Self::Token => "access token",
            Self::TokenSecret => "access token secret",
            Self::Bearer => "bearer token",
        })
    }
}

/// Reads a text, in which names may have one of these prefixes: `X`, as in `X_API_KEY`.
///
/// # Errors
///
/// All faults.
pub fn read(text: &str, prefixes: &[&str]) -> Result<KeyFile, Vec<KeyFileFault>> {
    let (mut found, mut file, mut faults) = (Vec::new(), KeyFile::default(), Vec::new());
    for entry in entries(text) {
        let assigned = match entry {
            Entry::Assignment(assigned) => assigned,
            Entry::Unreadable { line, column, why, .. } => {
                faults.push(KeyFileFault::Line(Place { line, column }, why));
                continue;
            }
        };
        let place = Place { line: *assigned.lines.start(), column: assigned.column };
        let name = assigned.name.to_owned();
        let Some(field) = KeyField::of(&name, prefixes) else {
            file.others.push(name);
            continue;
        };
        match assigned.value() {
            Err(why) => faults.push(KeyFileFault::Line(place, why)),
            Ok(value) if value.is_empty() => {}
            Ok(value) if !is_key(&value) => faults.push(KeyFileFault::Value(place, name)),
            Ok(value) => {
                found.push(Found { field, place, name, value: value.as_str().into() });
            }
        }
    }
    let mut take = |field| one_of(&found, field, &mut faults);
    let [key, secret, token, token_secret, bearer] = NAMES.map(|(field, _)| take(field));
    file.has_bearer = bearer.is_some();
    file.consumer =
        pair(key, secret, [KeyField::ConsumerKey, KeyField::ConsumerSecret], &mut faults)
            .map(|(key, secret)| (key.expose_secret().to_owned(), secret));
    file.token = pair(token, token_secret, [KeyField::Token, KeyField::TokenSecret], &mut faults)
        .map(|(token, secret)| TokenPair { token, secret });
    if faults.is_empty() { Ok(file) } else { Err(faults) }
}

/// Returns the value of a field, which all its names have.
fn one_of<'f>(
    found: &'f [Found],
    field: KeyField,
    faults: &mut Vec<KeyFileFault>,
) -> Option<&'f Found> {
    let mut of_field = found.iter().filter(|found| found.field == field);
    let first = of_field.next()?;
    let is_other = |other: &&Found| other.value.expose_secret() != first.value.expose_secret();
    if let Some(other) = of_field.find(is_other) {
        let place = |found: &Found| (found.place, found.name.clone());
        faults.push(KeyFileFault::Differing([place(first), place(other)]));
    }
    Some(first)
}

/// Returns both halves of a pair; none if none is there.
fn pair(
    first: Option<&Found>,
    second: Option<&Found>,
    [first_field, second_field]: [KeyField; 2],
    faults: &mut Vec<KeyFileFault>,
) -> Option<(SecretString, SecretString)> {
    let (there, missing) = match (first, second) {
        (Some(first), Some(second)) => return Some((first.value.clone(), second.value.clone())),
        (Some(first), None) => (first, second_field),
        (None, Some(second)) => (second, first_field),
        (None, None) => return None,
    };
    faults.push(KeyFileFault::Half { there: (there.place, there.name.clone()), missing });
    None
}

/// Returns whether a text can stand in the header of a request and be signed with.
fn is_key(text: &str) -> bool {
    text.len() <= 4096 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests;
