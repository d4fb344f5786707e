//! Proof Key for Code Exchange (RFC 7636): an authorization code is worth something only to those
//! who know the verifier, and the authorization request shows no more than its hash.

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::sys::random::random_text;

/// A code verifier (RFC 7636 section 4.1): 43 characters, which hold 256 bits of chance.
#[derive(Debug)]
pub struct Verifier(SecretString);

impl Verifier {
    /// Generates a new verifier, for one authorization request.
    pub fn generate() -> Self {
        Self(random_text().into())
    }

    /// Returns the `code_challenge` by the method `S256` (section 4.2).
    pub fn challenge(&self) -> String {
        let hash = Sha256::digest(self.0.expose_secret().as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(hash)
    }

    /// Returns the verifier itself, for the token request alone.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }
}

#[cfg(test)]
impl From<&str> for Verifier {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_1_the_challenge_is_the_one_of_the_specification() {
        // RFC 7636 appendix B.
        let verifier = Verifier::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn rule_1_verifiers_are_unreserved_characters_and_never_the_same() {
        let [one, other] = [Verifier::generate(), Verifier::generate()];
        for verifier in [&one, &other] {
            let text = verifier.secret().expose_secret();
            assert!((43..=128).contains(&text.len()), "{}", text.len());
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)));
        }
        assert_ne!(one.secret().expose_secret(), other.secret().expose_secret());
        assert_ne!(one.challenge(), other.challenge());
        assert!(!format!("{one:?}").contains(one.secret().expose_secret()));
    }
}
