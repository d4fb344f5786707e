//! Tokens that a program printed, or that lie in a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use age::secrecy::{ExposeSecret, SecretString};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::credential::last_refresh::FailureClass;
use crate::oauth::token::failure::RequestFailure;
use crate::oauth::token::response::TokenResponse;
use crate::oauth::token_file::{TokenFile, Unusable};
use crate::sys::files;
use crate::text::encoding;
use crate::text::redact::quotable;

/// The most characters of a program's words that are passed on.
const LONGEST_WORDS: usize = 200;

/// The names under which JSON has a token that says who somebody is, the first of which is taken.
const NAMES_OF_PROOFS: [&str; 6] =
    ["id_token", "saml_response", "subject_token", "access_token", "token", "value"];

/// The statement of a program that has no token, in the form of executable sources of credentials.
#[derive(Deserialize)]
struct Refusal {
    success: bool,
    #[serde(default)]
    message: String,
}

/// The text that a source has a token in.
pub(super) struct Printed {
    pub(super) content: Zeroizing<Vec<u8>>,
    /// The source, for people.
    pub(super) source: String,
}

impl Printed {
    /// The most bytes that are read.
    pub(super) const LARGEST: u64 = 1 << 20;

    /// Reads the text in a file.
    pub(super) fn in_file(path: &Path) -> Result<Self, RequestFailure> {
        let source = format!("`{}`", path.display());
        let unread = |error| failed(format!("{source} cannot be read: {error}"));
        let mut content = Zeroizing::new(Vec::with_capacity(8 * 1024));
        let file: File = files::stream(path).map_err(unread)?;
        file.take(Self::LARGEST).read_to_end(&mut content).map_err(unread)?;
        Ok(Self { content, source })
    }

    /// Returns the access token, which stands alone or as a program keeps it. Its lifetime counts from now.
    pub(super) fn token(&self, now: Timestamp) -> Result<TokenResponse, RequestFailure> {
        let source = &self.source;
        let TokenFile { mut response, expiry, .. } = TokenFile::parse(self.text()?, now)
            .map_err(|Unusable { why, .. }| failed(format!("{source} gave no token: {why}")))?;
        // A client has none to send it with.
        response.refresh_token = None;
        if let Some(at) = expiry.expires_at {
            let left = at.duration_since(now).as_secs();
            if left <= 0 {
                return Err(failed(format!("{source} gave a token that has expired")));
            }
            response.expires_in = u64::try_from(left).ok();
        }
        Ok(response)
    }

    /// Returns the token that says who somebody is, which stands alone or in JSON.
    pub(super) fn proof(&self) -> Result<SecretString, RequestFailure> {
        let source = &self.source;
        let text = self.text()?;
        let proof = match serde_json::from_str(text) {
            Err(_) => SecretString::from(text),
            Ok(Value::Object(mut fields)) => {
                let named = NAMES_OF_PROOFS.iter().find_map(|name| match fields.get_mut(*name) {
                    Some(Value::String(text)) => Some(std::mem::take(text)),
                    _ => None,
                });
                let known = NAMES_OF_PROOFS.join("`, `");
                let named = named.ok_or_else(|| {
                    failed(format!("{source} gave JSON without a token: there is no `{known}`"))
                })?;
                named.into()
            }
            Ok(_) => return Err(failed(format!("{source} gave JSON that is no object"))),
        };
        let is_token = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if !is_token(proof.expose_secret()) {
            return Err(failed(format!("{source} gave no token: one has no spaces in it")));
        }
        Ok(proof)
    }

    /// Returns the text, unless it says that there is no token.
    fn text(&self) -> Result<&str, RequestFailure> {
        let source = &self.source;
        let text = encoding::decode(&self.content);
        let text = text.map_err(|what| failed(format!("{source} {what}")))?.trim();
        if text.is_empty() {
            return Err(failed(format!("{source} gave nothing")));
        }
        if let Ok(Refusal { success: false, message }) = serde_json::from_str(text) {
            let message = quotable(&message, LONGEST_WORDS);
            return Err(failed(format!("{source} has no token: {message}")));
        }
        Ok(text)
    }
}

fn failed(what: String) -> RequestFailure {
    RequestFailure::new(FailureClass::Transient, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn printed(text: &str) -> Printed {
        Printed { content: text.as_bytes().to_vec().into(), source: "it".to_owned() }
    }

    fn token(text: &str) -> Result<(String, Option<u64>), String> {
        let now = Timestamp::from_second(NOW).expect("it is a time");
        let response = printed(text).token(now).map_err(|failure| failure.what)?;
        Ok((response.access_token.expose_secret().to_owned(), response.expires_in))
    }

    #[test]
    fn a_token_is_taken_in_every_form_that_programs_print() {
        let soon = Timestamp::from_second(NOW + 600).expect("it is a time");
        let helper = format!(
            r#"{{"configuration": {{}}, "credential": {{"access_token": "at", "token_expiry": "{soon}"}}}}"#
        );
        for (text, expires_in) in [
            ("at\n", None),
            (r#"{"access_token": "at", "expires_in": 300}"#, Some(300)),
            (&format!(r#"{{"access_token": "at", "expiry": "{soon}"}}"#), Some(600)),
            (r#"{"token": "at"}"#, None),
            (&helper, Some(600)),
        ] {
            assert_eq!(token(text), Ok(("at".to_owned(), expires_in)), "{text}");
        }
    }

    #[test]
    fn what_is_no_token_is_told_without_its_text() {
        let old = format!(r#"{{"access_token": "at", "expires_at": {}}}"#, NOW - 1);
        for (text, told) in [
            ("", "it gave nothing"),
            (&old, "it gave a token that has expired"),
            (
                r#"{"version": 1, "success": false, "code": "401", "message": "log in"}"#,
                "it has no token: log in",
            ),
            (
                r#"{"version": 1, "success": true, "id_token": "canary"}"#,
                "it gave no token: there is an ID token",
            ),
            ("two canary words", "it gave no token: a token has characters"),
        ] {
            let failure = token(text).expect_err("there is none");
            assert!(failure.starts_with(told), "{text}: {failure}");
            assert!(!failure.contains("canary"), "{failure}");
        }
    }

    #[test]
    fn a_proof_stands_alone_or_in_json() {
        for text in [
            "a.b.c\n",
            r#"{"access_token": "a.b.c"}"#,
            r#"{"version": 1, "success": true, "token_type": "urn:x", "id_token": "a.b.c", "expiration_time": 9}"#,
            r#"{"value": "a.b.c", "count": 1}"#,
        ] {
            let proof = printed(text).proof().map_err(|failure| failure.what);
            assert_eq!(proof.expect("there is one").expose_secret(), "a.b.c", "{text}");
        }
        for (text, told) in [
            (" \n", "it gave nothing"),
            ("[\"canary\"]", "it gave JSON that is no object"),
            (r#"{"secret": "canary"}"#, "it gave JSON without a token"),
            ("a canary", "it gave no token: one has no spaces"),
            (r#"{"success": false, "message": "log in"}"#, "it has no token: log in"),
        ] {
            let failure = printed(text).proof().expect_err("there is none").what;
            assert!(failure.starts_with(told) && !failure.contains("canary"), "{failure}");
        }
    }
}
