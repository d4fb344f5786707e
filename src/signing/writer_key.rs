//! The key by which a writer signs.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

use super::public_key::PublicKey;
use super::signature::Signature;
use super::statement::Statement;

/// The length of the seed of which the key is made, in bytes.
const LENGTH: usize = 32;

/// A private key.
pub struct WriterKey(Ed25519KeyPair);

impl WriterKey {
    /// Returns the text of a new key, from which [`parse`](Self::parse) makes it.
    pub fn new_text() -> Zeroizing<String> {
        let mut seed = Zeroizing::new([0; LENGTH]);
        getrandom::fill(&mut *seed).expect("the system has random numbers once it is up");
        let mut text = Zeroizing::new(String::with_capacity(LENGTH * 2));
        URL_SAFE_NO_PAD.encode_string(*seed, &mut text);
        text.push('\n');
        text
    }

    /// Makes the key of its text; `None` where it is none.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut seed = Zeroizing::new([0; LENGTH]);
        let length = URL_SAFE_NO_PAD.decode_slice(text.trim_ascii_end(), &mut *seed).ok()?;
        let pair = (length == LENGTH).then(|| Ed25519KeyPair::from_seed_unchecked(&*seed));
        pair?.ok().map(Self)
    }

    /// Returns the key by which the writer is known.
    pub fn public(&self) -> PublicKey {
        let key = self.0.public_key().as_ref();
        PublicKey::new(key).expect("a public key has 32 bytes")
    }

    /// Signs a statement.
    pub fn sign(&self, statement: &Statement) -> Signature {
        Signature::new(self.public(), self.0.sign(statement.bytes()).as_ref())
    }
}

impl fmt::Debug for WriterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WriterKey").field(&self.public()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> WriterKey {
        WriterKey::parse(WriterKey::new_text().as_bytes()).expect("it is a key")
    }

    #[test]
    fn a_signature_is_good_for_its_statement_and_its_writer() {
        let (key, other) = (key(), key());
        let statement = Statement::new("test 1").field(b"one");
        let signature = key.sign(&statement);
        assert_eq!(signature.writer_of(&statement), Some(key.public()));
        assert_eq!(signature.writer_of(&Statement::new("test 1").field(b"two")), None);
        assert_eq!(signature.writer_of(&Statement::new("test 2").field(b"one")), None);
        let text = serde_json::to_string(&signature).expect("it is JSON");
        let read: Signature = serde_json::from_str(&text).expect("it is a signature");
        assert_eq!(read.writer_of(&statement), Some(key.public()));
        let claimed = text.replace(&key.public().to_string(), &other.public().to_string());
        let claimed: Signature = serde_json::from_str(&claimed).expect("it is a signature");
        assert_eq!(claimed.writer_of(&statement), None);
    }

    #[test]
    fn a_key_is_made_of_its_text_alone() {
        let text = WriterKey::new_text();
        let [one, again] =
            [(); 2].map(|()| WriterKey::parse(text.as_bytes()).expect("it is a key"));
        assert_eq!(one.public(), again.public());
        assert_ne!(one.public(), key().public());
        for wrong in ["", "AAAA", &text[1..], &format!("{}{}", text.trim_end(), text.trim_end())] {
            assert!(WriterKey::parse(wrong.as_bytes()).is_none(), "{wrong}");
        }
        let shown = format!("{one:?}");
        assert!(shown.contains("ed25519:") && !shown.contains(text.trim_end()), "{shown}");
    }
}
