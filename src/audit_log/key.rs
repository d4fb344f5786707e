//! The key of the HMACs: 256 bits of chance that are made when the first line is recorded, for their
//! owner alone. It hides tokens and seals lines.

use std::path::Path;

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::seal::Seal;
use crate::error::{Code, Error, Result};
use crate::sys::files::Trust;
use crate::sys::home_file::{create, read};

/// The length of a key, in bytes.
const LENGTH: usize = 32;

/// The key under which tokens are told apart.
pub(super) struct Key(Zeroizing<[u8; LENGTH]>);

/// Loads the key in a file, and creates the file if it is absent. Processes that create it at the
/// same time agree on one key: the first.
pub(super) fn load(path: &Path, trust: Option<&Trust>) -> Result<Key> {
    if let Some(key) = existing(path, trust)? {
        return Ok(key);
    }
    create(path, Key::random().text().as_bytes())
        .map_err(|error| unusable(path, &error.to_string()))?;
    existing(path, trust)?.ok_or_else(|| unusable(path, "it is gone again"))
}

/// Reads the key in a file; `None` where there is no such file.
pub(super) fn existing(path: &Path, trust: Option<&Trust>) -> Result<Option<Key>> {
    let found = read(path, trust).map_err(|error| unusable(path, &error.to_string()))?;
    let Some(content) = found.map(Zeroizing::new) else { return Ok(None) };
    match Key::parse(&content) {
        Some(key) => Ok(Some(key)),
        None => Err(unusable(path, &format!("`{}` is no key that xreq made", path.display()))),
    }
}

fn unusable(path: &Path, why: &str) -> Error {
    Error::new(Code::AuditFailed, format!("the key of the audit log is unusable: {why}")).with_hint(
        format!(
            "restore `{}`, or move it away and a new one is made; or say `audit: false` in \
             config.yaml",
            path.display()
        ),
    )
}

impl Key {
    pub(super) fn random() -> Self {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        getrandom::fill(&mut *bytes).expect("the system has random numbers once it is up");
        Self(bytes)
    }

    pub(super) fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(LENGTH * 2));
        URL_SAFE_NO_PAD.encode_string(*self.0, &mut text);
        text.push('\n');
        text
    }

    fn parse(content: &[u8]) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        let length = URL_SAFE_NO_PAD.decode_slice(content.trim_ascii_end(), &mut *bytes).ok()?;
        (length == LENGTH).then_some(Self(bytes))
    }

    /// Returns the HMAC-SHA256 (RFC 2104) of a token, in base64url.
    pub(super) fn hmac(&self, token: &SecretString) -> String {
        self.over(&[token.expose_secret().as_bytes()])
    }

    /// Seals a line. No token has a NUL, so that none has this HMAC.
    pub(super) fn seal(&self, line: &[u8]) -> Seal {
        let seal = self.over(&[b"line\0", line]);
        Seal::parse(seal.as_bytes()).expect("an HMAC in base64url is a seal")
    }

    fn over(&self, parts: &[&[u8]]) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&*self.0).expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(part);
        }
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let key = Key::random();
        let read = Key::parse(key.text().as_bytes()).expect("it is a key");
        assert_eq!(*key.0, *read.0);
        for wrong in ["", "\n", "AAAA", &"A".repeat(42), &"A".repeat(44), &"!".repeat(43)] {
            assert!(Key::parse(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }

    #[test]
    fn hmacs_are_those_of_the_standard() {
        // RFC 4231, test case 2, has the key "Jefe"; what is shorter is filled up with zeros.
        let mut bytes = [0; LENGTH];
        bytes[..4].copy_from_slice(b"Jefe");
        let hmac =
            Key(Zeroizing::new(bytes)).hmac(&SecretString::from("what do ya want for nothing?"));
        let expected = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM";
        assert_eq!(URL_SAFE_NO_PAD.decode(&hmac).expect("it is base64url").len(), LENGTH);
        assert_eq!(hmac, expected);
    }
}
