//! RSA keys in PEM (RFC 7468), as files of service accounts have them.

use std::fmt;

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use zeroize::Zeroizing;

/// A key that signs by RS256 (RFC 7518 section 3.3).
pub struct PrivateKey(KeyPair);

/// The reason why a text is no such key. It quotes nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// There is no block of PEM.
    NoPem,
    /// The block is of something else.
    OtherBlock,
    /// The key is sealed with a passphrase.
    Encrypted,
    /// The block holds no base64.
    NotBase64,
    /// The block holds no RSA key that can sign: another algorithm, fewer than 2,048 bits, damage.
    NoRsaKey,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPem => "is no key in PEM: it begins with no `-----BEGIN PRIVATE KEY-----`",
            Self::OtherBlock => "is PEM of something else than a private key",
            Self::Encrypted => "is sealed with a passphrase",
            Self::NotBase64 => "is damaged: between its first and its last line is no base64",
            Self::NoRsaKey => "is no RSA key of 2,048 to 4,096 bits, or is damaged",
        })
    }
}

impl PrivateKey {
    /// Reads a key in PEM: of PKCS #8 (RFC 5958), or of PKCS #1 (RFC 8017 appendix A.1.2).
    ///
    /// # Errors
    ///
    /// [`KeyFault`].
    pub fn from_pem(pem: &SecretString) -> Result<Self, KeyFault> {
        let text = pem.expose_secret().trim();
        let rest = text.strip_prefix("-----BEGIN ").ok_or(KeyFault::NoPem)?;
        let (label, rest) = rest.split_once("-----").ok_or(KeyFault::NoPem)?;
        let read = match label {
            "PRIVATE KEY" => KeyPair::from_pkcs8,
            "RSA PRIVATE KEY" => KeyPair::from_der,
            "ENCRYPTED PRIVATE KEY" => return Err(KeyFault::Encrypted),
            _ => return Err(KeyFault::OtherBlock),
        };
        let end = format!("-----END {label}-----");
        let body = rest.strip_suffix(end.as_str()).ok_or(KeyFault::NoPem)?;
        // Headers stand in keys that are sealed (RFC 1421), and in no others.
        if body.contains("Proc-Type:") {
            return Err(KeyFault::Encrypted);
        }
        let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
        base64.extend(body.chars().filter(|c| !c.is_ascii_whitespace()));
        let der = STANDARD.decode(base64.as_bytes()).map(Zeroizing::new);
        let der = der.map_err(|_| KeyFault::NotBase64)?;
        read(&der).map(Self).map_err(|_| KeyFault::NoRsaKey)
    }

    /// Signs a text by RS256.
    pub(super) fn sign(&self, text: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        let signed = self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature);
        signed
            .expect("the buffer has the length of the modulus, and the system has random numbers");
        signature
    }

    /// Returns the public key (RFC 8017 appendix A.1.1).
    pub fn public_key(&self) -> &[u8] {
        self.0.public().as_ref()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey([REDACTED])")
    }
}
