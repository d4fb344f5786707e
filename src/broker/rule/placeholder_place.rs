//! The place of a credential in a request, by its kind.

use hyper::http::header::{AUTHORIZATION, HeaderName};

use super::percent::decoded;
use crate::broker::BrokeredCredential;
use crate::catalog::{Provider, StaticToken};
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

/// The place of a credential in a request.
#[derive(Debug)]
pub(super) struct PlaceholderPlace {
    header: String,
    form: Form,
}

/// The form of a credential there.
#[derive(Debug)]
enum Form {
    /// A bearer token (RFC 6750 section 2.1).
    Bearer,
    /// A text with the token in it: what stands before and behind it.
    Template(String, String),
    /// The parameters of a signed request.
    Signature,
}

impl PlaceholderPlace {
    /// Returns the place of a credential of a provider.
    pub(super) fn of(provider: &Provider, credential: &BrokeredCredential) -> Self {
        let form = match credential.id.kind {
            Kind::Oauth2 | Kind::AppOnly | Kind::ServiceAccount => Form::Bearer,
            Kind::Oauth1 => Form::Signature,
            Kind::Static => {
                let headers = provider.kinds.static_token.iter().flat_map(|token| &token.headers);
                let mut parts = headers.filter_map(|(header, value)| {
                    let (before, behind) = value.split_once(StaticToken::PLACE)?;
                    Some((header, before, behind))
                });
                match parts.next() {
                    Some((header, before, behind)) => {
                        let form = match (before, behind) {
                            ("Bearer ", "") => Form::Bearer,
                            _ => Form::Template(before.to_owned(), behind.to_owned()),
                        };
                        return Self { header: header.clone(), form };
                    }
                    None => Form::Bearer,
                }
            }
        };
        Self { header: AUTHORIZATION.as_str().to_owned(), form }
    }

    /// Returns whether it is in this header.
    pub(super) fn is_in(&self, name: &HeaderName) -> bool {
        name.as_str().eq_ignore_ascii_case(&self.header)
    }

    /// Returns whether a header's value is a credential's placeholder.
    pub(super) fn has(&self, value: &str, credential: &BrokeredCredential) -> bool {
        let token = VariableContent::AccessToken;
        let stands = |given: &str| credential.placeholder.stands(given, token);
        match &self.form {
            Form::Bearer => BEARER.iter().any(|it| with_scheme(value, it).is_some_and(stands)),
            Form::Template(before, behind) => value
                .strip_prefix(before.as_str())
                .and_then(|value| value.strip_suffix(behind.as_str()))
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
