//! The answer of a token endpoint (RFC 6749 section 5.1).

use std::fmt;

use age::secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use crate::catalog::{ExpectedToken, ResponsePlaces, TokenProtocol};
use crate::model::scope::{ScopeSet, is_scope};
use crate::text::redact::quotable;

/// The longest time that is believed of an access token, in seconds: ten years.
const LONGEST_LIFE: u64 = 10 * 365 * 24 * 3_600;

/// The most bytes of a token that are taken for one.
const LONGEST_TOKEN: usize = 64 * 1024;

/// The most characters of a server's words that are passed on.
const LONGEST_WORDS: usize = 80;

/// A successful answer.
pub struct TokenResponse {
    /// The access token.
    pub access_token: SecretString,
    /// The refresh token, where one was issued.
    pub refresh_token: Option<SecretString>,
    /// The lifetime of the access token in seconds; 0, if it is dead on arrival. `None`: the answer
    /// does not say (section 5.1 only recommends it), or says nothing that can be understood.
    pub expires_in: Option<u64>,
    /// The lifetime of the refresh token in seconds, if the answer says it.
    pub refresh_expires_in: Option<u64>,
    /// The granted scopes. None: they are as requested (section 5.1); or the list is empty, none, or
    /// more than a grant keeps.
    pub scopes: Option<ScopeSet>,
    /// `true` if there are more scopes than a grant keeps.
    pub has_too_many_scopes: bool,
}

/// The reason why a text is no token response. It never quotes the text, which may hold secrets.
#[derive(Debug, PartialEq, Eq)]
pub enum Invalid {
    /// The text is no JSON object; with the line and the column.
    NotJson(usize, usize),
    /// The server answered an error (section 5.2), whose code is here.
    Error(String),
    /// There is no access token.
    NoAccessToken,
    /// The token is of another type than `bearer` (section 7.1: a client must not use it).
    TokenType(String),
    /// The token is of another type than those that the provider's file names.
    UnstatedType(String),
    /// A token is longer than any token is.
    TooLong,
    /// A token has characters that cannot stand in a header (RFC 6750 section 2.1).
    Characters,
}

impl Invalid {
    /// Creates an error that a server answered.
    pub(crate) fn error(code: &str) -> Self {
        Self::Error(quotable(code, LONGEST_WORDS))
    }

    /// Creates the error of a type of tokens that is not supported.
    pub(crate) fn token_type(kind: &str) -> Self {
        Self::TokenType(quotable(kind, LONGEST_WORDS))
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(line, column) => {
                write!(
                    f,
                    "the text is neither a token nor a token response (line {line}, column {column})"
                )
            }
            Self::Error(code) => write!(f, "the server answered the error `{code}`, and no token"),
            Self::NoAccessToken => f.write_str("the response has no `access_token`"),
            Self::TokenType(kind) => {
                write!(f, "the token type is `{kind}`, and only `bearer` is supported")
            }
            Self::UnstatedType(kind) => {
                write!(f, "the token type is `{kind}`, which is none of those that are supported")
            }
            Self::TooLong => write!(f, "a token has more than {} KiB", LONGEST_TOKEN / 1024),
            Self::Characters => f.write_str("a token has characters that no bearer token has"),
        }
    }
}

#[derive(Deserialize)]
struct Fields {
    access_token: Option<String>,
    refresh_token: Option<String>,
    token_type: Option<Value>,
    expires_in: Option<Value>,
    scope: Option<Value>,
    error: Option<Value>,
    #[serde(skip)]
    refresh_expires_in: Option<Value>,
}

impl Fields {
    /// Takes the parts of an answer from their places.
    fn at(mut answer: Value, places: &ResponsePlaces) -> Self {
        let error = answer.get("error").cloned();
        let mut part = |place: &Option<String>, usual: &str| {
            let part = answer.pointer_mut(place.as_deref().unwrap_or(usual));
            part.map(Value::take).filter(|part| !part.is_null())
        };
        let text = |value: Option<Value>| match value {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Self {
            error,
            access_token: text(part(&places.access_token, "/access_token")),
            refresh_token: text(part(&places.refresh_token, "/refresh_token")),
            token_type: part(&places.token_type, "/token_type"),
            expires_in: part(&places.expires_in, "/expires_in"),
            scope: part(&places.scope, "/scope"),
            refresh_expires_in: places
                .refresh_expires_in
                .as_deref()
                .and_then(|place| answer.pointer_mut(place).map(Value::take)),
        }
    }
}

impl TokenResponse {
    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// [`Invalid`]: the text cannot be used.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::parse_for(text, TokenProtocol::default().expected(), quotable)
    }

