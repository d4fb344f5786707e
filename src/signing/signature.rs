//! Signatures, as they are stored beside what they are of.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use super::public_key::PublicKey;
use super::statement::Statement;

/// The signature of a writer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The public key of the writer.
    key: PublicKey,
    /// The signature, in base64url.
    value: String,
}

impl Signature {
    pub(super) fn new(key: PublicKey, value: &[u8]) -> Self {
        Self { key, value: URL_SAFE_NO_PAD.encode(value) }
    }

    /// Returns the writer, if it signed this statement.
    pub fn writer_of(&self, statement: &Statement) -> Option<PublicKey> {
        let value = URL_SAFE_NO_PAD.decode(&self.value).ok()?;
        let key = UnparsedPublicKey::new(&ED25519, self.key.bytes());
        key.verify(statement.bytes(), &value).ok().map(|()| self.key)
    }
}
