//! The fields of a file of credentials, and their places.

use age::secrecy::SecretString;
use serde_json::Value;

use super::fault::CredentialFault;
use crate::error::Parameter;
use crate::oauth::json_object::JsonObject;
use crate::text::nearest::suggestion;
use crate::text::redact::quotable;

/// The longest name of a field that is shown, in characters.
const LONGEST_SHOWN: usize = 40;

/// The fields of a file, and its text.
pub(super) struct Fields<'a> {
    text: &'a str,
    object: JsonObject,
}

impl<'a> Fields<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, CredentialFault> {
        let object = serde_json::from_str(text).map_err(|error| {
            let what = if error.is_data() {
                "this is no object of JSON, or has a field twice"
            } else {
                "this is no JSON"
            };
            let (line, column) = (error.line().max(1), error.column().max(1));
            CredentialFault { line, column, what: what.to_owned(), way_out: None }
        })?;
        Ok(Self { text, object })
    }

    /// Returns the value of a field.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.object.get(name)
    }

    /// Returns the text of a field, where there is one.
    pub(super) fn optional(&self, name: &str) -> Result<Option<String>, CredentialFault> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.fault(name, format!("`{name}` is no text"))),
        }
    }

    /// Returns the text of a field that has to be there.
    pub(super) fn required(&self, name: &str) -> Result<String, CredentialFault> {
        let text = self.optional(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| self.missing(name))
    }

    /// Takes the text of a field that has to be there, so that no copy stays.
    pub(super) fn secret(&mut self, name: &str) -> Result<SecretString, CredentialFault> {
        match self.object.get_mut(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(std::mem::take(text).into()),
            Some(Value::String(_) | Value::Null) | None => Err(self.missing(name)),
            Some(_) => Err(self.fault(name, format!("`{name}` is no text"))),
        }
    }

    /// Refuses a field that is none of these.
    pub(super) fn refuse_others(&self, known: &[&[&str]]) -> Result<(), CredentialFault> {
        let known = || known.iter().copied().flatten().copied().chain(["token_uri"]);
        let other = self.object.keys().find(|name| !known().any(|known| known == *name));
        let Some(name) = other else { return Ok(()) };
        let way_out = match name.as_str() {
            "subject" | "sub" => {
                Some(crate::error::advice!["whom it acts for is said with ", Parameter::Subject])
            }
            _ => None,
        };
        let meant = suggestion(name, known());
        let what = format!("`{}` is no field of such a file{meant}", quotable(name, LONGEST_SHOWN));
        Err(CredentialFault { way_out, ..self.fault(name, what) })
    }

    /// Refuses a URL that is another one than the provider's, where there is one.
    pub(super) fn refuse_other_url(&self, name: &str, url: &str) -> Result<(), CredentialFault> {
        match self.optional(name)? {
            Some(found) if found != url => Err(self.foreign(name)),
            _ => Ok(()),
        }
    }

    /// Returns the fault of a URL that is another one than the provider's.
    pub(super) fn foreign(&self, name: &str) -> CredentialFault {
        let way_out = "find out who made the file: tokens are asked for at the provider's alone";
        let what = format!("`{name}` is another URL than the provider's");
        CredentialFault { way_out: Some(way_out.into()), ..self.fault(name, what) }
    }

    /// Returns the fault of a field that is not there, or empty.
    pub(super) fn missing(&self, name: &str) -> CredentialFault {
        self.fault(name, format!("`{name}` is missing"))
    }

    /// Returns a fault at the value of a field; where it is not there, at the beginning.
    pub(super) fn fault(&self, name: &str, what: impl Into<String>) -> CredentialFault {
        let before = &self.text[..self.place(name).unwrap_or_default()];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        CredentialFault { line, column, what: what.into(), way_out: None }
    }

    /// Returns where the value of a field begins in the text, which is known to be an object of JSON.
    fn place(&self, name: &str) -> Option<usize> {
        let quoted = serde_json::to_string(name).ok()?;
        let (mut depth, mut at) = (0_usize, 0);
        let bytes = self.text.as_bytes();
        while at < bytes.len() {
            match bytes[at] {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b'"' => {
                    let end = at + length_of_text(&bytes[at..]);
                    let rest = self.text[end..].trim_start();
                    if depth == 1 && self.text[at..end] == quoted && rest.starts_with(':') {
                        return Some(self.text.len() - rest[1..].trim_start().len());
                    }
                    at = end;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        None
    }
}

/// Returns the length of the text that JSON begins with, its quotation marks included.
fn length_of_text(json: &[u8]) -> usize {
    let mut escaped = false;
    let end = json.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}
