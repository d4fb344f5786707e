//! Tokens that a program printed, or that lie in a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::credential::last_refresh::FailureClass;
use crate::oauth::token::failure::RequestFailure;
use crate::oauth::token::response::TokenResponse;
use crate::oauth::token_file::{TokenFile, Unusable};
use crate::sys::files;
use crate::text::encoding;
use crate::text::redact::quotable;

/// The most bytes that are read.
pub(super) const LARGEST: u64 = 1 << 20;

/// The most characters of a program's words that are passed on.
const LONGEST_WORDS: usize = 200;

/// The statement of a program that has no token, in the form of executable sources of credentials.
#[derive(Deserialize)]
struct Refusal {
    success: bool,
    #[serde(default)]
    message: String,
}

/// Reads the token in a file.
///
/// # Errors
///
/// The file cannot be read, or has no token.
pub fn in_file(path: &Path, now: Timestamp) -> Result<TokenResponse, RequestFailure> {
    let shown = path.display();
    let failed = |what: String| RequestFailure::new(FailureClass::Transient, what);
    let unread = |error| failed(format!("`{shown}` cannot be read: {error}"));
    let mut content = Zeroizing::new(Vec::with_capacity(8 * 1024));
    let file: File = files::stream(path).map_err(unread)?;
    file.take(LARGEST).read_to_end(&mut content).map_err(unread)?;
    read(&content, &format!("`{shown}`"), now)
}

/// Reads a token, alone or as a program keeps it, from this source. Its lifetime counts from now.
pub(super) fn read(
    content: &[u8],
    source: &str,
    now: Timestamp,
) -> Result<TokenResponse, RequestFailure> {
    let failed = |what: String| RequestFailure::new(FailureClass::Transient, what);
    let text = encoding::decode(content).map_err(|what| failed(format!("{source} {what}")))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(failed(format!("{source} gave nothing")));
    }
    if let Ok(Refusal { success: false, message }) = serde_json::from_str(text) {
        let message = quotable(&message, LONGEST_WORDS);
        return Err(failed(format!("{source} has no token: {message}")));
    }
    let TokenFile { mut response, expiry, .. } = TokenFile::parse(text, now)
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

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn token(text: &str) -> Result<(String, Option<u64>), String> {
        let now = Timestamp::from_second(NOW).expect("it is a time");
        let response = read(text.as_bytes(), "it", now).map_err(|failure| failure.what)?;
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
}
