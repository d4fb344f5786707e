//! Assertions as a server judges them (RFC 7523 section 3).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::sandbox::grants::Moment;

/// The longest life of an assertion, and how far the clock of whoever signed it may be off, in seconds.
const LONGEST_LIFE: i64 = 3_600;
const CLOCK_TOLERANCE: i64 = 300;

/// The token endpoint of Google, for which its libraries sign wherever an assertion is sent.
const GOOGLE: &str = "https://oauth2.googleapis.com/token";

/// The reason why there is no token, as Google words it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Refusal {
    pub(in crate::sandbox) error: &'static str,
    pub(in crate::sandbox) description: &'static str,
}

impl Refusal {
    const fn new(error: &'static str, description: &'static str) -> Self {
        Self { error, description }
    }

    pub(in crate::sandbox) fn grant_type() -> Self {
        Self::new("unsupported_grant_type", "Invalid grant_type: ")
    }

    pub(super) fn account() -> Self {
        Self::new("invalid_grant", "Invalid grant: account not found")
    }

    pub(super) fn delegation() -> Self {
        Self::new(
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.",
        )
    }

    pub(super) fn scope() -> Self {
        Self::new("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    }

    pub(super) fn client() -> Self {
        Self::new("invalid_client", "Unauthorized")
    }

    pub(super) fn token() -> Self {
        Self::new("invalid_grant", "Bad Request")
    }

    fn malformed() -> Self {
        Self::new("invalid_grant", "Bad Request: malformed JWT")
    }

    fn signature() -> Self {
        Self::new("invalid_grant", "Invalid JWT Signature.")
    }

    fn audience() -> Self {
        Self::new("invalid_grant", "Invalid JWT: Failed audience check.")
    }

    fn time() -> Self {
        Self::new(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
        )
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
}

/// The contents of an assertion.
#[derive(Deserialize)]
pub(super) struct Claims {
    #[serde(rename = "iss")]
    pub(super) issuer: String,
    #[serde(rename = "sub")]
    pub(super) subject: Option<String>,
    #[serde(default)]
    pub(super) scope: String,
    #[serde(rename = "aud")]
    audience: String,
    #[serde(rename = "iat")]
    issued_at: i64,
    #[serde(rename = "exp")]
    expires_at: i64,
}

/// An assertion whose signature is not verified yet.
pub(super) struct Signed<'a> {
    header: Header,
    claims: Claims,
    text: &'a str,
    signature: Vec<u8>,
}

impl<'a> Signed<'a> {
    pub(super) fn parse(assertion: &'a str) -> Result<Self, Refusal> {
        let parts = || {
            let (text, signature) = assertion.rsplit_once('.')?;
            let (header, claims) = text.split_once('.')?;
            let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
            Some(Self { header: read(header)?, claims: read(claims)?, text, signature })
        };
        parts().ok_or_else(Refusal::malformed)
    }

    pub(super) fn issuer(&self) -> &str {
        &self.claims.issuer
    }

    pub(super) fn key_id(&self) -> &str {
        &self.header.kid
    }

    /// Returns the contents, if the key signed them for this audience, about now.
    pub(super) fn verified(
        self,
        public_key: &[u8],
        audience: &str,
        now: Moment,
    ) -> Result<Claims, Refusal> {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key);
        let is_signed = key.verify(self.text.as_bytes(), &self.signature).is_ok();
        if self.header.alg != "RS256" || !is_signed {
            return Err(Refusal::signature());
        }
        let Claims { issued_at, expires_at, .. } = self.claims;
        let now = now.unix_ms / 1_000;
        let is_short = (1..=LONGEST_LIFE).contains(&expires_at.saturating_sub(issued_at));
        let is_now = issued_at - CLOCK_TOLERANCE <= now && now < expires_at;
        if !is_short || !is_now {
            return Err(Refusal::time());
        }
        if ![audience, GOOGLE].contains(&self.claims.audience.as_str()) {
            return Err(Refusal::audience());
        }
        Ok(self.claims)
    }
}

fn read<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
