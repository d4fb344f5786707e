//! The fingerprint of a call: what an approval is bound to.

use sha2::{Digest, Sha256};

/// The fingerprint of a call: a hash of all that an approval is bound to, but for the run, which alone has
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Returns the fingerprint of these parts, which are told apart wherever one ends.
    pub(super) fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart_wherever_they_end() {
        let of = |parts: &[&str]| {
            Fingerprint::of(&parts.iter().map(|part| part.as_bytes()).collect::<Vec<_>>())
        };
        assert_eq!(of(&["a", "bc"]), of(&["a", "bc"]));
        for other in [&["ab", "c"][..], &["a", "bc", ""], &["", "a", "bc"], &["abc"], &["a", "bd"]]
        {
            assert_ne!(of(&["a", "bc"]), of(other), "{other:?}");
        }
    }
}
