//! The signature of a base string: HMAC-SHA1 (RFC 5849 section 3.4.2).

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use zeroize::Zeroizing;

use super::percent::encoded;

/// The name of the signature method.
pub const METHOD: &str = "HMAC-SHA1";

/// The secrets that a signature is made with.
#[derive(Clone, Copy, Debug)]
pub struct SigningSecrets<'a> {
    /// The client's.
    pub consumer: &'a SecretString,
    /// The token's; none before there is one.
    pub token: Option<&'a SecretString>,
}

impl SigningSecrets<'_> {
    /// Signs a base string.
    pub fn sign(&self, base_string: &str) -> String {
        STANDARD.encode(hmac::sign(&self.key(), base_string.as_bytes()))
    }

    /// Returns whether a signature is that of a base string, in a time that does not depend on how much of
    /// it is right.
    pub fn verify(&self, base_string: &str, signature: &str) -> bool {
        let signature = STANDARD.decode(signature);
        signature
            .is_ok_and(|bytes| hmac::verify(&self.key(), base_string.as_bytes(), &bytes).is_ok())
    }

    fn key(&self) -> hmac::Key {
        let part = |secret: &SecretString| Zeroizing::new(encoded(secret.expose_secret()));
        let token = self.token.map(part).unwrap_or_default();
        let key = Zeroizing::new([part(self.consumer).as_str(), token.as_str()].join("&"));
        hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes())
    }
}
