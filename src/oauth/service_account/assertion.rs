//! Assertions: what the key of a service account signs to get a token (RFC 7519, RFC 7523 section 3).

use age::secrecy::SecretString;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Serialize;

use super::private_key::PrivateKey;
use crate::model::scope::ScopeSet;

/// The longest time for which servers take an assertion, in seconds; tokens live as long.
pub const LONGEST_LIFE: i64 = 3_600;

/// The contents of an assertion.
#[derive(Clone, Copy, Debug)]
pub struct Assertion<'a> {
    /// The account that signs.
    pub issuer: &'a str,
    /// The id of its key, where it has one.
    pub key_id: Option<&'a str>,
    /// The user in whose name the account acts, where a domain delegated that to it.
    pub subject: Option<&'a str>,
    /// The scopes that are asked for.
    pub scopes: &'a ScopeSet,
    /// The URL of the token endpoint that it is sent to.
    pub audience: &'a str,
    /// The time of issue.
    pub issued_at: Timestamp,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    scope: String,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

impl Assertion<'_> {
    /// Signs it, in the compact form of RFC 7515 section 3.1.
    pub fn signed(&self, key: &PrivateKey) -> SecretString {
        let header = Header { alg: "RS256", typ: "JWT", kid: self.key_id };
        let issued_at = self.issued_at.as_second();
        let claims = Claims {
            iss: self.issuer,
            sub: self.subject,
            scope: self.scopes.to_string(),
            aud: self.audience,
            iat: issued_at,
            exp: issued_at + LONGEST_LIFE,
        };
        let mut text = format!("{}.{}", part(&header), part(&claims));
        let signature = URL_SAFE_NO_PAD.encode(key.sign(text.as_bytes()));
        text.push('.');
        text.push_str(&signature);
        text.into()
    }
}

fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("it is plain JSON"))
}
