//! Sealing bytes to recipients, and opening them again: age, in its armored form.

use std::io::{Read, Write};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::{DecryptError, Decryptor, Encryptor};
use zeroize::Zeroizing;

use super::identity::Identities;
use super::mark::Mark;
use super::recipients::{Recipient, Recipients};

/// The reason why something sealed does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsealFailure {
    /// It was sealed to other recipients.
    ToOthers,
    /// It is no age file, or one that was changed after it was sealed.
    Damaged,
}

/// Seals a plaintext to all recipients: any of them opens it.
pub fn seal(plaintext: &[u8], recipients: &Recipients) -> String {
    let mark = Mark::of(recipients);
    let all = recipients.iter().map(Recipient::as_age).chain([&mark as &dyn age::Recipient]);
    let encryptor = Encryptor::with_recipients(all)
        .expect("there is a recipient, and X25519 and SSH ones go together");
    let mut armored = Vec::new();
    let written = ArmoredWriter::wrap_output(&mut armored, Format::AsciiArmor)
        .and_then(|armor| encryptor.wrap_output(armor))
        .and_then(|mut stream| stream.write_all(plaintext).map(|()| stream))
        .and_then(|stream| stream.finish()?.finish());
    written.expect("writing to memory does not fail");
    String::from_utf8(armored).expect("armor is ASCII")
}

/// Opens what [`seal`] or another age program sealed.
pub fn unseal(armored: &str, identities: &Identities) -> Result<Zeroizing<Vec<u8>>, UnsealFailure> {
    let stream = Decryptor::new_buffered(ArmoredReader::new(armored.as_bytes()))
        .and_then(|decryptor| decryptor.decrypt(identities.iter()));
    let mut stream = stream.map_err(|error| match error {
        DecryptError::NoMatchingKeys => UnsealFailure::ToOthers,
        _ => UnsealFailure::Damaged,
    })?;
    // The plaintext is shorter than its armor: the buffer never moves and leaves no copy behind.
    let mut plaintext = Zeroizing::new(Vec::with_capacity(armored.len()));
    stream.read_to_end(&mut plaintext).map_err(|_| UnsealFailure::Damaged)?;
    Ok(plaintext)
}
