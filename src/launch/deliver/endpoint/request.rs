//! Requests to the endpoint and their authorization: from the head of a request to a question.

use age::secrecy::{ExposeSecret, SecretString};
use hyper::Method;
use hyper::header::AUTHORIZATION;
use jiff::SignedDuration;
use subtle::ConstantTimeEq;

use crate::http::server::Request;
use crate::text::time::duration;

/// A question of an authorized client.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// Name of the credential in the launch.
    pub(super) credential: String,
    /// Minimum remaining lifetime of the token, if stated.
    pub(super) min_ttl: Option<SignedDuration>,
}

/// The reason why a request is not answered with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It has not the bearer token of the run.
    Unauthorized,
    /// It has a body.
    Body,
    /// It is no `GET`.
    Method,
    /// There is nothing of this name.
    Unknown,
    /// Its query cannot be understood.
    Query,
}

impl Question {
    /// Reads a request. Checks run in an order that tells an unauthorized client nothing of what there
    /// is.
    pub(super) fn read(request: &Request, token: &SecretString) -> Result<Self, Refusal> {
        if !request.only(&AUTHORIZATION).is_some_and(|stated| opens(stated, token)) {
            return Err(Refusal::Unauthorized);
        }
        if request.has_body() {
            return Err(Refusal::Body);
        }
        if request.method() != Method::GET {
            return Err(Refusal::Method);
        }
        let credential = request.path().strip_prefix('/').ok_or(Refusal::Unknown)?.to_owned();
        Ok(Self { credential, min_ttl: min_ttl(request.query())? })
    }
}

/// Returns whether the value of an `Authorization` field has the bearer token (RFC 6750 section 2.1).
/// The time this takes does not depend on how much of it is right.
fn opens(stated: &[u8], token: &SecretString) -> bool {
    let Some((scheme, stated)) = stated.split_at_checked(b"bearer ".len()) else { return false };
    scheme.eq_ignore_ascii_case(b"bearer ")
        && bool::from(stated.trim_ascii().ct_eq(token.expose_secret().as_bytes()))
}

/// Reads `min_ttl=5m`. Anything else is a mistake that must not pass for a wish that is granted.
fn min_ttl(query: &str) -> Result<Option<SignedDuration>, Refusal> {
    let mut min_ttl = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name != "min_ttl" || min_ttl.is_some() {
            return Err(Refusal::Query);
        }
        min_ttl = Some(duration(&value).map_err(|_| Refusal::Query)?);
    }
    Ok(min_ttl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_of_the_run_opens() {
        let token = "the-token-of-the-run".into();
        for field in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer the-token-of-the-ru",
            "Bearer the-token-of-the-run1",
            "Bearer The-token-of-the-run",
            "Basic the-token-of-the-run",
            "the-token-of-the-run",
        ] {
            assert!(!opens(field.as_bytes(), &token), "{field}");
        }
        for field in ["bearer the-token-of-the-run", "Bearer   the-token-of-the-run  "] {
            assert!(opens(field.as_bytes(), &token), "{field}");
        }
    }

    #[test]
    fn a_query_says_how_long_a_token_must_live() {
        for (query, expected) in [
            ("", Ok(None)),
            ("min_ttl=90", Ok(Some(90))),
            ("min_ttl=1m30s", Ok(Some(90))),
            ("min_ttl=5m", Ok(Some(300))),
            ("min_ttl=soon", Err(Refusal::Query)),
            ("min_ttl=-5", Err(Refusal::Query)),
            ("min-ttl=5", Err(Refusal::Query)),
            ("min_ttl=5&min_ttl=6", Err(Refusal::Query)),
            ("y", Err(Refusal::Query)),
        ] {
            let expected = expected.map(|seconds| seconds.map(SignedDuration::from_secs));
            assert_eq!(min_ttl(query), expected, "{query}");
        }
    }
}
