//! The credential that a request presents: a placeholder of the run, nothing, or a foreign one.

use hyper::http::HeaderMap;
use hyper::http::header::{AUTHORIZATION, HeaderName};

use super::expected::Expected;
use super::names::is_credential_header;
use crate::broker::{Authority, BrokeredCredential, Refusal, RefusalCode};

/// Returns the credential of the run whose placeholder a request has at the provider's place; `None` where it has no
/// credential at all.
pub(in crate::broker) fn presented<'a>(
    authority: &'a Authority,
    expected: &Expected,
    headers: &HeaderMap,
) -> Result<Option<&'a BrokeredCredential>, Refusal> {
    let is_place = |name: &HeaderName| {
        is_credential_header(name.as_str())
            || expected.credentials(authority).any(|(_, it)| it.placeholder.is_in(name))
    };
    let mut given = headers.iter().filter(|(name, _)| is_place(name));
    let Some((name, value)) = given.next() else { return Ok(None) };
    let foreign = |detail: &str| Err(Refusal::new(RefusalCode::ForeignCredential, detail));
    if given.next().is_some() {
        return foreign("the request has two credentials");
    }
    let Ok(value) = value.to_str() else {
        return foreign("the request has a credential that is not of this run");
    };
    let found = expected.credentials(authority).find(|(credential, expected)| {
        expected.placeholder.is_in(name) && expected.placeholder.has(value, credential)
    });
    match found {
        Some((credential, _)) => Ok(Some(credential)),
        None if name == AUTHORIZATION => foreign(
            "the `Authorization` of the request is not the placeholder of a token of this run",
        ),
        None => foreign("a header of the request has a credential that is not of this run"),
    }
}
