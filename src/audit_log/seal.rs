//! The seal of a line: HMAC-SHA256 in base64url.

/// A seal, as it stands in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seal([u8; Self::LENGTH]);

impl Seal {
    /// The length of a seal, in bytes of base64url.
    pub(super) const LENGTH: usize = 43;

    /// The seal that the first line of a chain names as that of the line before it.
    pub(super) const NONE: Self = Self([b'A'; Self::LENGTH]);

    /// Reads a seal; `None` where this is none.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let is_base64url = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        text.try_into().ok().map(Self).filter(|seal| seal.0.iter().all(is_base64url))
    }

    /// Returns the text of the seal.
    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("base64url is ASCII")
    }
}
