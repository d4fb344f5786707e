//! The request for a code, and its answer.

use std::time::Duration;

use age::secrecy::SecretString;
use serde::Deserialize;

use crate::catalog::url::url_fault;
use crate::credential::last_refresh::FailureClass;
use crate::http::client::Answer;
use crate::model::scope::ScopeSet;
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::oauth::token::failure::{self, RequestFailure};
use crate::oauth::token::form::Form;

/// The longest code that a person is asked to type, in characters.
const LONGEST_USER_CODE: usize = 64;

/// The time between two requests for tokens where the answer names none (RFC 8628 section 3.2).
const INTERVAL: Duration = Duration::from_secs(5);

/// The longest time between two requests for tokens that an answer may name.
const LONGEST_INTERVAL: Duration = Duration::from_mins(1);

/// A code to type, and a code to ask for tokens with (RFC 8628 section 3.2).
#[derive(Debug)]
pub struct DeviceAuthorization {
    /// The code that tokens are asked for with.
    pub device_code: SecretString,
    /// The code that the account's owner types: printable, without spaces at its ends.
    pub user_code: String,
    /// The address of the page where it is typed: `https`, or `http` on this machine.
    pub verification_uri: String,
    /// The address that holds the code already, if there is one.
    pub verification_uri_complete: Option<String>,
    /// The time for which both codes live.
    pub lives: Duration,
    /// The time between two requests for tokens.
    pub interval: Duration,
}

/// The answer as it comes. Some servers call the address `verification_url`, as drafts of the RFC did.
#[derive(Deserialize)]
struct DeviceAnswer {
    device_code: String,
    user_code: String,
    #[serde(alias = "verification_url")]
    verification_uri: String,
    #[serde(alias = "verification_url_complete")]
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

impl TokenEndpoint<'_> {
    /// Asks for a code for some scopes (RFC 8628 section 3.1).
    ///
    /// # Errors
    ///
    /// There is none; nothing was granted.
    pub async fn device_authorization(
        &self,
        url: &str,
        scopes: &ScopeSet,
    ) -> Result<DeviceAuthorization, RequestFailure> {
        let mut form = Form::empty(self.provider.token.body);
        if !scopes.is_empty() {
            let authorize = &self.provider.authorize;
            form = form.with(authorize.scope_parameter(), &authorize.scope_text(scopes));
        }
        let answer = self.ask(url, form).await?;
        let is_error = failure::error_code(&answer, self.provider).is_some();
        if !(200..300).contains(&answer.status) || is_error {
            return Err(failure::refusal(&answer, self.provider, &self.sent(&[])));
        }
        read(&answer).map_err(|fault| {
            let what = format!("its answer to the request for a code {fault}");
            RequestFailure::new(FailureClass::Transient, what)
        })
    }
}

fn read(answer: &Answer) -> Result<DeviceAuthorization, &'static str> {
    let read: DeviceAnswer =
        serde_json::from_slice(&answer.body).map_err(|_| "is none of RFC 8628")?;
    let user_code = read.user_code.trim();
    let is_typed = |byte: u8| byte.is_ascii_graphic();
    if user_code.is_empty()
        || user_code.len() > LONGEST_USER_CODE
        || !user_code.bytes().all(is_typed)
    {
        return Err("has no code that a person can type");
    }
    let is_sound = |url: &String| url_fault(url).is_none();
    if !is_sound(&read.verification_uri) {
        return Err("has no address that can be opened safely");
    }
    let interval = read.interval.map_or(INTERVAL, Duration::from_secs);
    Ok(DeviceAuthorization {
        device_code: read.device_code.into(),
        user_code: user_code.to_owned(),
        verification_uri: read.verification_uri,
        verification_uri_complete: read.verification_uri_complete.filter(is_sound),
        lives: Duration::from_secs(read.expires_in),
        interval: interval.clamp(Duration::from_secs(1), LONGEST_INTERVAL),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(body: &str) -> Result<DeviceAuthorization, &'static str> {
        read(&Answer { status: 200, body: body.as_bytes().to_vec().into(), ..Answer::default() })
    }

    #[test]
    fn the_answer_of_the_rfc_is_read() {
        let read = answered(
            r#"{"device_code": "GmRhm", "user_code": "WDJB-MJHT",
                "verification_uri": "https://example.com/device",
                "verification_uri_complete": "https://example.com/device?user_code=WDJB-MJHT",
                "expires_in": 1800, "interval": 7}"#,
        );
        let read = read.unwrap();
        assert_eq!(read.user_code, "WDJB-MJHT");
        assert_eq!(read.verification_uri, "https://example.com/device");
        assert!(read.verification_uri_complete.is_some());
        assert_eq!((read.lives.as_secs(), read.interval.as_secs()), (1800, 7));
    }

    #[test]
    fn an_older_name_of_the_address_and_no_interval_are_read() {
        let read = answered(
            r#"{"device_code": "d", "user_code": " ABC ", "verification_url": "https://example.com",
                "expires_in": 900}"#,
        );
        let read = read.unwrap();
        assert_eq!((read.user_code.as_str(), read.interval), ("ABC", INTERVAL));
    }

    #[test]
    fn codes_and_addresses_that_would_mislead_a_person_are_refused() {
        let body = |code: &str, uri: &str| {
            serde_json::json!({"device_code": "d", "user_code": code, "verification_uri": uri, "expires_in": 9})
                .to_string()
        };
        let long = "A".repeat(LONGEST_USER_CODE + 1);
        for (code, uri) in [
            ("", "https://example.com"),
            ("A\u{1b}[2J", "https://example.com"),
            ("A B", "https://example.com"),
            (long.as_str(), "https://example.com"),
            ("ABCD", "http://example.com"),
            ("ABCD", "javascript:alert(1)"),
            ("ABCD", "https://user:password@example.com"),
        ] {
            assert!(answered(&body(code, uri)).is_err(), "{code} {uri}");
        }
        let twisted = r#"{"device_code": "d", "user_code": "A", "verification_uri": "https://example.com",
            "verification_uri_complete": "javascript:alert(1)", "expires_in": 9}"#;
        assert_eq!(answered(twisted).unwrap().verification_uri_complete, None);
    }
}