    /// Parses an answer that has this token, where `quote` makes the words of a server
    /// fit to be shown, and cuts them to so many characters.
    pub(crate) fn parse_for(
        text: &str,
        expected: ExpectedToken<'_>,
        quote: impl Fn(&str, usize) -> String,
    ) -> Result<Self, Invalid> {
        if !text.trim_start().starts_with('{') {
            return Err(Invalid::NotJson(1, 1));
        }
        let fields = if expected.places.are_standard() {
            serde_json::from_str(text)
        } else {
            serde_json::from_str(text).map(|answer| Fields::at(answer, expected.places))
        };
        let fields: Fields =
            fields.map_err(|error| Invalid::NotJson(error.line(), error.column()))?;
        if let Some(code) = stated(fields.error.as_ref()) {
            return Err(Invalid::Error(quote(code, LONGEST_WORDS)));
        }
        if let Some(kind) = stated(fields.token_type.as_ref())
            && !expected.is_bearer(kind)
        {
            let kind = quote(kind, LONGEST_WORDS);
            let is_stated = !expected.types.is_empty();
            return Err(if is_stated {
                Invalid::UnstatedType(kind)
            } else {
                Invalid::TokenType(kind)
            });
        }
        let refresh_expires_in = fields.refresh_expires_in.as_ref().and_then(seconds);
        let response = Self::of(
            fields.access_token.ok_or(Invalid::NoAccessToken)?,
            fields.refresh_token.filter(|token| !token.is_empty()),
            fields.expires_in.as_ref().and_then(seconds),
            fields.scope.as_ref().and_then(scopes),
        )?;
        Ok(Self { refresh_expires_in, ..response })
    }

    /// Takes tokens that were read elsewhere.
    ///
    /// # Errors
    ///
    /// [`Invalid`]: one of them is no token.
    pub(crate) fn of(
        access_token: String,
        refresh_token: Option<String>,
        expires_in: Option<u64>,
        scopes: Option<ScopeSet>,
    ) -> Result<Self, Invalid> {
        let response = Self {
            access_token: access_token.into(),
            refresh_token: refresh_token.map(Into::into),
            expires_in,
            refresh_expires_in: None,
            has_too_many_scopes: scopes.as_ref().is_some_and(|scopes| !scopes.fits()),
            scopes: scopes.filter(ScopeSet::fits),
        };
        response.validate()
    }

    /// Takes a bare access token, of which nothing else is known.
    ///
    /// # Errors
    ///
    /// [`Invalid::Characters`], [`Invalid::NoAccessToken`]: the text is no token.
    pub fn bare(token: &str) -> Result<Self, Invalid> {
        Self::of(token.to_owned(), None, None, None)
    }

    fn validate(self) -> Result<Self, Invalid> {
        if self.access_token.expose_secret().is_empty() {
            return Err(Invalid::NoAccessToken);
        }
        for token in [Some(&self.access_token), self.refresh_token.as_ref()].into_iter().flatten() {
            let token = token.expose_secret();
            if token.len() > LONGEST_TOKEN {
                return Err(Invalid::TooLong);
            }
            if !is_token(token) {
                return Err(Invalid::Characters);
            }
        }
        Ok(self)
    }
}

/// Returns whether a text can be a token: visible ASCII (RFC 6749 appendix A.12: VSCHAR, of which
/// no token has a space).
fn is_token(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic())
}

/// Reads `expires_in`, a number of seconds, which some servers send as a string. Zero and less is
/// the life of a dead token; a value that no token lives says nothing.
pub(crate) fn seconds(value: &Value) -> Option<u64> {
    let seconds = match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let seconds = u64::try_from(seconds?.max(0)).ok()?;
    (seconds <= LONGEST_LIFE).then_some(seconds)
}

/// Converts a number to a whole one: `3600.0` is the same number as `3600` in JSON (RFC 8259
/// section 6), and is written by programs that have no whole numbers. A number beyond all whole
/// numbers becomes the last one.
#[allow(clippy::cast_possible_truncation, reason = "the conversion stops at the ends")]
fn whole(number: f64) -> Option<i64> {
    number.is_finite().then_some(number.floor() as i64)
}

