//! The key of the HMACs: 256 bits of chance that are made when the first token is recorded, for their
//! owner alone.

use std::path::Path;

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::store::{create_file, read_file};

/// The length of a key, in bytes.
const LENGTH: usize = 32;

/// What tokens are told apart by.
pub(super) struct Key(Zeroizing<[u8; LENGTH]>);

/// The key in a file, which is made where it is not there. Whoever makes it at the same time makes the
/// same one: the first.
pub(super) fn load(path: &Path) -> Result<Key> {
    let unusable = |why: &str| {
        Error::new(Code::AuditFailed, format!("the key of the audit log is unusable: {why}"))
            .with_hint(format!(
                "restore `{}`, or move it away and a new one is made; or say `audit: false` in \
                 config.yaml",
                path.display()
            ))
    };
    let found = read_file(path).map_err(|error| unusable(&error.to_string()))?;
    let content = if let Some(content) = found {
        Zeroizing::new(content)
    } else {
        create_file(path, Key::random().text().as_bytes())
            .and_then(|_| read_file(path))
            .map_err(|error| unusable(&error.to_string()))?
            .map(Zeroizing::new)
            .ok_or_else(|| unusable("it is gone again"))?
    };
    Key::parse(&content)
        .ok_or_else(|| unusable(&format!("`{}` is no key that xreq made", path.display())))
}

impl Key {
    fn random() -> Self {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        getrandom::fill(&mut *bytes).expect("the system has random numbers once it is up");
        Self(bytes)
    }

    fn text(&self) -> Zeroizing<String> {
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

    /// The HMAC-SHA256 (RFC 2104) of a token, in base64url.
    pub(super) fn hmac(&self, token: &SecretString) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&*self.0).expect("HMAC takes keys of any length");
        mac.update(token.expose_secret().as_bytes());
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
