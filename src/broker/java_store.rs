//! A store of certificates as Java reads it: it takes no file of PEM.
//!
//! The format is JKS, which every version reads and which needs no password to be read.

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const MAGIC: u32 = 0xfeed_feed;
const VERSION: u32 = 2;

/// The tag of an entry that is a certificate to be trusted.
const TRUSTED: u32 = 2;

/// The password that stores have where nobody chose one: with it, programs check the digest.
const PASSWORD: &str = "changeit";

/// What the digest is salted with, by the format.
const SALT: &[u8] = b"Mighty Aphrodite";

/// Returns a store with the certificates of a text in PEM.
pub(super) fn java_store(certificates: &str) -> Vec<u8> {
    let found = CertificateDer::pem_slice_iter(certificates.as_bytes());
    let found: Vec<_> = found.filter_map(Result::ok).collect();
    let mut store = Vec::with_capacity(certificates.len());
    for word in [MAGIC, VERSION, length(found.len())] {
        store.extend(word.to_be_bytes());
    }
    for (at, certificate) in found.iter().enumerate() {
        store.extend(TRUSTED.to_be_bytes());
        text(&mut store, &at.to_string());
        // The time at which it was added, which nobody reads.
        store.extend(0_u64.to_be_bytes());
        text(&mut store, "X.509");
        store.extend(length(certificate.len()).to_be_bytes());
        store.extend_from_slice(certificate);
    }
    let mut digest = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    let password: Vec<_> = PASSWORD.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for part in [&password, SALT, &store] {
        digest.update(part);
    }
    store.extend_from_slice(digest.finish().as_ref());
    store
}

fn length(length: usize) -> u32 {
    u32::try_from(length).expect("a file of certificates is small")
}

/// Adds a short text, behind its length.
fn text(store: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).expect("it is short");
    store.extend(length.to_be_bytes());
    store.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str =
        "-----BEGIN CERTIFICATE-----\nAQIDBA==\n-----END CERTIFICATE-----\nbetween\n";

    /// What `keytool` would say of it is tried with Java itself.
    #[test]
    fn a_store_has_each_certificate_and_a_digest() {
        let empty = java_store("");
        let digest = "e2686e45fb43dfa4d992dd41ceb6b21c6330d792";
        let written: Vec<_> = empty[12..].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            (&empty[..12], &*written.concat()),
            (&[254, 237, 254, 237, 0, 0, 0, 2, 0, 0, 0, 0][..], digest)
        );
        let two = java_store(&CERTIFICATE.repeat(2));
        assert_eq!(two[8..12], [0, 0, 0, 2]);
        let entry = [0, 0, 0, 2, 0, 1, b'0', 0, 0, 0, 0, 0, 0, 0, 0, 0, 5];
        assert_eq!(two[12..29], entry);
        assert_eq!(two[29..42], *b"X.509\x00\x00\x00\x04\x01\x02\x03\x04");
        assert_eq!(two.len(), 12 + 2 * 30 + 20);
    }
}
