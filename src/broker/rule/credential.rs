//! The credential that a request presents: a placeholder of the run, nothing, or a foreign one.

use hyper::http::HeaderMap;
use hyper::http::header::{AUTHORIZATION, HeaderName};

use super::names::is_credential_header;
use super::percent::decoded;
use crate::broker::{Authority, BrokeredCredential, Refusal, RefusalCode};
use crate::catalog::{Catalog, Provider, StaticToken};
use crate::model::credential_id::Kind;
use crate::model::variable_content::VariableContent;

/// The parameters of a signed request (RFC 5849 section 3.5.1), besides the token and the client's key.
const OF_SIGNATURE: [&str; 7] = [
    "realm",
    "oauth_signature_method",
    "oauth_signature",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_version",
    "oauth_body_hash",
];

/// The schemes by which clients send a bearer token; the second is GitHub's own. What goes out has the first.
const BEARER: [&str; 2] = ["Bearer", "token"];

/// Returns the credential of the run whose placeholder a request has at the provider's place; `None` where it has no
/// credential at all.
pub(in crate::broker) fn presented<'a>(
    catalog: &Catalog,
    authority: &'a Authority,
    headers: &HeaderMap,
) -> Result<Option<&'a BrokeredCredential>, Refusal> {
    let all = authority.credentials.iter();
    let places: Vec<_> = all
        .filter_map(|credential| {
            let provider = catalog.provider(credential.id.provider.as_str())?;
            Some((credential, place(provider, credential)))
        })
        .collect();
    let is_place = |name: &HeaderName| {
        is_credential_header(name.as_str())
            || places.iter().any(|(_, place)| name.as_str().eq_ignore_ascii_case(place.header))
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
    let found = places.iter().find(|(credential, place)| {
        name.as_str().eq_ignore_ascii_case(place.header) && place.has(value, credential)
    });
    match found {
        Some((credential, _)) => Ok(Some(*credential)),
        None if name == AUTHORIZATION => foreign(
            "the `Authorization` of the request is not the placeholder of a token of this run",
        ),
        None => foreign("a header of the request has a credential that is not of this run"),
    }
}

/// The place of a credential in a request.
struct Place<'p> {
    header: &'p str,
    form: Form<'p>,
}

/// The form of a credential there.
enum Form<'p> {
    /// A bearer token (RFC 6750 section 2.1).
    Bearer,
    /// A text with the token in it.
    Template(&'p str),
    /// The parameters of a signed request.
    Signature,
}

fn place<'p>(provider: &'p Provider, credential: &BrokeredCredential) -> Place<'p> {
    let form = match credential.id.kind {
        Kind::Oauth2 | Kind::AppOnly | Kind::ServiceAccount => Form::Bearer,
        Kind::Oauth1 => Form::Signature,
        Kind::Static => {
            let headers = provider.kinds.static_token.iter().flat_map(|token| &token.headers);
            let mut with_token = headers.filter(|(_, value)| value.contains(StaticToken::PLACE));
            match with_token.next() {
                Some((header, value)) => {
                    let header = header.as_str();
                    let form = if value == "Bearer {token}" {
                        Form::Bearer
                    } else {
                        Form::Template(value)
                    };
                    return Place { header, form };
                }
                None => Form::Bearer,
            }
        }
    };
    Place { header: AUTHORIZATION.as_str(), form }
}

impl Place<'_> {
    /// Returns whether a header's value is a credential's placeholder.
    fn has(&self, value: &str, credential: &BrokeredCredential) -> bool {
        let token = VariableContent::AccessToken;
        let stands = |given: &str| credential.placeholder.stands(given, token);
        match self.form {
            Form::Bearer => BEARER.iter().any(|it| with_scheme(value, it).is_some_and(stands)),
            Form::Template(template) => template
                .split_once(StaticToken::PLACE)
                .and_then(|(before, behind)| value.strip_prefix(before)?.strip_suffix(behind))
                .is_some_and(stands),
            Form::Signature => signed_by(value, credential),
        }
    }
}

/// Returns what follows the name of a scheme, whose case does not count (RFC 9110 section 11.1).
fn with_scheme<'v>(value: &'v str, scheme: &str) -> Option<&'v str> {
    let (given, rest) = value.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// Returns whether a request is signed with a placeholder. The signature itself is not looked at: another
/// one is made.
fn signed_by(value: &str, credential: &BrokeredCredential) -> bool {
    let Some(rest) = with_scheme(value, "OAuth") else { return false };
    let (mut names, mut has_token) = (Vec::new(), false);
    for parameter in rest.split(',') {
        let Some((name, quoted)) = parameter.trim_matches([' ', '\t']).split_once('=') else {
            return false;
        };
        let inside = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let text = inside.and_then(decoded).and_then(|text| String::from_utf8(text).ok());
        let Some(text) = text.filter(|_| !names.contains(&name)) else { return false };
        names.push(name);
        let stands = |content| credential.placeholder.stands(&text, content);
        let is_right = match name {
            "oauth_token" => {
                has_token = stands(VariableContent::AccessToken);
                has_token
            }
            "oauth_consumer_key" => stands(VariableContent::ConsumerKey),
            other => OF_SIGNATURE.contains(&other),
        };
        if !is_right {
            return false;
        }
    }
    has_token
}