/// Reads `scope`, a text of scopes (section 3.3), which some servers send as a list. A value that
/// is no list of scopes says nothing: tokens that are good are not thrown away for it.
pub(crate) fn scopes(value: &Value) -> Option<ScopeSet> {
    let scopes: ScopeSet = match value {
        Value::String(text) => ScopeSet::parse(text),
        Value::Array(list) => list.iter().map(Value::as_str).collect::<Option<_>>()?,
        _ => return None,
    };
    (!scopes.is_empty() && scopes.iter().all(is_scope)).then_some(scopes)
}

/// Returns a text that is not empty.
fn stated(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<TokenResponse, Invalid> {
        TokenResponse::parse(text)
    }

    #[test]
    fn reads_the_answer_of_x() {
        let response = parse(
            r#"{"token_type":"bearer","expires_in":7200,"access_token":"at","scope":"tweet.write users.read","refresh_token":"rt","other":1}"#,
        )
        .expect("it is a token response");
        assert_eq!(response.access_token.expose_secret(), "at");
        assert_eq!(response.refresh_token.expect("there is one").expose_secret(), "rt");
        assert_eq!(response.expires_in, Some(7200));
        assert_eq!(response.scopes, Some(ScopeSet::parse("users.read tweet.write")));
    }

    #[test]
    fn expires_in_is_believed_only_where_it_makes_sense() {
        for (value, expected) in [
            ("7200", Some(7200)),
            ("\"7200\"", Some(7200)),
            ("0", Some(0)),
            ("-1", Some(0)),
            ("\"-5\"", Some(0)),
            ("3600.0", Some(3600)),
            ("3599.9", Some(3599)),
            ("1e300", None),
            ("-1e300", Some(0)),
            ("99999999999999999999", None),
            ("null", None),
            ("[]", None),
            ("\"soon\"", None),
        ] {
            let response = parse(&format!(r#"{{"access_token":"at","expires_in":{value}}}"#));
            assert_eq!(response.expect("the rest is fine").expires_in, expected, "{value}");
        }
    }

    #[test]
    fn scopes_are_a_text_or_a_list() {
        for (value, expected) in [
            ("\"b a\"", Some("a b")),
            ("\"b,a\"", Some("a b")),
            (r#"["b", "a"]"#, Some("a b")),
            ("\"\"", None),
            ("[]", None),
            ("[1]", None),
            (r#"["a\"b"]"#, None),
            ("\"café\"", None),
            ("null", None),
            ("{}", None),
        ] {
            let response = parse(&format!(r#"{{"access_token":"at","scope":{value}}}"#));
            let expected = expected.map(ScopeSet::parse);
            assert_eq!(response.expect("the rest is fine").scopes, expected, "{value}");
        }
    }

    #[test]
    fn good_tokens_are_not_thrown_away_for_odd_company() {
        for odd in [r#""error":"""#, r#""error":0"#, r#""error":false"#, r#""token_type":1"#] {
            assert!(parse(&format!(r#"{{"access_token":"at",{odd}}}"#)).is_ok(), "{odd}");
        }
    }

    #[test]
    fn the_token_type_is_case_insensitive() {
        for kind in ["bearer", "Bearer", "BEARER"] {
            assert!(parse(&format!(r#"{{"access_token":"at","token_type":"{kind}"}}"#)).is_ok());
        }
        let mac = parse(r#"{"access_token":"at","token_type":"mac"}"#).err();
        assert_eq!(mac, Some(Invalid::TokenType("mac".into())));
    }

    #[test]
    fn refuses_what_is_no_token() {
        for text in
            [r#"{"access_token":"a b"}"#, "{\"access_token\":\"a\\n\"}", r#"{"access_token":"é"}"#]
        {
            assert_eq!(parse(text).err(), Some(Invalid::Characters), "{text}");
        }
        let long = "a".repeat(LONGEST_TOKEN + 1);
        assert_eq!(TokenResponse::bare(&long).err(), Some(Invalid::TooLong));
        assert_eq!(parse("{}").err(), Some(Invalid::NoAccessToken));
        assert_eq!(parse(r#"{"access_token":""}"#).err(), Some(Invalid::NoAccessToken));
        assert_eq!(
            parse(r#"{"error":"invalid_grant"}"#).err(),
            Some(Invalid::Error("invalid_grant".into()))
        );
        assert!(matches!(parse("<html>").err(), Some(Invalid::NotJson(1, 1))));
        let list = r#"["at",null,null,null,null,null]"#;
        assert!(matches!(parse(list).err(), Some(Invalid::NotJson(1, 1))));
    }
}
