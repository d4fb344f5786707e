//! Public keys: by them a writer is known.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Inventory, Remedy, Result, advice};

/// The beginning of its text. No key begins like an option, and the algorithm can be another one day.
const PREFIX: &str = "ed25519:";

/// The public key of a writer. Its text is `ed25519:` and the 32 bytes in base64url.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PublicKey([u8; Self::LENGTH]);

impl PublicKey {
    const LENGTH: usize = 32;

    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for PublicKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl FromStr for PublicKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bytes = text.strip_prefix(PREFIX).and_then(|key| URL_SAFE_NO_PAD.decode(key).ok());
        bytes.and_then(|bytes| Self::new(&bytes)).ok_or_else(|| {
            let message = format!("a writer's key is `{PREFIX}` and 43 characters of base64url");
            Error::new(Code::BadArgument, message).with_hint(advice![
                Remedy::List(Inventory::Writers).request(),
                " prints it on the machine of the writer"
            ])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let key = PublicKey([0xfb; 32]);
        let text = key.to_string();
        assert!(text.starts_with("ed25519:-") && text.len() == 51, "{text}");
        assert_eq!(text.parse::<PublicKey>().expect("it is a key"), key);
        for wrong in ["", "ed25519:", &text[8..], &text[..50], &(text.clone() + "A"), "ed25519:=="]
        {
            assert!(wrong.parse::<PublicKey>().is_err(), "{wrong}");
        }
    }
}
