//! The mark of a sealed part: the list of recipients that it was sealed to.
//!
//! age does not say whom an X25519 stanza is for. So each sealed part has one stanza more,
//! `-> xreq-recipients HASH`, with the SHA-256 of the list. Other age programs pass over it, as the
//! format demands of stanzas that they do not know. The header's MAC covers it: it cannot be changed by
//! anybody who cannot open the part. Reading it needs no key.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read};

use age::armor::ArmoredReader;
use age::{EncryptError, Recipient as AgeRecipient};
use age_core::format::{FileKey, Stanza};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::recipients::{Recipient, Recipients};

/// The tag of the stanza.
const TAG: &str = "xreq-recipients";

/// No header that a record has room for is longer.
const LONGEST_HEADER: u64 = 1 << 20;

/// The mark of a list of recipients. Their order and their comments do not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark(String);

impl Mark {
    /// Returns the mark of these recipients.
    pub(super) fn of(recipients: &Recipients) -> Self {
        let mut keys: Vec<_> = recipients.iter().map(Recipient::key).collect();
        keys.sort_unstable();
        keys.dedup();
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(keys.join("\n"))))
    }

    /// Reads the mark of a sealed part; `None` where it has none.
    pub(super) fn read(armored: &str) -> Option<Self> {
        let header = BufReader::new(ArmoredReader::new(armored.as_bytes()).take(LONGEST_HEADER));
        let lines =
            header.lines().map_while(Result::ok).take_while(|line| !line.starts_with("---"));
        let mut marks = lines.filter_map(|line| {
            let words = line.strip_prefix("-> ")?.strip_prefix(TAG)?.strip_prefix(' ')?;
            Some(Self(words.to_owned()))
        });
        marks.next()
    }
}

impl AgeRecipient for Mark {
    fn wrap_file_key(&self, _: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let stanza = Stanza { tag: TAG.to_owned(), args: vec![self.0.clone()], body: Vec::new() };
        Ok((vec![stanza], HashSet::new()))
    }
}
