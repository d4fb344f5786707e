//! The form of tokens, and the form in which they are remembered: by their SHA-256, never as they
//! are.

use age::secrecy::SecretString;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The number of characters of a token that are chosen by chance.
const RANDOM: usize = 45;

/// The purpose of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Calling the API.
    Access,
    /// Getting another access token.
    Refresh,
    /// The authorization code: getting the first tokens.
    Code,
}

impl Kind {
    /// Returns the mark by which X's tokens tell what they are.
    fn mark(self) -> &'static str {
        match self {
            Self::Access => "at",
            Self::Refresh => "rt",
            Self::Code => "ac",
        }
    }
}

/// Mints a new token in the shape of X's: base64url of chance, the time of issue in milliseconds, a
/// mark.
pub(super) fn mint(kind: Kind, unix_ms: i64) -> SecretString {
    let random = random();
    let mark = kind.mark();
    URL_SAFE_NO_PAD.encode(format!("{}:{unix_ms}:1:1:{mark}:1", &random[..RANDOM])).into()
}

/// Generates a text that nobody can guess: 46 characters of base64url.
pub(super) fn random() -> String {
    let mut bytes = [0; 34];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The SHA-256 of a token, code or secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Digest([u8; 32]);

impl Digest {
    pub(super) fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// Returns the digest as a PKCE challenge is written (RFC 7636 section 4.2).
    pub(super) fn base64url(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Returns the digest in hexadecimal digits.
    pub(super) fn hex(self) -> String {
        let mut digits = String::with_capacity(64);
        for byte in self.0 {
            digits.push_str(&format!("{byte:02x}"));
        }
        digits
    }
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret;

    use super::*;
    use crate::catalog::{Catalog, TokenKind};
    use crate::text::redact::looks_secret;

    #[test]
    fn the_catalog_recognises_what_is_minted() {
        let catalog = Catalog::builtin();
        let provider = catalog.provider(super::super::options::PROVIDER).expect("it is built in");
        for (kind, expected) in [
            (Kind::Access, TokenKind::AccessToken),
            (Kind::Refresh, TokenKind::RefreshToken),
            (Kind::Code, TokenKind::AuthorizationCode),
        ] {
            let token = mint(kind, 1_795_000_000_000);
            let token = token.expose_secret();
            let shape = provider.recognise_token(token).expect("the shape is known");
            assert_eq!(shape.kind, expected);
            assert_eq!(token.len(), 91);
            assert!(looks_secret(token));
        }
    }

    #[test]
    fn a_digest_is_that_of_the_standard() {
        // RFC 7636 appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let expected = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(Digest::of(verifier).base64url(), expected);
        assert!(Digest::of("").hex().starts_with("e3b0c44298fc"));
    }
}
